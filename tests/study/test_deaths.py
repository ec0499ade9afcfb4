"""How many processes have died with a trial since it got any further."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tunebridge as tb
from tunebridge.stores.timeline import Attempt
from tunebridge.study.interrupted_trials import DIED, n_deaths
from tunebridge.trial.origin import Origin

ENDED = "not told: interrupted"
RUNS = ""


@pytest.fixture(scope="module")
def record() -> tb.TrialRecord:
    """Return a record of some trial."""
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
    return tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0).trials[0]


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        ([(RUNS, None)], 1),
        ([(DIED, None), (DIED, None), (RUNS, None)], 3),
        ([(DIED, None), (ENDED, None), (RUNS, None)], 2),  # Ctrl-C is no death
        ([(DIED, 4), (DIED, None), (RUNS, None)], 3),  # dies at what follows the checkpoint
        ([(DIED, None), (DIED, 4), (RUNS, None)], 2),
        ([(DIED, 4), (DIED, 7), (RUNS, 9)], 1),  # gets further each time
        ([(DIED, 4), (DIED, 4), (RUNS, 2)], 3),  # its checkpoints are out of reach: it begins anew each time
        ([], 0),
    ],
)
def test_deaths_count_since_the_furthest_checkpoint(
    tries: list[tuple[str, int | None]], expected: int, record: tb.TrialRecord
) -> None:
    states = tb.TrialState.INTERRUPTED, tb.TrialState.RUNNING
    attempts = [
        Attempt(
            record=replace(record, told=told, state=states[told == RUNS]),
            origin=Origin(backend="b", attempt=index),
            checkpoint=checkpoint,
        )
        for index, (told, checkpoint) in enumerate(tries)
    ]
    assert n_deaths(attempts) == expected
