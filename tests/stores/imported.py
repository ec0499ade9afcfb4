"""What a study takes from a history."""

from typing import Any

import tunebridge as tb
from tunebridge.testing import MemoryStore


def imported(space: tb.Space, history: Any, direction: Any = "minimize") -> list[tb.TrialRecord]:
    """Return the trials that a study of a space takes from a history, as a store has them."""
    store, problem = MemoryStore(), tb.Problem(lambda trial: 1.0, space, direction)
    tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, history=history, storage=store, study="s")
    stored = store.load("s")
    assert stored is not None
    kept = [trial for trial in stored.trials if trial.number is None]
    return [
        tb.TrialRecord(
            number=one.attempt, state=one.state, params=tb.from_natural(space, one.params), values=one.values,
            backend="", told="", error=one.notes["error"], seed=0, started=one.started, finished=one.finished,
            sampler_seconds=0.0, objective_seconds=0.0, reports=one.reports,
        )
        for one in kept
    ]  # fmt: skip


def tuned(space: tb.Space, history: Any, direction: Any = "minimize", **settings: Any) -> tb.Result:
    problem = tb.Problem(lambda trial: 1.0, space, direction)
    settings = {"backend": "hyperopt:tpe", "n_trials": 1, "seed": 0, **settings}
    return tb.tune(problem, history=history, **settings)
