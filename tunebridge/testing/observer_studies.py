"""Studies that a tracker is to follow, and what it is to show of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge import ChosenObserver, Problem, Result, Space, Trial, TrialState

SPACE = Space(x=tb.Float(0.1, 1.0), kind=tb.Categorical(["a", None]))
"""Of all studies but those of awkward params."""

N_STEPS = 4
"""Reports of a trial that is trained to its end."""

STUDY = "killed"
"""The name of the study that is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What a tracker shows of one run of a trial, read with the tracker's own client."""

    id: str
    """What the tracker knows the run by."""
    number: int
    """Number of the trial."""
    attempt: int
    """The last attempt at it that has trained in this run."""
    state: TrialState | None
    """How it has ended; None while it is shown as running."""
    params: Mapping[str, str]
    """The params that it began with, as text."""
    curve: tuple[tuple[int, float], ...]
    """Steps and values of its reports, as they are drawn."""
    value: float | None = None
    """The final value; None if none is shown."""
    changes: tuple[tuple[int, str, float], ...] = ()
    """Params that changed while it trained: step, name and value."""


def train(trial: Trial) -> Iterator[float]:
    """Report a curve; say what observers have said, and fail, prune or die where the number says so."""
    trial.note("links", dict(trial.links))
    for step in range(N_STEPS):
        yield trial["x"] * (step + 1)
        if step == 1 and trial.number % 4 == 1:
            raise ValueError("as planned")
        if step == 2 and trial.number % 4 == 2:
            raise tb.TrialPruned("as planned")


def saving(trial: Trial) -> Iterator[float]:
    """Report a curve, and write a checkpoint after each report."""
    first = trial.resumed.step + 1 if trial.resumed else 0
    for step in range(first, N_STEPS):
        yield trial["x"] * (step + 1)
        with trial.checkpoint() as folder:
            (folder / "step").write_text(str(step), "utf-8")


class KilledOnce:
    """Trains, but kills its study in one trial, after its second report; the next time it does not.

    Args:
        save: Whether to write checkpoints.
        marker: The file by which it knows that it has done so.
    """

    fingerprint_version = 1

    def __init__(self, save: bool, marker: str) -> None:
        """Hold the file's name."""
        self.save, self.marker = save, marker

    def fingerprint(self) -> Mapping[str, Any]:
        """Return what its values depend on."""
        return {"save": self.save}

    def __call__(self, trial: Trial) -> Iterator[float]:
        """Train as the others do."""
        steps = saving(trial) if self.save else train(trial)
        for place, value in enumerate(steps):
            yield value
            if place == 1 and trial.number == 3 and not os.path.exists(self.marker):
                Path(self.marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)


def tune(objective: Any, *observers: object, **settings: Any) -> Result:
    """Run a study that observers follow."""
    given = {"backend": "sklearn:random", "n_trials": 6, "seed": 0, "max_failures": None, **settings}
    return tb.tune(Problem(objective, SPACE), observers=observers, **given)


def go_on(observer: ChosenObserver, folder: Path, url: str, save: bool) -> Result:
    """Run the study that is killed, in this process."""
    objective = KilledOnce(save, str(folder / "marker"))
    return tune(objective, observer, storage=url, study=STUDY, checkpoints=folder / "checkpoints")


def kill(observer: ChosenObserver, folder: Path, url: str, save: bool) -> None:
    """Run a study in a process of its own, which is killed in the middle of a trial."""
    script = (
        "import json, pathlib, sys, tunebridge as tb\n"
        "from tunebridge.testing.observer_studies import go_on\n"
        "name, options, folder, url, save = sys.argv[1:]\n"
        "observer = tb.observer(name, **json.loads(options))\n"
        "go_on(observer, pathlib.Path(folder), url, bool(int(save)))\n"
    )
    options = json.dumps(dict(observer.options))
    words = [observer.spec.name, options, str(folder), url, str(int(save))]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False, cwd=folder
    )
    if done.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the study was not killed, and ended with {done.returncode}: {done.stderr}")
