"""A trial knows whether a checkpoint is of use, and whether its study waits for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk, course
from tunebridge.testing import RANDOM

ASHA = tb.pruner("asha", min_resource=1, reduction_factor=2, bootstrap_count=1, resume=True)


class Asking(Walk):
    """A walk that writes a checkpoint only when its study waits for one."""

    def __init__(self) -> None:
        super().__init__(every=1)
        self.n_written = 0

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        walking = super().__call__(trial)
        for value in walking:
            yield value
            if not trial.wants_checkpoint:
                self.every = 0
            else:
                self.every, self.n_written = 1, self.n_written + 1


def test_a_trial_that_is_to_wait_wants_a_checkpoint_and_no_other_does() -> None:
    results = []
    asking = Asking()
    for objective in (asking, Walk()):
        problem = tb.Problem(objective, SPACE)
        results.append(tb.tune(problem, backend=RANDOM, n_trials=8, seed=2, pruner=ASHA))
    assert course(results[0]) == course(results[1])
    n_pruned = sum(one.state is tb.TrialState.PRUNED for one in results[0].trials)
    assert n_pruned < asking.n_written < sum(len(one.reports) for one in results[0].trials)


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_checkpoint_is_of_use_in_a_stored_study(is_stored: bool, tmp_path: Path) -> None:
    seen = []

    def objective(trial: tb.Trial) -> float:
        seen.append(trial.may_resume)
        return 0.0

    stored = {"storage": f"sqlite:///{tmp_path}/tune.db", "study": "s"} if is_stored else {}
    tb.tune(tb.Problem(objective, SPACE), backend=RANDOM, n_trials=1, seed=0, **stored)  # type: ignore[arg-type]
    assert seen == [is_stored]


def test_a_training_with_nothing_left_to_do_has_the_value_that_it_had_reported(tmp_path: Path) -> None:
    """It was killed after its last checkpoint, or paused at it."""
    (tmp_path / "state.json").write_text("[1, 0.5]", "utf-8")
    resumed = tb.Checkpoint(path=tmp_path, number=0, step=8, value=0.5)
    trial = tb.Trial({"x": 0.5, "rate": 0.1}, number=0, seed=0, resumed=resumed)
    assert tb.Problem(Walk(n_steps=9), SPACE).evaluator.evaluate(trial) == (0.5,)
