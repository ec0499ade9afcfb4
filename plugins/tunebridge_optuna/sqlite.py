"""The file of an SQLite database: opened read-only to look, and held to be written to."""

from __future__ import annotations

import os
import re
import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import URL, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tunebridge_optuna.held import HeldFile
from tunebridge_optuna.sqlite_sizes import is_whole

COMPANIONS = ("", "-wal", "-journal")
"""What is added to a file's name for the files that make up a database; its shared memory is made anew."""


class SqliteFile:
    """An SQLite database on the disk.

    Args:
        url: Its URL, with a path or a URI of SQLite's; a change of folder leaves what it names as it is.
    """

    def __init__(self, url: URL) -> None:
        """Find its path; nothing is opened."""
        database = url.database or ""
        is_uri = database.startswith("file:")
        self.path = Path(os.path.abspath(database.removeprefix("file:")))
        name = str(self.path) if is_uri else quote(str(self.path))
        self._url = url.set(database=f"file:{name}")
        self._held: list[HeldFile] = []
        self._is_logged = False
        self._copy: TemporaryDirectory[str] | None = None

    def to_read(self) -> URL:
        """Return the URL of one who only looks.

        A log or a journal that a killed writer has left is read along. Where the permissions are not enough
        for that, it is a copy that is read.
        """
        if self._copy is None and not self._is_readable():
            self._copy = self._copied()
        if self._copy is None:
            return self._in_mode("ro")
        copied = Path(self._copy.name) / self.path.name
        return self._in_mode("rw").set(database=f"file:{quote(str(copied))}")

    def to_write(self) -> URL:
        """Return the URL of one who writes to what is there; a file that was removed is not made anew."""
        return self._in_mode("rw")

    def make(self) -> None:
        """Make the file if there is none."""
        if not self.path.exists():
            self.path.touch()

    def hold(self, engine: Engine) -> None:
        """Let SQLite write ahead into a log, and remember which files these are.

        The log takes a quarter of the disk's time for each commit, and every commit stays as durable as
        before: it is in the log on the disk when it returns.
        """
        self.ask("PRAGMA journal_mode=WAL")
        sqlalchemy.event.listen(engine, "connect", _sync_fully)
        with engine.connect() as connection:  # stays in the pool, so that a log that it sees stays, too
            connection.exec_driver_sql("SELECT count(*) FROM studies")
            self._is_logged = connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        self._held = [HeldFile(self.path, is_whole=partial(is_whole, "database", self.path))]
        if self._is_logged:
            self._held.append(HeldFile(self._log, is_whole=partial(is_whole, "log", self._log)))

    def check(self) -> None:
        """Raise unless the files are those that were held.

        Raises:
            StoreError: One was removed, moved, replaced or truncated.
        """
        for one in self._held:
            one.check()

    def close(self) -> None:
        """Bring what is in the log into the file, and leave that alone; called without open connections.

        The log stays, and stays as long as it is, where others have the database open.
        """
        if self._is_logged and self._held[0].is_there and self.ask("PRAGMA journal_mode=DELETE") != "delete":
            self.ask("PRAGMA wal_checkpoint(FULL)")
        self._is_logged = False
        if self._copy is not None:
            self._copy.cleanup()

    @property
    def _log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    def _in_mode(self, mode: str) -> URL:
        return self._url.update_query_dict({"uri": "true", "mode": mode})

    def _is_readable(self) -> bool:
        """Return whether SQLite can read the file without writing; raise what is no matter of that."""
        engine = sqlalchemy.create_engine(self._in_mode("ro"), poolclass=sqlalchemy.NullPool)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        except OperationalError as error:
            if not re.search("unable to open|readonly", str(error)) or not os.access(self.path, os.R_OK):
                raise
            return False
        finally:
            engine.dispose()
        return True

    def _copied(self) -> TemporaryDirectory[str]:
        """Copy the database, which takes no permission but to read."""
        folder = TemporaryDirectory(prefix="tunebridge-")
        for ending in COMPANIONS:
            one = self.path.with_name(self.path.name + ending)
            if one.exists():
                shutil.copyfile(one, Path(folder.name) / one.name)
        return folder

    def ask(self, pragma: str) -> Any:
        """Return what SQLite answers; None if others have the file open."""
        engine = sqlalchemy.create_engine(
            self.to_write(), poolclass=sqlalchemy.NullPool, connect_args={"timeout": 0}
        )
        try:
            with engine.connect() as connection:
                return connection.exec_driver_sql(pragma).scalar()
        except SQLAlchemyError:
            return None
        finally:
            engine.dispose()


def _sync_fully(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
