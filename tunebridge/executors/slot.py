"""One place where trials run: a process of its own, and a private connection to it."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle
import psutil

from tunebridge.contract import Ending, Task
from tunebridge.executors.cores import environment
from tunebridge.report import Reply

CODE = "import sys; from tunebridge.executors.worker import main; main(int(sys.argv[1]))"
"""What the process runs; it imports nothing of the caller's main module."""

CLOSING_SECONDS = 5.0
"""How long a process that was killed may take to be gone."""


Said = str | tuple[Any, int | None] | Ending | Exception | None
"""That it is ready, a report, an ending, why the objective cannot be loaded; None for silence for ever."""


class Slot:
    """A process that runs attempts, one at a time.

    Args:
        problem: The problem, as bytes.
        n_threads: How many threads its numerical libraries may use.
    """

    def __init__(self, problem: bytes, n_threads: int) -> None:
        """Start the process, in a group of its own, with nothing inherited but one end of the connection."""
        mine, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-c", CODE, str(other.fileno())],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=environment(n_threads),
            )
        self.connection = Connection(mine.detach())
        """Readable when the process has something to say, or is gone."""
        self._observed = psutil.Process(self._process.pid)
        self._greeting = [pickle.dumps((sys.path, sys.argv)), problem]
        self.is_ready = False
        """Whether it has loaded the objective."""

    def run(self, task: Task | bytes) -> None:
        """Begin an attempt.

        Args:
            task: The attempt; as bytes for a caller who cannot unpickle its params.

        Raises:
            OSError: The process is gone.
        """
        dumped = task if isinstance(task, bytes) else cloudpickle.dumps(task)
        for message in [*self._greeting, dumped]:
            self.connection.send_bytes(message)
        self._greeting = []

    def receive(self) -> Said:
        """Return what the process says, or None if it is gone."""
        try:
            said: Said = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        self.is_ready = True
        return said

    def answer(self, answer: Reply | Exception) -> None:
        """Answer a report; that the process is gone is seen by `receive`."""
        with suppress(OSError):
            self.connection.send_bytes(cloudpickle.dumps(answer))

    def memory(self) -> int:
        """Return the resident memory of the process and its children, in bytes; 0 when it is gone."""
        return sum(map(_resident, [self._observed, *self._descendants()]))

    def _descendants(self) -> list[psutil.Process]:
        """Return what the process has started, in whatever group, and what that has started."""
        try:
            return list(self._observed.children(recursive=True))
        except psutil.Error:
            return []

    def kill(self) -> str:
        """End the process and all it has started, and return in words how it had ended, if it had."""
        strays = self._descendants()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stray in strays:
            with suppress(psutil.Error):
                stray.kill()
        self.connection.close()
        try:
            return _in_words(self._process.wait(CLOSING_SECONDS))
        except subprocess.TimeoutExpired:
            return "its process could not be killed"

    def bury(self) -> str:
        """Return in words how a process has ended that is gone by itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSING_SECONDS)
        return self.kill()


def begin(task: Task | bytes, idle: list[Slot], problem: bytes, n_threads: int) -> Slot:
    """Return a slot that has begun an attempt: an idle one, or a new one if there is none or it has died."""
    slot = idle.pop() if idle else Slot(problem, n_threads)
    try:
        slot.run(task)
    except OSError:
        slot.kill()
        slot = Slot(problem, n_threads)
        slot.run(task)
    return slot


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _in_words(code: int) -> str:
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"its process was ended by signal {-code} ({name})"
