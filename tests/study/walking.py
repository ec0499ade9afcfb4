"""An objective whose whole state is in its checkpoint, and which notes each step that it trains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1), rate=tb.Float(0.01, 1.0, log=True))
N_STEPS = 9


class Walk:
    """Walks down from 1 to what the params allow, by steps of a random length.

    Args:
        every: After how many reports it writes a checkpoint; 0 for never.
        n_steps: How many steps it walks.
    """

    def __init__(self, every: int = 1, n_steps: int = N_STEPS) -> None:
        self.every = every
        self.n_steps = n_steps

    def __call__(self, trial: tb.Trial) -> Iterator[float]:
        state, place, first = trial.seed, 1.0, 0
        if trial.resumed:
            state, place = json.loads((trial.resumed / "state.json").read_text("utf-8"))
            first = trial.resumed.step + 1
        for step in range(first, self.n_steps):
            state = (1103515245 * state + 12345) % 2**31
            place -= trial["rate"] * (place - trial["x"]) * state / 2**31
            self.trained(trial, step)
            yield place
            if self.every and (step + 1) % self.every == 0:
                with trial.checkpoint() as folder:
                    (folder / "state.json").write_text(json.dumps([state, place]), "utf-8")

    def trained(self, trial: tb.Trial, step: int) -> None:
        """Do nothing more in a step."""


class Diary(Walk):
    """A walk in this process that notes what it trains, and can be stopped there."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.steps: list[tuple[int, int]] = []
        """Number and step of each that was trained, in order."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        self.steps.append((trial.number, step))


def course(result: tb.Result) -> list[Any]:
    """Return all of a study that has to repeat, but for the attempts."""
    return [
        (one.number, one.state.name, dict(one.params), one.values, one.reports, one.schedule, one.told)
        for one in result.trials
    ]
