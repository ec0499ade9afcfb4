"""Wakes a process that waits for several things when one of its children has ended."""

from __future__ import annotations

import os
import signal
from types import FrameType


class Bell:
    """Rings when a child of this process has ended; to be made in the main thread."""

    def __init__(self) -> None:
        """Listen for ends."""
        self.descriptor, self._writer = os.pipe()
        """Is readable then."""
        for descriptor in (self.descriptor, self._writer):
            os.set_blocking(descriptor, False)
        self._handler = signal.signal(signal.SIGCHLD, _go_on)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def hush(self) -> None:
        """Forget the ends so far."""
        try:
            while os.read(self.descriptor, 4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Be as deaf as a process is by default; a forked child has to do so first of all."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._handler)
        os.close(self.descriptor)
        os.close(self._writer)


def _go_on(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal is only to interrupt a wait."""
