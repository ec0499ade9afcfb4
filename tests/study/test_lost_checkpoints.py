"""A stored study whose checkpoints have no place that stays says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk
from tunebridge.testing import RANDOM

SERVERS = ["postgresql", "mysql"]


def warnings_of(caplog: pytest.LogCaptureFixture, storage: str | None, **settings: str) -> list[str]:
    problem = tb.Problem(Walk(), SPACE)
    tb.tune(problem, backend=RANDOM, n_trials=2, seed=2, storage=storage, study="walk", **settings)  # type: ignore[arg-type]
    return [one.getMessage() for one in caplog.records if "checkpoints" in one.getMessage()]


@pytest.mark.parametrize("scheme", SERVERS)
def test_a_study_on_a_server_says_once_that_its_checkpoints_are_lost(
    scheme: str, new_store: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    (said,) = warnings_of(caplog, new_store(scheme))
    assert "lost with its process" in said
    assert "checkpoints='checkpoints'" in said


@pytest.mark.parametrize("scheme", SERVERS)
def test_with_a_folder_it_says_nothing(
    scheme: str, new_store: Callable[[str], str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert warnings_of(caplog, new_store(scheme), checkpoints=str(tmp_path / "there")) == []


@pytest.mark.parametrize("scheme", ["", "sqlite"])
def test_nothing_is_said_in_memory_and_beside_a_file(
    scheme: str, new_store: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    assert warnings_of(caplog, new_store(scheme) if scheme else None) == []
