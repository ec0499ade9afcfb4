"""The study's side of the process that starts its slots."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock

from tunebridge.contract.task import Task
from tunebridge.executors.device import Device
from tunebridge.executors.slot import CLOSING_SECONDS, Slot, greeting
from tunebridge.executors.thread_limits import environment
from tunebridge.executors.trial_limits import Limits
from tunebridge.executors.unshared import unshare

CODE = """
import gc, sys
gc.disable()
sys.path += sys.argv[2:]
from tunebridge.executors.supervisor import main
main(int(sys.argv[1]))
"""
"""What the process runs; it imports nothing from the caller's main module or the current folder."""

NEEDED = ("cloudpickle", "psutil")
"""What it needs beside what comes with Python."""


class Supervision:
    """Starts slots that touch no other and outlive no study, through one process that supervises them.

    Args:
        problem: The problem, as bytes.
        limits: What each attempt may use.
        n_threads: How many threads the numerical libraries of a slot may use.
    """

    def __init__(self, problem: bytes, limits: Limits, n_threads: int) -> None:
        """Start the process, in a session of its own, with nothing inherited but one end of a connection."""
        self._problem = problem
        self._limits = limits
        self._n_threads = n_threads
        self._lock = Lock()
        self._start()

    def _start(self) -> None:
        self._requests, other = socket.socketpair()
        unshare(self._requests)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", CODE, str(other.fileno()), *_places()],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=environment(self._n_threads),
            )

    def slot(self, device: Device | None) -> Slot:
        """Return a new slot, with a device or none; if the process was killed, that is started anew."""
        connection, slots_end = socket.socketpair()
        control, keepers_end = socket.socketpair()
        with slots_end, keepers_end, self._lock:
            ends = [slots_end.fileno(), keepers_end.fileno()]
            try:
                socket.send_fds(self._requests, [b"+"], ends)
            except OSError:
                self.close()
                self._start()
                socket.send_fds(self._requests, [b"+"], ends)
        return Slot(
            Connection(connection.detach()),
            Connection(control.detach()),
            greeting=greeting(self._problem, self._n_threads, device),
            limits=self._limits,
            device=device,
        )

    def _started(self, device: Device | None) -> Slot:
        """Return a new slot that is there: the process may be killed after it was asked for one."""
        slot = self.slot(device)
        if not slot.is_there():
            slot.kill()
            slot = self.slot(device)
        return slot

    def begin(self, task: Task | bytes, idle: list[Slot], device: Device | None) -> Slot:
        """Return a slot that has begun an attempt: an idle one, or a new one if it is dead or lacking.

        Args:
            task: The attempt.
            idle: Slots to take one from.
            device: What the slot has to have; None for nothing.
        """
        slot = self._idle(idle, device) or self._started(device)
        try:
            slot.run(task)
        except OSError:
            slot.kill()
            slot = self._started(device)
            slot.run(task)
        return slot

    def _idle(self, idle: list[Slot], device: Device | None) -> Slot | None:
        """Take a slot with a device from those that are idle, if there is one."""
        with self._lock:
            for slot in [one for one in reversed(idle) if one.device == device]:
                with suppress(ValueError):
                    idle.remove(slot)
                    return slot
        return None

    def close(self) -> None:
        """End the process, and with it all slots."""
        self._requests.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSING_SECONDS)


def _places() -> list[str]:
    """Return where what the process needs is found, if not among what is installed; nothing is imported."""
    found = [spec.origin for spec in map(find_spec, NEEDED) if spec is not None and spec.origin is not None]
    return [str(Path(__file__).parents[2]), *(str(Path(origin).parents[1]) for origin in found)]
