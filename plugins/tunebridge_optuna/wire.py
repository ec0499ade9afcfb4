"""Statements said to a database's driver itself, in its words: each is compiled once.

SQLAlchemy makes the statements, says how cells are converted, and lends the connections. What it does
besides, each time that it executes one, takes longer than most databases do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, DateTime, Dialect, Engine, SelectBase
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Cells = dict[str, Any]

MOST_IDLE_SECONDS = 10.0
"""How long a connection may have been idle that is used again without a look whether it still is one."""


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


class Talk:
    """What is said in one transaction.

    Args:
        cursor: The driver's.
    """

    def __init__(self, cursor: DBAPICursor) -> None:
        """Begin to talk."""
        self._cursor = cursor

    def first(self, phrase: Phrase, cells: Mapping[str, Any]) -> Any:
        """Return the first cell of what is found; None if nothing is."""
        self._cursor.execute(phrase.text, phrase.filled(cells))
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def change(self, phrase: Phrase, cells: Mapping[str, Any]) -> int:
        """Change rows, and return how many were found."""
        self._cursor.execute(phrase.text, phrase.filled(cells))
        return self._cursor.rowcount

    def add(self, phrase: Phrase, cells: Mapping[str, Any]) -> int:
        """Add a row, and return its key, which the statement returns where the driver has no word for it."""
        self._cursor.execute(phrase.text, phrase.filled(cells))
        row = self._cursor.fetchone() if self._cursor.description else None
        return int(self._cursor.lastrowid if row is None else row[0])

    def write(self, phrase: Phrase, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, if there are any."""
        if len(rows) == 1:
            self._cursor.execute(phrase.text, phrase.filled(rows[0]))
        elif rows:
            self._cursor.executemany(phrase.text, [phrase.filled(row) for row in rows])


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

    @contextmanager
    def transaction(self) -> Iterator[Talk]:
        """Begin a transaction; it is on the disk when this ends well, and undone when it does not.

        Raises:
            DBAPIError: The driver's error is its cause and its `orig`.
        """
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self._begin is not None:
                cursor.execute(self._begin)
            yield Talk(cursor)
            connection.commit()
        except self._errors as error:
            if self._dialect.is_disconnect(error, connection.dbapi_connection, None):
                connection.invalidate(error)
            raise DBAPIError.instance(None, None, error, self._errors, dialect=self._dialect) from error
        finally:
            if connection.is_valid:
                connection.close()  # goes back to the pool, which undoes what was not committed


def found(connection: Connection, phrase: Phrase, cells: Mapping[str, Any]) -> list[Sequence[Any]]:
    """Return all rows that a statement finds, said on a connection that begins no transactions.

    Raises:
        DBAPIError: The driver's error is its cause and its `orig`.
    """
    dialect = connection.dialect
    errors = dialect.loaded_dbapi.Error
    try:
        cursor = connection.connection.cursor()
        cursor.execute(phrase.text, phrase.filled(cells))
        rows = cursor.fetchall()
        cursor.close()
    except errors as error:
        if dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
            connection.invalidate(error)
        raise DBAPIError.instance(None, None, error, errors, dialect=dialect) from error
    return [phrase.read(row) for row in rows]


class Line:
    """A connection of its own, on which each statement is a transaction of its own.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Prepare it; it is opened with the first statement."""
        self._engine = engine
        self.dialect = engine.dialect
        self._open: Connection | None = None
        self._used = 0.0

    def rows(self, phrase: Phrase, cells: Mapping[str, Any]) -> list[Sequence[Any]]:
        """Return all that a statement finds; see `found`."""
        try:
            return found(self._opened(), phrase, cells)
        except DBAPIError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _opened(self) -> Connection:
        """Return the connection; one that nobody has used for a while is closed, as others may have."""
        now, used = monotonic(), self._used
        self._used = now
        if now - used > MOST_IDLE_SECONDS:
            self.close()
        if self._open is None:
            self._open = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._open
