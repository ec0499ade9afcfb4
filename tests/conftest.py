"""Hypothesis profiles, one of which `HYPOTHESIS_PROFILE` may name; one thread, as all matrices are small.

Stores of every kind: files, and new databases on real servers. `.ci/databases` starts the servers and names
them in two environment variables. Without them the tests that need one skip, but under CI they fail.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import Phase, settings

SERVERS = {"postgresql": "TUNEBRIDGE_TEST_POSTGRESQL", "mysql": "TUNEBRIDGE_TEST_MYSQL"}
"""Environment variable with the URL of a database on a server whose user may create others, by scheme."""

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before a test imports torch or numpy

settings.register_profile("local", deadline=None, max_examples=20)
settings.register_profile("gates", deadline=None, max_examples=20, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.register_profile("unshrunk", settings.get_profile("gates"), phases=[Phase.generate])

strict = os.environ.get("TUNEBRIDGE_STRICT_PLUGINS") == "1" or "CI" in os.environ
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gates" if strict else "local"))


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return a function that takes a scheme and gives the URL of a store that holds nothing."""
    with ExitStack() as dropping:

        def give(scheme: str) -> str:
            name = f"tunebridge_{uuid4().hex}"
            if scheme not in SERVERS:
                slashes = "" if scheme == "jsonlines" else "///"
                return f"{scheme}:{slashes}{tmp_path}/{name}"
            server = _server(scheme)
            is_mysql = scheme == "mysql"
            _execute(server, f"CREATE DATABASE {name}{' CHARACTER SET utf8mb4' * is_mysql}")
            dropping.callback(_execute, server, f"DROP DATABASE {name}{' WITH (FORCE)' * (not is_mysql)}")
            return server.rpartition("/")[0] + f"/{name}"

        yield give


def _server(scheme: str) -> str:
    """Return the URL of a server; skip the test, or under CI fail it, where there is none."""
    found = os.environ.get(SERVERS[scheme])
    if found is not None:
        return found
    lacks = f"{SERVERS[scheme]} is not set: `source .ci/databases; start_databases` starts servers"
    if os.environ.get("CI") == "true":
        pytest.fail(lacks)
    pytest.skip(lacks)


def _execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    import sqlalchemy

    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[url.partition(":")[0]]
    engine = sqlalchemy.create_engine(
        sqlalchemy.make_url(url).set(drivername=driver),
        poolclass=sqlalchemy.NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()
