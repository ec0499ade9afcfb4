"""Kills a process, or presses Ctrl-C, in a batch of its training."""

from __future__ import annotations

import os
import signal

KILLS_AT = "TUNEBRIDGE_TEST_KILLS_AT"
"""The batch, counted over the process, in which it is killed."""

SIGNAL = "TUNEBRIDGE_TEST_SIGNAL"
"""By which signal."""


def begin_batch() -> None:
    """Count a batch, and kill the process if it is the one."""
    left = int(os.environ.get(KILLS_AT, "0")) - 1
    os.environ[KILLS_AT] = str(left)
    if left == 0:
        os.kill(os.getpid(), signal.Signals[os.environ.get(SIGNAL, "SIGINT")])
