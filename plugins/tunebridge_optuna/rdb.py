"""A database by Optuna's own tables: SQLite, PostgreSQL, MySQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy
from optuna.storages import RDBStorage
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from tunebridge import StoreError
from tunebridge_optuna.faults import explained, shown
from tunebridge_optuna.locks import FileWriterLock, ServerWriterLock, WriterLock
from tunebridge_optuna.quiet import quiet

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

    def __init__(self, url: str) -> None:
        """Connect, and make the tables if there are none."""
        self.url = url
        self._is_logged = False
        self._url = _complete(sqlalchemy.make_url(url))
        options: dict[str, Any] = {"pool_pre_ping": not self._is_file, "pool_use_lifo": True}
        if self._is_file and "timeout" not in self._url.query:
            options["connect_args"] = {"timeout": BUSY_SECONDS}
        _probe(self._url)
        written = self._url.render_as_string(hide_password=False)
        # Braces are a template to Optuna; and its own check would raise with connections left open.
        template = written.replace("{", "{{").replace("}", "}}")
        with quiet():
            self.storage = RDBStorage(template, engine_kwargs=options, skip_compatibility_check=True)
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise

    def lock(self, study: str) -> WriterLock:
        """Return the lock of a study's writer."""
        if self._is_file:
            return FileWriterLock(_file(self._url), study)
        return ServerWriterLock(self._url, study)

    def prepare(self) -> None:
        """Let SQLite write ahead into a log, which takes a quarter of the disk's time for each commit.

        Every commit stays as durable as before: it is in the log on the disk when it returns.
        """
        if self._is_file:
            self.storage.remove_session()
            self.storage.engine.dispose()
            self._is_logged = self._set_journal("WAL")
            sqlalchemy.event.listen(self.storage.engine, "connect", _sync_fully)

    def close(self) -> None:
        """Close the connections; of SQLite, one file is left, unless another program has it open just now."""
        self.storage.remove_session()
        self.storage.engine.dispose()
        if self._is_logged:
            self._set_journal("DELETE")

    def _set_journal(self, mode: str) -> bool:
        """Ask SQLite for a journal mode, and return whether it has taken it: others may have it open."""
        engine = sqlalchemy.create_engine(
            self._url, poolclass=sqlalchemy.NullPool, connect_args={"timeout": 0}
        )
        try:
            with engine.connect() as connection:
                taken = connection.exec_driver_sql(f"PRAGMA journal_mode={mode}").scalar()
        except SQLAlchemyError:
            return False
        finally:
            engine.dispose()
        return bool(taken == mode.lower())

    @property
    def _is_file(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _check_version(self) -> None:
        version, head = self.storage.get_current_version(), self.storage.get_head_version()
        if version == head:
            return
        if version in self.storage.get_all_versions():
            hint = f'run: optuna storage upgrade --storage "{shown(self.url)}"'
        else:
            hint = "update Optuna: a newer one, or another program, made the tables"
        raise StoreError(
            f"the tables of {shown(self.url)} are of version {version}, and this Optuna has {head}", hint=hint
        )


def exists(url: str) -> bool:
    """Return whether there is a file; what a server has shows when it is asked."""
    with explained(url, "cannot be opened"):
        complete = _complete(sqlalchemy.make_url(url))
        return complete.get_backend_name() != "sqlite" or _file(complete).exists()


def _complete(url: URL) -> URL:
    """Return a URL with its driver, and with an absolute path, which a change of folder leaves as it is."""
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
        raise StoreError(
            f"{shown(str(url))} is a database in memory, which keeps nothing",
            hint="name a file: sqlite:///tune.db; or leave the storage out",
        )
    prefix = "file:" if url.database.startswith("file:") else ""
    return url.set(database=prefix + os.path.abspath(_file(url)))


def _file(url: URL) -> Path:
    return Path((url.database or "").removeprefix("file:"))


def _sync_fully(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _probe(url: URL) -> None:
    """Connect once, so that what fails here leaves no connection open."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    try:
        with engine.connect() as connection:
            sqlalchemy.inspect(connection).has_table("studies")
    finally:
        engine.dispose()
