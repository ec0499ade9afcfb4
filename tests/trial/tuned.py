"""Short studies of one objective, for what a trial may report."""

from collections.abc import Iterator
from typing import Any

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
