"""What a trial notes in another process up to a checkpoint outlives that process."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk
from tunebridge.policy import Policy
from tunebridge.testing import RANDOM


class Noting(Walk):
    """Notes each step, and dies in the fifth one of its first attempt."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        trial.note("steps", [*trial.noted.get("steps", []), [trial.attempt, step]])
        trial.limit(f"{trial.attempt}.{step}", step, at_most=6)
        if step == 4 and trial.attempt == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_new_attempt_goes_on_with_what_was_noted_and_limited_up_to_the_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tunebridge.study.tuning.Policy", partial(Policy, retries=1))
    problem = tb.Problem(Noting(), SPACE)
    (trial,) = tb.tune(problem, backend=RANDOM, n_trials=1, seed=2, executor="processes").trials
    seen = [[0, step] for step in range(4)] + [[1, step] for step in range(4, 9)]
    assert trial.notes["steps"] == seen
    assert {name: one.value for name, one in trial.limits.items()} == {
        f"{a}.{step}": step for a, step in seen
    }
    assert set(trial.violations) == {"1.7", "1.8"}
