"""Excludes a trial, limits one or lets a study grow, and is killed on the way.

`killed_upgrade.py URL WHAT POINT` is killed before the number of the format is raised, between that and the
event, or after it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

import tunebridge as tb
from tunebridge_optuna.writer import StudyWriter

POINTS = ("before", "between", "after")


def limited(trial: tb.Trial) -> float:
    if trial.number >= 3:
        trial.limit("size", 1.0, at_most=2)
    return float(trial["x"])


SETTINGS: Mapping[str, Any] = {"backend": "optuna:random", "seed": 0, "study": "study"}
LARGER = tb.Space(x=tb.Float(0, 2))


def problem(space: tb.Space | None = None) -> tb.Problem:
    return tb.Problem(limited, space or tb.Space(x=tb.Float(0, 1)))


def tell(url: str, what: str) -> Any:
    """Say what an earlier version does not see."""
    match what:
        case "excluded":
            return tb.exclude(url, "study", trials=[1], reason="wrong")
        case "limited":
            return tb.tune(problem(), n_trials=4, storage=url, **SETTINGS)
        case _:
            return tb.tune(problem(LARGER), n_trials=3, storage=url, grow=True, **SETTINGS)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def patch(what: str, point: str) -> None:
    """Put a kill beside a step."""
    upgrade, amend, write = StudyWriter.upgrade, StudyWriter.amend, StudyWriter.write

    def upgrades(writer: StudyWriter, number: int) -> None:
        if point == "before":
            die()
        upgrade(writer, number)
        if point == "between":
            die()

    def amends(writer: StudyWriter, notes: Mapping[str, Any]) -> None:
        amend(writer, notes)
        die()

    def writes(writer: StudyWriter, event: tb.Event) -> None:
        write(writer, event)
        grown = isinstance(event, tb.SegmentBegan) and "grown" in event.notes
        if grown or (isinstance(event, tb.TrialEnded) and "limits" in event.trial.notes):
            die()

    steps: dict[str, Callable[..., None]] = {"upgrade": upgrades, "amend": amends, "write": writes}
    for name, step in steps.items():
        setattr(StudyWriter, name, step)


if __name__ == "__main__":
    patch(*sys.argv[2:])
    tell(*sys.argv[1:3])
