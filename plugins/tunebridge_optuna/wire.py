"""Statements said to a database's driver itself, in its words: each is compiled once.

SQLAlchemy makes the statements, says how cells are converted, and lends the connections. What it does
besides, each time that it executes one, takes longer than most databases do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import ClauseElement, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Cells = dict[str, Any]


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

    def filled(self, cells: Mapping[str, Any]) -> Any:
        """Return what the driver takes for the values of a statement."""
        values = {**self._fixed, **cells}
        for name, convert in self._converting.items():
            values[name] = convert(values[name])
        return values if self._order is None else tuple([values[name] for name in self._order])


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
