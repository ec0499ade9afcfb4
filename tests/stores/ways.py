"""Which of the two ways trials are written into a database: by statements, or by Optuna's calls."""

from __future__ import annotations

import pytest

BY_CALLS = "TUNEBRIDGE_TEST_BY_CALLS"
"""Tells the scripts here that the tables are to be of a version that is not known."""

SERVERS = ("postgresql", "mysql")


def database_of(scheme: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the kind of store that "sqlite by calls" means, and see to the calls, in scripts, too."""
    database, _, way = scheme.partition(" by ")
    if way:
        monkeypatch.setenv(BY_CALLS, "1")
        monkeypatch.setattr("tunebridge_optuna.rdb.VERSIONS", frozenset[str]())
    return database
