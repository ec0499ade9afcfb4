"""What executors that stop trials promise about all that an objective has started."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Trial, TrialState
from tunebridge.testing.executor_studies import Objective, Running

FAILED, TIMED_OUT = TrialState.FAILED, TrialState.TIMED_OUT

LIMIT = 400_000_000
"""Bytes of memory that no idle process of the suite needs."""

GONE_SECONDS = 20.0
"""How long what was killed may take to be gone on a machine that does other things besides."""

STARTED = ["a child in a session of its own", "a daemon", "a fork in a session of its own"]
"""What an objective may start."""

HELD = ["a lock held", "stopped"]
"""How an objective may be out of reach of all but a kill."""

ENDS: dict[str, tuple[list[str], TrialState]] = {
    "is past its time": ([*STARTED, *HELD], TIMED_OUT),
    "takes too much memory": (STARTED, FAILED),
    "dies": (STARTED, FAILED),
}
"""How a trial ends: what may become of its children, one trial each, and its state."""


class ChildrenContract(Running):
    """The promises about what outlives the code that has started it; `ExecutorContract` includes them.

    A daemon is no descendant of its slot any more. Only Linux says whose it was, so elsewhere it is left out.
    """

    @pytest.mark.parametrize("end", ENDS)
    def test_all_that_a_trial_has_started_is_gone_with_its_slot(
        self, chosen: ChosenExecutor, end: str, tmp_path: Path
    ) -> None:
        """Look for the process of each kind before the study goes on."""
        if not chosen.spec.stops:
            return
        kinds, state = ENDS[end]
        kinds = [kind for kind in kinds if kind != "a daemon" or sys.platform == "linux"]
        look = Look(tmp_path)
        result = self.tune(
            chosen,
            leaving(kinds, end, str(tmp_path)),
            n_trials=len(kinds),
            n_jobs=self.jobs(chosen),
            trial_timeout=1.0 if end == "is past its time" else 60.0,
            memory_limit=LIMIT,
            observers=[look],
        )
        assert [trial.state for trial in result.trials] == [state] * len(kinds)
        assert look.gone == dict.fromkeys(range(len(kinds)), True), kinds


class Look:
    """Looks, when a trial has finished, whether the process is gone that it has noted.

    Args:
        folder: Where the trials note them.
    """

    def __init__(self, folder: Path) -> None:
        """Begin with nothing seen."""
        self._folder = folder
        self.gone: dict[int, bool] = {}
        """Whether it was, by the number of the trial."""

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        """Give it time to go."""
        pid = int((self._folder / str(trial.number)).read_text("utf-8"))
        end = monotonic() + GONE_SECONDS
        while not is_gone(pid) and monotonic() < end:
            sleep(0.01)
        self.gone[trial.number] = is_gone(pid)


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


Note = Callable[[Trial, int], None]
"""Takes the number of a process that a trial leaves behind."""


def leaving(kinds: list[str], end: str, folder: str) -> Objective:
    """Return an objective that leaves a process behind, another kind in each trial, and ends.

    Args:
        kinds: Some of `STARTED` and `HELD`, one per trial.
        end: One of `ENDS`, or "never".
        folder: Where each trial notes the process, in a file that has its number for a name.
    """

    def note(trial: Trial, pid: int) -> None:
        new = Path(folder, f"{trial.number}.new")
        new.write_text(str(pid), "utf-8")
        new.rename(Path(folder, str(trial.number)))

    acts = dict(zip([*STARTED, *HELD], [*_starting(note), *_holding(note)], strict=True))

    def train(trial: Trial) -> float:
        acts[kinds[trial.number]](trial)
        while not Path(folder, str(trial.number)).exists():
            sleep(0.005)
        held = b"x" * (500_000_000 * (end == "takes too much memory"))
        if end == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        sleep(1000)
        return float(len(held))

    return train


def _starting(note: Note) -> Iterator[Callable[[Trial], None]]:
    """Yield what starts each of `STARTED`."""

    def session(trial: Trial) -> None:
        note(trial, subprocess.Popen(["sleep", "1000"], start_new_session=True).pid)

    def daemon(trial: Trial) -> None:
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(3, 256)
                note(trial, os.getpid())
                os.execlp("sleep", "sleep", "1000")
            os._exit(0)
        os.waitpid(child, 0)

    def fork(trial: Trial) -> None:
        if os.fork() == 0:
            os.setsid()
            note(trial, os.getpid())
            sleep(1000)

    yield from (session, daemon, fork)


def _holding(note: Note) -> Iterator[Callable[[Trial], None]]:
    """Yield what brings its own process into each state of `HELD`."""

    def lock(trial: Trial) -> None:
        note(trial, os.getpid())
        ctypes.PyDLL(None).sleep(1000)

    def stopped(trial: Trial) -> None:
        note(trial, os.getpid())
        os.kill(os.getpid(), signal.SIGSTOP)

    yield from (lock, stopped)
