"""A booster's training as one file in the folder of a checkpoint.

It is pickled, as models are: what is in it is the objective's own, written and read where the objective runs.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebridge import Checkpoint, GrowerSpec, Growth, ObjectiveError, Resumable, Trial
from tunebridge.display.brief import brief

FILE = "booster.pickle"
"""The name of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a training has come to."""

    n_rounds: int = 0
    """How many rounds were grown."""
    state: Any = None
    """What it goes on from; None at its begin, and at its end."""
    model: Any = None
    """The fitted model, at its end."""
    left: int | None = None
    """How many rounds a rule to stop early has left, at its end."""


def check_able(model: Any, spec: GrowerSpec) -> None:
    """Check that a model can wait at a checkpoint.

    Raises:
        ObjectiveError: It cannot go on from one.
    """
    if not spec.keeps(model):
        raise ObjectiveError(
            f"a {type(model).__name__} with these params goes on only while it lives, and cannot wait",
            hint="leave the rule to stop early out, or resume and the population",
        )


def save(trial: Trial, growth: Growth, model: Any, n_rounds: int) -> None:
    """Write a checkpoint of the last report.

    Raises:
        TrialPaused: The trial's turn is over.
    """
    parts: dict[str, Any] = {"n_rounds": n_rounds}
    if growth.is_over:
        parts |= {"model": model, "left": growth.n_rounds}
    elif isinstance(growth, Resumable):
        parts["state"] = growth.state()
    with trial.checkpoint() as folder:
        (folder / FILE).write_bytes(pickle.dumps(parts, protocol=pickle.HIGHEST_PROTOCOL))


def read(checkpoint: Checkpoint) -> Saved:
    """Return what a checkpoint holds.

    Raises:
        ObjectiveError: It cannot be read.
    """
    file = Path(checkpoint) / FILE
    try:
        return Saved(**pickle.loads(file.read_bytes()))
    except Exception as error:
        raise ObjectiveError(
            f"{file} cannot be read: {brief(error)}",
            hint="it needs the libraries and the classes with which it was written",
        ) from error
