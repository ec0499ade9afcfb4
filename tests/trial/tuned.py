"""Short studies of one objective, for what a trial may report."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 8))


def tune(
    objective: Any, direction: Any = "minimize", metric: str | None = None, **settings: Any
) -> tb.Result:
    settings = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, **settings}
    return tb.tune(tb.Problem(objective, SPACE, direction, metric), **settings)


def yielding(*values: Any) -> Any:
    def objective(trial: tb.Trial) -> Iterator[Any]:
        yield from values

    return objective


def ended_by_first(run: Callable[[], object]) -> tb.StudyFailedError:
    """Return the error of a study whose first trial shows what all of them would fail with."""
    with pytest.raises(tb.StudyFailedError, match="every trial would fail as trial 0: ") as caught:
        run()
    (trial,) = caught.value.result.trials
    assert (trial.number, trial.state) == (0, tb.TrialState.FAILED)
    assert caught.value.hint
    assert caught.value.message.partition(": ")[2] in str(trial.error)
    return caught.value
