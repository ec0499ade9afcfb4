"""The processes below this one: whose orphans come to it, and how all of them are ended.

On Linux a process may ask to be given every orphan below it, and to be killed with its parent. Elsewhere an
orphan goes to the first process of the system, so that one whose parent has ended, and which is in a group of
its own, is out of reach.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from functools import cache
from time import sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
"""Numbers of `prctl`, from the headers of Linux."""

ADOPTS = sys.platform == "linux"
"""Whether orphans come to the process above that has asked for them."""

N_PATIENT = 5
"""How often it is looked whether killed processes are gone, before what is left is looked for."""

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.001, 0.1
"""How long to wait for killed processes to be gone, before it is looked again."""


def adopt() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    _control(PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Have this process killed when its parent is gone."""
    _control(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def below() -> list[psutil.Process]:
    """Return all that this process has started, and what that has started."""
    import psutil

    return list(psutil.Process().children(recursive=True))


def children() -> list[psutil.Process]:
    """Return all that this process has started, or that has come to it."""
    import psutil

    return list(psutil.Process().children())


def kill(process: psutil.Process) -> bool:
    """Kill a process, and return whether that is allowed: a program of another user is left."""
    import psutil

    try:
        process.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return True


def kill_group(leader: int) -> None:
    """Kill a group of processes, and all below this one that would be out of reach once they are gone."""
    known = [] if ADOPTS else below()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for process in known:
        kill(process)


def reap() -> dict[int, int]:
    """Return the exit codes of children that have ended, by process id; negative for a signal."""
    codes = {}
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    return codes


def end_all() -> None:
    """Kill all below this process until none is left."""
    pause = SHORTEST_PAUSE_SECONDS
    for _ in range(N_PATIENT):
        if _is_alone():
            return
        sleep(pause)
    while not _is_alone() and [process for process in below() if kill(process)]:
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _is_alone() -> bool:
    """Return whether no child is left, once those that have ended are taken in: then nothing is below."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _control(option: int, value: int) -> None:
    if ADOPTS:
        _libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
