"""Connections that a server has closed while nobody used them are opened anew; others are not asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy
from sqlalchemy import Engine, text

from tests.plugins.tunebridge_optuna.test_locks import end_other_sessions
from tunebridge_optuna import idle
from tunebridge_optuna.idle import look_at_idle

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


@pytest.fixture(params=DRIVERS)
def server(request: pytest.FixtureRequest, new_store: Callable[[str], str]) -> str:
    """Return the URL of an empty database."""
    return new_store(request.param)


@pytest.fixture
def engine(server: str) -> Engine:
    """Return an engine of it."""
    scheme, _, rest = server.partition(":")
    return sqlalchemy.create_engine(f"{DRIVERS[scheme]}:{rest}")


def test_a_connection_that_was_closed_while_it_was_idle_is_opened_anew(
    server: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at_idle(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    end_other_sessions(server, 1)
    monkeypatch.setattr(idle, "MOST_IDLE_SECONDS", -1.0)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 2")).scalar() == 2
    engine.dispose()


def test_one_that_was_used_just_now_is_not_asked(
    server: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at_idle(engine)
    with engine.connect():
        pass
    asked: list[object] = []
    monkeypatch.setattr(engine.dialect, "do_ping", asked.append)
    with engine.connect():
        assert asked == []
    monkeypatch.setattr(idle, "MOST_IDLE_SECONDS", -1.0)
    with engine.connect():
        assert len(asked) == 1
    engine.dispose()
