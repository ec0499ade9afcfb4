"""The checkpoints of a member are its model at the end, whoever has trained it last."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.population.training import SPACE, Walk, copies, tune

LAST = 11


class Stopped(Walk):
    """Is stopped by hand once, as a member that has copied at the very end is about to end."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopped = False

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        yield from super().__call__(trial)
        begun = trial.resumed
        if begun and begun.number != trial.number and begun.step == LAST and not self.is_stopped:
            self.is_stopped = True
            raise KeyboardInterrupt


def path_in(trial: tb.TrialRecord, which: Any) -> list[Any]:
    """Return who trained the model in a checkpoint."""
    checkpoint = trial.checkpoint(which)
    assert checkpoint is not None
    found: list[Any] = json.loads((checkpoint / "path.json").read_text())
    assert found[-1][1] == checkpoint.step
    return found


def copied_at_the_end(result: tb.Result) -> list[tb.TrialRecord]:
    return [one for one in result.trials if copies(one) and copies(one)[-1].donor_step == LAST]


@pytest.mark.parametrize("seed", range(3))
def test_a_member_that_copied_at_the_very_end_has_the_weights_of_its_value(seed: int, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/tune.db"
    result = tune(seed=seed, storage=storage, study="end")
    assert copied_at_the_end(result)
    problem = tb.Problem(Walk(), SPACE, direction="maximize")
    for found in (result, tb.load_study(storage, "end")):
        for trial in found.trials:
            assert path_in(trial, "last") == trial.notes["path"]
            path = path_in(trial, "best")
            assert sum(rate for _, _, rate in path) == trial.value == tb.replay(problem, trial).value


@pytest.mark.parametrize("seed", range(3))
def test_one_that_wrote_none_since_its_copy_has_the_one_that_it_went_on_from(seed: int) -> None:
    """Its training ends amid an interval, and it writes at the ends of intervals alone."""
    result = tune(Walk(n_steps=8, every=3), seed=seed)
    assert any(copies(trial) and copies(trial)[-1].donor_step == 5 for trial in result.trials)
    for trial in result.trials:
        path = path_in(trial, "last")
        assert len(path) == 6
        assert path == trial.notes["path"][:6]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_weights_are_there_after_a_stop_between_the_copy_and_the_end(n_jobs: int, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "end"}
    walk = Stopped()
    assert any(
        trial.state is tb.TrialState.INTERRUPTED for trial in copied_at_the_end(tune(walk, **settings))
    )
    result = tune(walk, **settings, n_jobs=n_jobs, executor="threads")
    again = tune(walk, **settings)
    for found in (result, again):
        assert copied_at_the_end(found)
        for trial in found.trials:
            assert path_in(trial, "last") == trial.notes["path"]
            assert path_in(trial, "best") == trial.notes["path"]


class Lost(Stopped):
    """Fails instead, once it has been stopped."""

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        was_stopped = self.is_stopped
        yield from super().__call__(trial)
        if was_stopped:
            raise RuntimeError("lost")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_donors_that_have_ended_keep_what_a_member_copied_that_fails_after_a_stop(
    n_jobs: int, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "end"}
    walk = Lost()
    before = tune(walk, **settings)
    result = tune(walk, **settings, n_jobs=n_jobs, executor="threads")
    assert any(trial.state is tb.TrialState.FAILED for trial in copied_at_the_end(result))
    ended = [trial for trial in before.trials if trial.state is tb.TrialState.COMPLETE]
    assert {trial.number for trial in ended} & {
        copies(one)[-1].donor for one in copied_at_the_end(before) if one.state is tb.TrialState.INTERRUPTED
    }
    for trial in ended:
        assert path_in(trial, "last") == trial.notes["path"]
