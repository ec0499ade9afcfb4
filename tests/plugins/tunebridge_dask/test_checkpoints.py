"""Checkpoints of trials on Dask workers, which see the study's folder or do not."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

import tests.study.walking
import tunebridge as tb
from tests.study.walking import SPACE, Walk, course
from tunebridge_dask.mark import Mark

for module in (sys.modules[__name__], tests.study.walking):
    cloudpickle.register_pickle_by_value(module)  # no worker can import a test module

ASHA = tb.pruner("asha", resume=True, min_resource=1, reduction_factor=2)


@pytest.fixture(params=[True, False], ids=["seen", "unseen"])
def sees(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Say whether workers see the mark of the study's folder: it is taken away before they look."""
    made: Callable[[Mark, tb.Trial], str] = Mark.of

    def gone(mark: Mark, trial: tb.Trial) -> str:
        path = made(mark, trial)
        Path(path).unlink(missing_ok=True)
        return path

    if not request.param:
        monkeypatch.setattr(Mark, "of", gone)
    return bool(request.param)


def tune(objective: Any, **settings: Any) -> tb.Result:
    settings = {"backend": "optuna:random", "pruner": ASHA, "n_trials": 6, "seed": 2, **settings}
    return tb.tune(tb.Problem(objective, SPACE), **settings)


@pytest.mark.usefixtures("sees")
def test_a_promoted_trial_goes_on_from_its_checkpoint_on_whatever_worker() -> None:
    ours = tune(Walk(), executor=tb.executor("dask"), n_jobs=1)
    assert course(ours) == course(tune(Walk()))
    assert max(len(trial.reports) for trial in ours.trials) == Walk().n_steps


def test_a_checkpoint_that_is_too_large_to_be_sent_is_a_failure_that_says_what_to_do(sees: bool) -> None:
    few = tb.executor("dask", max_checkpoint_bytes=10)
    result = tb.tune(tb.Problem(Walk(), SPACE), backend="optuna:random", n_trials=1, executor=few, n_jobs=1)
    (trial,) = result.trials
    if sees:
        assert trial.state is tb.TrialState.COMPLETE
        return
    assert trial.state is tb.TrialState.FAILED
    assert trial.error is not None
    assert "the checkpoint of step 0 holds" in trial.error
    assert "10 at most are sent" in trial.error
    assert "checkpoints=..." in trial.error


@pytest.mark.parametrize("most", [-1, 1.5, "64"])
def test_a_limit_that_is_no_number_of_bytes_is_refused(most: Any) -> None:
    with pytest.raises(tb.OptionError, match="max_checkpoint_bytes must be an integer >= 0"):
        tune(Walk(), executor=tb.executor("dask", max_checkpoint_bytes=most), n_jobs=1)
