"""Lets a study grow, and is killed at one write of it: `killed_growing.py URL WHEN WHAT`.

It is killed before a write, in the middle of it (a transaction that is not committed, a line of a journal
that is not known to be on the disk), or right after it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

from optuna.storages import JournalStorage, RDBStorage
from sqlalchemy import event
from sqlalchemy.engine import Engine

import tunebridge as tb
from tunebridge_optuna.records import SEGMENT, STUDY
from tunebridge_optuna.spans import GROWN
from tunebridge_optuna.writer import StudyWriter

SMALL = tb.Space(x=tb.Float(0, 1), kind=tb.Categorical(["a", "b"]))
LARGE = tb.Space(x=tb.Float(0, 2), kind=tb.Categorical(["c", "a", "b"]), rate=tb.Float(0, 1))
HAD: Mapping[str, Any] = {"rate": 0.25}

IS_WRITTEN: Mapping[str, Callable[[str], bool]] = {
    "number": lambda key: key == STUDY,
    "ranges": lambda key: key.startswith(GROWN),
    "segment": lambda key: key.startswith(SEGMENT),
}
"""Whether a key is that of what is written."""

POINTS = (*((when, what) for what in IS_WRITTEN for when in ("before", "in", "after")), ("before", "trial"))


def objective(trial: Any) -> float:
    return float((trial["x"] - 1.5) ** 2)


def tune(url: Any, space: tb.Space, n_trials: int, **more: Any) -> tb.Result:
    settings = {"backend": "optuna:tpe", "study": "s", "seed": 0, **more}
    return tb.tune(tb.Problem(objective, space), storage=url, n_trials=n_trials, **settings)


def grow(url: str) -> tb.Result:
    return tune(url, LARGE, 8, grow=HAD)


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def patch(when: str, what: str) -> None:
    """Put a kill beside a write, or into it."""
    if what == "trial":
        write = StudyWriter.write

        def writes(writer: StudyWriter, one: tb.Event) -> None:
            if isinstance(one, tb.TrialBegan):
                die()
            write(writer, one)

        setattr(StudyWriter, "write", writes)  # noqa: B010  # a method cannot be assigned to
        return
    for kind in (RDBStorage, JournalStorage):
        _patch(kind, when, IS_WRITTEN[what])


def _patch(kind: Any, when: str, is_written: Callable[[str], bool]) -> None:
    plain = kind.set_study_user_attr

    def set_attribute(storage: Any, study_id: int, key: str, value: Any) -> None:
        if is_written(key) and when == "before":
            die()
        if is_written(key) and when == "in":
            event.listen(Engine, "commit", die)
            os.fsync = die
        plain(storage, study_id, key, value)
        if is_written(key):
            die()

    kind.set_study_user_attr = set_attribute


if __name__ == "__main__":
    patch(*sys.argv[2:])
    grow(sys.argv[1])
