"""Trials that write checkpoints, in studies killed at random moments: nothing lost, and the same results.

`killed_training.py` runs, kills and finishes a study. `TUNEBRIDGE_TEST_KILLS` says how often it is killed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tunebridge as tb
from tests.stores.ways import SERVERS, database_of
from tunebridge.testing.store_events import stored_study

SCRIPT = Path(__file__).with_name("killed_training.py")
N_KILLS = int(os.environ.get("TUNEBRIDGE_TEST_KILLS", "3"))
N_STEPS = {"halving": 150, "plain": 150, "learned": 70, "population": 70, "ruled": 70}
"""Within how many steps the kills are, by kind: populations train 72."""
PATIENCE_SECONDS = 60.0

ALWAYS = [("halving", "sqlite", 1), ("plain", "journal", 2), ("population", "sqlite", 2)]
"""What is killed whenever tests run; the others are slow."""
STUDIES = [
    (kind, scheme, n_jobs)
    for kind in ("halving", "learned", "plain", "population", "ruled")
    for scheme in ("sqlite", "journal")
    for n_jobs in (1, 2)
] + [
    (kind, scheme, 1)
    for kind in ("plain", "population")
    for scheme in ("sqlite by calls", *(f"{server}{way}" for server in SERVERS for way in ("", " by calls")))
]


@cache
def script() -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("killed_training", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kill(kind: str, url: str, n_jobs: int, folder: Path, checkpoints: Path | None) -> int:
    """Run a study through its kills to its end, and return how many have hit it."""
    command = [sys.executable, str(SCRIPT), kind, url, f"--n-jobs={n_jobs}", f"--n-kills={N_KILLS}"]
    command += [] if checkpoints is None else [f"--checkpoints={checkpoints}"]
    command.append(f"--steps={max(2, N_STEPS[kind] // (2 * N_KILLS))}")
    seconds = PATIENCE_SECONDS + 30.0 * N_KILLS
    ran = subprocess.run(
        [*command, f"--trained={folder / 'trained'}"],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def course(result: tb.Result) -> list[Any]:
    """Return all of a study that a kill must not change."""
    return [
        (one.number, one.state.name, dict(one.params), one.values, one.reports, one.schedule, one.told)
        for one in result.trials
    ]


def assert_each_attempt_is_whole(url: str) -> None:
    attempts = defaultdict(list)
    for trial in stored_study(url, "killed").trials:
        attempts[trial.number].append(trial)
    for tries in attempts.values():
        assert [trial.attempt for trial in tries] == list(range(len(tries)))
        assert [trial.state for trial in tries[:-1]] == [tb.TrialState.INTERRUPTED] * (len(tries) - 1)
        assert tries[-1].state in {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
        for trial in tries:
            assert [report.step for report in trial.reports] == list(range(len(trial.reports)))


def assert_no_checkpoint_is_missing(result: tb.Result) -> None:
    for trial in result.trials:
        best = min(trial.reports, key=lambda report: report.value)
        for checkpoint, report in (
            (trial.checkpoint("last"), trial.reports[-1]),
            (trial.checkpoint("best"), best),
        ):
            assert checkpoint is not None
            assert checkpoint.step == report.step
            assert json.loads((checkpoint / "state.json").read_text("utf-8"))[1] == report.value


@pytest.mark.parametrize(
    ("kind", "scheme", "n_jobs"),
    [*ALWAYS, *(pytest.param(*study, marks=pytest.mark.slow) for study in STUDIES if study not in ALWAYS)],
)
def test_a_killed_study_loses_nothing_and_ends_as_one_that_was_not(
    kind: str,
    scheme: str,
    n_jobs: int,
    new_store: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = new_store(database_of(scheme, monkeypatch))
    checkpoints = tmp_path / "checkpoints" if scheme.startswith(SERVERS) else None
    assert kill(kind, url, n_jobs, tmp_path, checkpoints) >= min(N_KILLS, 2)
    result = tb.load_study(url, "killed", checkpoints=checkpoints)
    assert course(result) == course(script().STUDIES[kind](n_jobs=n_jobs))
    assert_each_attempt_is_whole(url)
    assert_no_checkpoint_is_missing(result)
