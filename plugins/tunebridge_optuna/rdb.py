"""A database by Optuna's own tables: SQLite, PostgreSQL, MySQL.

Reading makes nothing: without tables there are no studies, and SQLite's file is opened read-only. The first
claim makes the tables, under a lock of the store, so that they are made once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy
from optuna.storages import RDBStorage
from sqlalchemy import URL, Engine

from tunebridge import Damage, StoreError
from tunebridge_optuna.changes import NativesByStatements
from tunebridge_optuna.columns import VERSIONS
from tunebridge_optuna.faults import explained, shown
from tunebridge_optuna.held import check_folder
from tunebridge_optuna.idle import look_at_idle
from tunebridge_optuna.locks import FileWriterLock, ServerWriterLock, WriterLock
from tunebridge_optuna.memberships import FileMembership, Membership, ServerMembership
from tunebridge_optuna.news import Natives, NativesByCalls
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.rows import Calls, Rows
from tunebridge_optuna.sqlite import SqliteFile
from tunebridge_optuna.statements import Statements
from tunebridge_optuna.whole import WholeStatements
from tunebridge_optuna.wire import Line

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
"""What a URL without a driver means: what the extras bring."""

BUSY_SECONDS = 30
"""How long SQLite waits for another program, such as the dashboard, to end its transaction."""


class RdbPlace:
    """A database.

    Args:
        url: As SQLAlchemy writes it: `sqlite:///tune.db`, `postgresql://user:password@host/database`.

    Raises:
        StoreError: It cannot keep studies: it is in memory, or has tables of another version.
    """

    head = ""
    """The version of the tables that this Optuna makes, once it is known: that takes it a while."""

    def __init__(self, url: str) -> None:
        """Look at what is there; nothing is made."""
        self.url = url
        complete = _complete(sqlalchemy.make_url(url))
        self._file = SqliteFile(complete) if complete.get_backend_name() == "sqlite" else None
        self._url = complete
        self._connecting = _connecting(complete)
        self._reader: RDBStorage | None = None
        self._writer: RDBStorage | None = None
        self._line: Line | None = None
        try:
            if self._file is not None:
                check_folder(self._file.path)
            self.reading()
        except BaseException:
            self.close()
            raise

    def lock(self, study: str) -> WriterLock:
        """Return the lock of a study's writer."""
        if self._file is not None:
            return FileWriterLock(self._file.path, study)
        return ServerWriterLock(self._connecting, study)

    def membership(self, study: str, writer: str, silence: float) -> Membership:
        """Return the part that a writer is to have in a study."""
        if self._file is not None:
            return FileMembership(self._file.path, study, writer)
        return ServerMembership(self._connecting, study, writer, silence)

    def natives(self, part: Membership) -> Natives:
        """Return the way to see what has changed of trials, by statements where the tables are known."""
        storage = self._written()
        if storage.get_current_version() not in VERSIONS:
            return NativesByCalls(storage)
        if part.line is not None:
            return NativesByStatements(part.line)
        self._line = Line(storage.engine)
        return NativesByStatements(self._line)

    def reading(self) -> RDBStorage | None:
        """Return Optuna's way to what is there; None as long as there are no tables of Optuna's."""
        if self._writer is not None:
            return self._writer
        if self._reader is None and (self._file is None or self._file.path.exists()):
            url = self._url if self._file is None else self._file.to_read()
            if _has_tables(self._connecting if self._file is None else _connecting(url)):
                self._reader = self._open(url)
        return self._reader

    def sharing(self) -> RDBStorage | None:
        """Return Optuna's way for one who looks, and may note something: a dashboard."""
        if self._file is None or not os.access(self._file.path, os.W_OK):
            return self.reading()
        url = self._file.to_write()
        return self._open(url) if _has_tables(_connecting(url)) else None

    def writing(self, lock: WriterLock) -> RDBStorage:
        """Make the tables if there are none, and return Optuna's way to write; called with the lock taken."""
        with lock.alone():
            if self._file is None:
                storage = self.reading() or self._open(self._url, make=True)
                self._reader = None
            else:
                self._file.make()
                url = self._file.to_write()
                storage = self._open(url, make=not _has_tables(_connecting(url)))
        if self._file is not None:
            _release(storage)
            self._file.hold(storage.engine)
        _release(self._writer)  # an earlier claim that came to nothing has opened it
        self._writer = storage
        return storage

    def rows(self, part: Membership | None) -> Rows:
        """Return the way to write trials: statements, where the tables are of a version that is known."""
        storage = self._written()
        if storage.get_current_version() not in VERSIONS:
            return Calls(storage)
        return statements(storage, None if part is None else part.line)

    def names(self) -> list[str]:
        """Return the names of all studies, whatever their attributes say."""
        storage = self.reading()
        if storage is None:
            return []
        with storage.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT study_name FROM studies ORDER BY study_id")
            return list(found.scalars())

    def texts(self, study_id: int) -> list[tuple[str, Any]]:
        """Return the attributes of a study as JSON, which Optuna reads all or none of."""
        storage = self.reading()
        if storage is None:
            return []
        names = ("key", "value_json", "study_id")
        table = sqlalchemy.table("study_user_attributes", *map(sqlalchemy.column, names))
        key, text, study = (table.c[name] for name in names)
        query = sqlalchemy.select(key, text).where(study == study_id)
        with storage.engine.connect() as connection:
            return [(name, value) for name, value in connection.execute(query)]

    def damage(self) -> list[Damage]:
        """Return nothing: a database that has lost a part says so itself."""
        return []

    def lost(self) -> list[str]:
        """Return nothing, as for `damage`."""
        return []

    def check(self) -> None:
        """Raise unless the file is still the one that was opened to be written to.

        Raises:
            StoreError: It was removed, moved, replaced or truncated.
        """
        if self._file is not None:
            self._file.check()

    def close(self) -> None:
        """Close the connections; of SQLite, one file is left, unless another program has it open just now."""
        if self._line is not None:
            self._line.close()
        _release(self._reader)
        _release(self._writer)
        if self._file is not None:
            self._file.close()

    def _written(self) -> RDBStorage:
        if self._writer is None:
            raise StoreError("the database is not open to be written to", hint="claim a study first")
        return self._writer

    def _open(self, url: URL, *, make: bool = False) -> RDBStorage:
        """Return Optuna's storage of a URL.

        Raises:
            StoreError: The tables are of another version.
        """
        # Optuna's own check of the version would raise with connections left open.
        with quiet():
            storage = RDBStorage(
                url.render_as_string(hide_password=False).replace("{", "{{").replace("}", "}}"),
                engine_kwargs=_engine_options(url),
                skip_compatibility_check=True,
                skip_table_creation=not make,
            )
        if self._file is None:
            look_at_idle(storage.engine)
        try:
            self._check_version(storage)
        except BaseException:
            storage.remove_session()
            storage.engine.dispose()
            raise
        return storage

    def _check_version(self, storage: RDBStorage) -> None:
        RdbPlace.head = RdbPlace.head or storage.get_head_version()
        version, head = storage.get_current_version(), RdbPlace.head
        if version == head:
            return
        if version in storage.get_all_versions():
            hint = f'run: optuna storage upgrade --storage "{shown(self.url)}"'
        else:
            hint = "update Optuna: a newer one, or another program, made the tables"
        raise StoreError(
            f"the tables of {shown(self.url)} are of version {version}, and this Optuna has {head}", hint=hint
        )


def statements(storage: RDBStorage, turns: ServerWriterLock | None = None) -> Rows:
    """Return the way to write trials by statements, for one who has turns or one who has none."""
    if storage.engine.dialect.name != "postgresql":
        return Statements(storage)
    return WholeStatements(storage, turns)


def _release(storage: RDBStorage | None) -> None:
    """Close the connections that a storage holds; it opens others when it is used again."""
    if storage is not None:
        storage.remove_session()
        storage.engine.dispose()


def exists(url: str) -> bool:
    """Return whether there is a file; what a server has shows when it is asked."""
    file = file_of(url)
    return file is None or file.exists()


def file_of(url: str) -> Path | None:
    """Return the file that a URL names; None for a server."""
    with explained(url, "cannot be opened"):
        complete = _complete(sqlalchemy.make_url(url))
        return SqliteFile(complete).path if complete.get_backend_name() == "sqlite" else None


def _complete(url: URL) -> URL:
    """Return a URL with its driver."""
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.host:
        raise StoreError(
            f"{shown(str(url))} names a server, and SQLite has none",
            hint=f"the path of a file comes after three slashes: sqlite:///{url.host}",
        )
    in_memory = not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"
    if url.get_backend_name() == "sqlite" and in_memory:
        raise StoreError(
            f"{shown(str(url))} is a database in memory, which keeps nothing",
            hint="name a file: sqlite:///tune.db; or leave the storage out",
        )
    return url


def _engine_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {"pool_use_lifo": True}
    # A reader that kept a connection would keep the writer from leaving one file.
    pool = {"poolclass": sqlalchemy.NullPool} if url.query["mode"] == "ro" else {"pool_use_lifo": True}
    return {**pool, "connect_args": _patience(url)}


def _patience(url: URL) -> dict[str, Any]:
    is_asked = url.get_backend_name() == "sqlite" and "timeout" not in url.query
    return {"timeout": BUSY_SECONDS} if is_asked else {}


def _connecting(url: URL) -> Engine:
    """Return what connects to a database, keeps no connection, and begins no transactions."""
    no_pool, patience = sqlalchemy.NullPool, _patience(url)
    return sqlalchemy.create_engine(
        url, poolclass=no_pool, isolation_level="AUTOCOMMIT", connect_args=patience
    )


def _has_tables(engine: Engine) -> bool:
    """Return whether Optuna's tables are there, to the last row that is written as they are made."""
    with engine.connect() as connection:
        found = sqlalchemy.inspect(connection).get_table_names()
        if not {"studies", "version_info", "alembic_version"} <= {name.lower() for name in found}:
            return False
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() is not None
