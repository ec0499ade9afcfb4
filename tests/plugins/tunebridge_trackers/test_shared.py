"""Trackers of a study that several processes share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import tunebridge as tb
from tests import tracking
from tunebridge import TrialState


@pytest.mark.parametrize("name", ["mlflow", "tensorboard"])
def test_the_run_of_a_process_that_died_is_ended_by_the_one_that_takes_its_trial_over(
    name: str, tmp_path: Path, new_store: Callable[[str], str]
) -> None:
    url, options = new_store("sqlite"), tracking.OPTIONS[name](tmp_path / "tracked")

    def joined() -> tb.Study:
        return tb.open_study(
            tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0, 1))),
            backend="sklearn:random",
            n_trials=2,
            seed=0,
            storage=url,
            study="s",
            join=True,
            observers=[tb.observer(name, **options)],
        )

    if not (child := os.fork()):
        joined().ask()
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(joined().run().trials) == 2
    states = {(run.number, run.attempt): run.state for run in tracking.READERS[name](options)}
    assert states == {
        (0, 0): TrialState.INTERRUPTED,
        (0, 1): TrialState.COMPLETE,
        (1, 0): TrialState.COMPLETE,
    }
