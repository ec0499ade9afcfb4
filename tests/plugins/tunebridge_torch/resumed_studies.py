"""What studies promise whose trials train by a loop of others, as tests of an objective that kills itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tests.plugins.tunebridge_torch.kills import KILLS_AT, SIGNAL

SPACE = tb.Space(lr=tb.Float(1e-2, 1.0, log=True))

Objective = Callable[[tb.Trial], Any]

KILLED = """
import logging, sys
from importlib import import_module
logging.disable(logging.CRITICAL)
import torch
torch.set_num_threads(1)
from tests.plugins.tunebridge_torch.resumed_studies import tuned
tuned(getattr(import_module(sys.argv[1]), sys.argv[2]), storage=sys.argv[3], study="s")
"""


def tuned(objective: Objective, **settings: Any) -> tb.Result:
    given = {"backend": "optuna:random", "n_trials": 2, "seed": 0, **settings}
    return tb.tune(tb.Problem(objective, SPACE), **given)


def comparable(result: tb.Result) -> list[Any]:
    return [(one.number, one.params, one.values, one.reports, one.schedule) for one in result.trials]


class ResumedStudies:
    """Subclass it, and say what is trained."""

    kills_at: ClassVar[int]
    """The batch in which a study is killed."""

    @pytest.fixture
    def objective(self) -> Objective:
        """Return a function of a module, which calls `begin_batch`. Override this."""
        raise NotImplementedError

    @pytest.mark.parametrize("kills_at", [5, 12, 20])
    def test_a_study_that_was_interrupted_is_equal_to_one_that_was_not(
        self, objective: Objective, kills_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rules = [tb.Schedule("lr", at={1: 0.05, 2: 0.2})]
        stored = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s", "adjust": rules}
        monkeypatch.setenv(KILLS_AT, str(kills_at))
        assert tuned(objective, **stored).stop_reason == "interrupted"
        monkeypatch.delenv(KILLS_AT)
        assert comparable(tuned(objective, **stored)) == comparable(tuned(objective, adjust=rules))

    def test_a_study_that_was_killed_is_equal_to_one_that_was_not(
        self, objective: Objective, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path}/tune.db"
        killed = {KILLS_AT: str(self.kills_at), SIGNAL: "SIGKILL", "PYTHONPATH": os.getcwd()}
        command = [sys.executable, "-c", KILLED, objective.__module__, objective.__name__, url]
        ended = subprocess.run(command, env={**os.environ, **killed}, capture_output=True, check=False)
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        assert comparable(tuned(objective, storage=url, study="s")) == comparable(tuned(objective))

    def test_a_population_trains_copies_and_explores(self, objective: Objective) -> None:
        found = tuned(objective, population=tb.Population(size=4, every=1), n_trials=4)
        assert [one.error for one in found.trials] == [None] * 4
        assert [len(one.reports) for one in found.trials] == [4] * 4
        assert any(isinstance(entry, tb.Copy) for one in found.trials for entry in one.schedule)
        for one in found.trials:
            assert tb.replay(tb.Problem(objective, SPACE), one).value == one.value

    def test_trials_that_wait_go_on_to_the_last_bit(self, objective: Objective) -> None:
        asha = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)
        found, whole = (tuned(objective, pruner=pruner, n_trials=6) for pruner in (asha, None))
        assert {one.state for one in found.trials} == {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
        for one, other in zip(found.trials, whole.trials, strict=True):
            assert one.reports == other.reports[: len(one.reports)]
