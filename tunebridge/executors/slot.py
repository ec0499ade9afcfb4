"""One place where trials run: a process of its own, and a private connection to it."""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from time import monotonic

from tunebridge.contract.task import Ending, Task
from tunebridge.executors.death import Death
from tunebridge.executors.device import Device
from tunebridge.executors.pickling import dump
from tunebridge.executors.thread_limits import environment
from tunebridge.executors.trial_limits import Limits
from tunebridge.executors.unshared import unshare
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said

CLOSING_SECONDS = 5.0
"""How long a process that was killed may take to be gone."""

STARTING_SECONDS = 60.0
"""How long to wait for a process to be there, before it is taken to be."""

News = Said | Ending | Exception | None
"""What a trial says, an ending, why the objective cannot be loaded; None for silence for ever."""


class Slot:
    """A process that runs attempts, one at a time, and the one that watches over it.

    Args:
        connection: To the process.
        control: To its keeper.
        greeting: What the process is told before its first attempt.
        limits: What each attempt may use.
        device: What it has for itself, if anything.
    """

    def __init__(
        self,
        connection: Connection,
        control: Connection,
        *,
        greeting: list[bytes],
        limits: Limits,
        device: Device | None,
    ) -> None:
        """Tell the keeper of the limits."""
        self.connection = connection
        """Readable when the process has something to say, or is gone."""
        self.device = device
        """What it has for itself, if anything."""
        self._control = control
        self._greeting = greeting
        for mine in (connection, control):
            unshare(mine)
        with suppress(OSError):
            control.send(limits)

    def is_there(self) -> bool:
        """Wait for the process, and return False if it never was: what was to start it is gone."""
        try:
            if self._control.poll(STARTING_SECONDS):
                self._control.recv()
        except (EOFError, OSError):
            return False
        return True

    def run(self, task: Task | bytes) -> None:
        """Begin an attempt.

        Args:
            task: The attempt; as bytes for a caller who cannot unpickle its params.

        Raises:
            OSError: The process is gone.
        """
        dumped = task if isinstance(task, bytes) else dump(task)
        for message in [*self._greeting, dumped]:
            self.connection.send_bytes(message)
        self._greeting = []

    def receive(self) -> News:
        """Return what the process says, or None if it is gone."""
        try:
            said: News = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        return replace(said, device=self._name) if isinstance(said, Ending) else said

    def answer(self, answer: Reply | Exception) -> None:
        """Answer a trial; that the process is gone is seen by `receive`."""
        with suppress(OSError):
            self.connection.send_bytes(dump(answer))

    def end(self) -> None:
        """Have the process and all it has started ended; `kill` waits until they are."""
        with suppress(OSError):
            self._control.send_bytes(b"")

    def kill(self) -> None:
        """End the process and all it has started."""
        self.end()
        self.connection.close()
        deadline = monotonic() + CLOSING_SECONDS
        while self._hear(deadline - monotonic()) is not None:
            pass
        self._control.close()

    def bury(self) -> Death:
        """Return how a process has ended that is gone, once all that it has started is, too."""
        death = self._hear(CLOSING_SECONDS) or self._asked()
        self.kill()
        return replace(death, device=self._name)

    @property
    def _name(self) -> str | None:
        return None if self.device is None else self.device.name

    def _asked(self) -> Death:
        """Return the end of a process that is there, but has closed the connection."""
        self.end()
        reason = "the process that watched over it is gone"
        return self._hear(CLOSING_SECONDS) or Death(attempt=None, reason=reason, seconds=0.0)

    def _hear(self, seconds: float) -> Death | None:
        """Return what the keeper says within a time; None if nothing, or if it is gone with all it kept."""
        deadline = monotonic() + seconds
        with suppress(EOFError, OSError):
            while self._control.poll(max(0.0, deadline - monotonic())):
                said: Death | None = self._control.recv()
                if said is not None:
                    return said
        return None


def greeting(problem: bytes, n_threads: int, device: Device | None) -> list[bytes]:
    """Return what a slot is told first: what makes it like the study's own process, and the problem.

    The environment comes before the problem, so that it hides devices from all that the problem loads.
    """
    try:
        folder = os.getcwd()
    except OSError:
        folder = ""
    known = dict(environment(n_threads))
    if device is not None:
        known |= device.environment
    inside = None if device is None else device.inside
    return [pickle.dumps((known, folder, sys.path, sys.argv, inside)), problem]
