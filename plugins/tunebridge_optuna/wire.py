"""Statements said to a database's driver itself, in its words: each is compiled once.

SQLAlchemy makes the statements, says how cells are converted, and lends the connections. What it does
besides, each time that it executes one, takes longer than most databases do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, Protocol, cast

from sqlalchemy import ClauseElement, Connection, DateTime, Dialect, Engine, SelectBase
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

Cells = dict[str, Any]

Answer = Callable[[], Any]
"""Waits for what was asked, and returns it."""


class Phrase:
    """A statement in the words of a driver.

    Args:
        dialect: What the driver understands.
        statement: What is to be said; all its values are named.
    """

    def __init__(self, dialect: Dialect, statement: ClauseElement) -> None:
        """Compile it."""
        compiled = cast("SQLCompiler", statement.compile(dialect=dialect))
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None
        self._fixed = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}
        self._converting = {
            name: convert
            for name, bound in compiled.binds.items()
            if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._reading = _reading(dialect, statement) if isinstance(statement, SelectBase) else {}

    def filled(self, cells: Mapping[str, Any]) -> Any:
        """Return what the driver takes for the values of a statement."""
        values = {**self._fixed, **cells}
        for name, convert in self._converting.items():
            values[name] = convert(values[name])
        return values if self._order is None else tuple([values[name] for name in self._order])

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return a row that was found, with the moments that the driver gives as text."""
        if not self._reading:
            return row
        return [
            self._reading[place](cell) if place in self._reading else cell for place, cell in enumerate(row)
        ]


def _reading(dialect: Dialect, statement: SelectBase) -> dict[int, Any]:
    """Return what turns the cells of some columns into moments, by place; empty if the driver does it."""
    found = {
        place: one.type.dialect_impl(dialect).result_processor(dialect, None)
        for place, one in enumerate(statement.selected_columns)
        if isinstance(one.type, DateTime)
    }
    return {place: convert for place, convert in found.items() if convert is not None}


Asked = tuple[Phrase, Mapping[str, Any]]
"""A statement with its values."""

Rows = list[Sequence[Any]]
"""What a statement has found."""


class Ask(Protocol):
    """Says statements together, and returns what each has found."""

    def __call__(self, *asked: Asked) -> list[Rows]:
        """Ask."""


class AnyLine(Protocol):
    """A connection on which each statement is a transaction of its own."""

    @property
    def dialect(self) -> Dialect:
        """What the database understands."""

    def rows(self, *asked: Asked) -> list[Rows]:
        """Return all that statements find; see `found`."""


class Talk:
    """What is said in one transaction.

    Args:
        connection: The driver's.
        pipeline: The driver's way to say more before the answer has come; None if it has none.
    """

    def __init__(self, connection: DBAPIConnection, pipeline: Any) -> None:
        """Begin to talk."""
        self._connection = connection
        self._pipeline = pipeline
        self._cursor = connection.cursor()

    def ask(self, phrase: Phrase, cells: Mapping[str, Any]) -> Answer:
        """Ask, and return what gives all rows that are found, at the latest as the transaction has ended."""
        cursor = self._said(phrase, cells)
        if self._pipeline is not None:
            return cursor.fetchall
        rows = cursor.fetchall()
        return lambda: rows

    def first(self, phrase: Phrase, cells: Mapping[str, Any]) -> Any:
        """Return the first cell of what is found; None if nothing is."""
        row = self._said(phrase, cells).fetchone()
        return None if row is None else row[0]

    def change(self, phrase: Phrase, cells: Mapping[str, Any]) -> int:
        """Change rows, and return how many were found."""
        return self._said(phrase, cells).rowcount

    def add(self, phrase: Phrase, cells: Mapping[str, Any]) -> int:
        """Add a row, and return its key, which the driver has to know."""
        return int(self._said(phrase, cells).lastrowid)

    def write(self, phrase: Phrase, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, if there are any."""
        if len(rows) < 2 or self._pipeline is not None:
            for row in rows:
                self._said(phrase, row)
        else:
            self._cursor.executemany(phrase.text, [phrase.filled(row) for row in rows])

    def _said(self, phrase: Phrase, cells: Mapping[str, Any]) -> DBAPICursor:
        """Return the cursor that has the answer, or will have it."""
        cursor = self._cursor if self._pipeline is None else self._connection.cursor()
        cursor.execute(phrase.text, phrase.filled(cells))
        return cursor


class Wire:
    """Transactions on the connections of an engine.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Take an engine."""
        self._engine = engine
        self._dialect = engine.dialect
        self._errors = engine.dialect.loaded_dbapi.Error
        # SQLite else begins a transaction with its first change, after what it has read before.
        self._begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else None
        self._says_more = _says_more(self._dialect)

    def rows(self, *asked: Asked) -> list[Rows]:
        """Return all rows that statements find, said together in one transaction.

        Raises:
            DBAPIError: The driver's error is its cause and its `orig`.
        """
        with self.transaction() as talk:
            answers = [talk.ask(phrase, cells) for phrase, cells in asked]
        return [answer() for answer in answers]

    @contextmanager
    def transaction(self) -> Iterator[Talk]:
        """Begin a transaction; it is on the disk when this ends well, and undone when it does not.

        Raises:
            DBAPIError: The driver's error is its cause and its `orig`.
        """
        connection = self._engine.raw_connection()
        try:
            with _pipeline(connection if self._says_more else None, self._errors) as pipeline:
                if self._begin is not None:
                    connection.cursor().execute(self._begin)
                yield Talk(connection, pipeline)
                connection.commit()
        except self._errors as error:
            if self._dialect.is_disconnect(error, connection.dbapi_connection, None):
                connection.invalidate(error)
            raise DBAPIError.instance(None, None, error, self._errors, dialect=self._dialect) from error
        finally:
            if connection.is_valid:
                connection.close()  # goes back to the pool, which undoes what was not committed


@contextmanager
def _pipeline(connection: PoolProxiedConnection | None, errors: type[Exception]) -> Iterator[Any]:
    """Give a driver's way to say more before the answer has come, for each way to a server takes time.

    An error is the first there was; a driver would log those that come of it.

    Args:
        connection: The driver's; None to have no such way.
        errors: What the driver raises.
    """
    driver: Any = None if connection is None else connection.dbapi_connection
    with ExitStack() as said:
        pipeline = None if driver is None else said.enter_context(driver.pipeline())
        try:
            yield pipeline
        except BaseException:
            with suppress(errors):
                said.close()
            raise


def _says_more(dialect: Dialect) -> bool:
    """Return whether a driver has such a way."""
    kind = getattr(dialect.loaded_dbapi, "Pipeline", None)
    return kind is not None and bool(kind.is_supported())


def found(connection: Connection, *asked: Asked) -> list[Rows]:
    """Return all rows that each of some statements finds, said on a connection that begins no transactions.

    They are said together where the driver can, and done one after the other: where transactions read what is
    committed, each sees what was done while the one before it waited.

    Raises:
        DBAPIError: The driver's error is its cause and its `orig`.
    """
    dialect, driver = connection.dialect, connection.connection
    errors = dialect.loaded_dbapi.Error
    is_more = len(asked) > 1 and _says_more(dialect)
    try:
        with _pipeline(driver if is_more else None, errors) as pipeline:
            answers = [_said(driver, pipeline, phrase, cells) for phrase, cells in asked]
        rows = [answer() for answer in answers]
    except errors as error:
        if dialect.is_disconnect(error, driver.dbapi_connection, None):
            connection.invalidate(error)
        raise DBAPIError.instance(None, None, error, errors, dialect=dialect) from error
    return [[phrase.read(row) for row in one] for (phrase, _), one in zip(asked, rows, strict=True)]


def _said(driver: PoolProxiedConnection, pipeline: Any, phrase: Phrase, cells: Mapping[str, Any]) -> Answer:
    """Say a statement that is a transaction of its own, and return what gives the rows that it finds."""
    cursor = driver.cursor()
    cursor.execute(phrase.text, phrase.filled(cells))
    if pipeline is not None:
        return partial(_found, cursor)
    rows = _found(cursor)
    cursor.close()
    return lambda: rows


def _found(cursor: DBAPICursor) -> Rows:
    return list(cursor.fetchall()) if cursor.description else []


class Line:
    """A connection of its own, on which each statement is a transaction of its own.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Prepare it; it is opened with the first statement."""
        self._engine = engine
        self._open: Connection | None = None

    @property
    def dialect(self) -> Dialect:
        """What the database understands."""
        return self._engine.dialect

    def rows(self, *asked: Asked) -> list[Rows]:
        """Return all that statements find; see `found`."""
        try:
            return found(self._opened(), *asked)
        except DBAPIError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _opened(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._open
