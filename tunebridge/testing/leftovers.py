"""What a process has of its own: to see what something has left behind in it, or changed for all others.

Libraries keep some things for ever, and rightly: the threads of BLAS, OpenMP and torch, which Python does not
see; the monitor of tqdm, a pool for the whole process. All of them are there after a first use, so that what
counts is what a second use adds: one more thread for each session is a thread left behind.
"""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import psutil

SETTLING_SECONDS = 10.0
"""How long what was used may take to be gone."""

KINDS = ("child processes", "threads", "temporary files", "open files")
"""What may be left."""

SHARED = (
    "random's global generator",
    "numpy's global generator",
    "torch's global generator",
    "the environment",
    "the working directory",
    "the handlers of signals",
)
"""What all of a process share."""

FIRST_USE = frozenset({"threads", "open files", *SHARED})
"""What a library may keep, or set, when it is used for the first time."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Signals whose handlers belong to the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """What there is of a process's own."""

    processes: frozenset[int]
    """Its descendants."""
    threads: frozenset[threading.Thread]
    """Its threads, as far as Python knows them."""
    files: frozenset[str]
    """What lies in its folder for temporary files."""
    n_open: int
    """Number of its open files."""

    @classmethod
    def now(cls, folder: Path) -> Alive:
        """Look around.

        Args:
            folder: Where temporary files lie.
        """
        myself = psutil.Process()
        return cls(
            processes=frozenset(child.pid for child in myself.children(recursive=True)),
            threads=frozenset(threading.enumerate()),
            files=frozenset(map(str, folder.rglob("*"))),
            n_open=myself.num_fds(),
        )

    def beyond(self, before: Alive, exempt: Set[str]) -> dict[str, object]:
        """Return what there is more than before, by kind, those that are exempt left out."""
        more = (
            sorted(self.processes - before.processes),
            sorted(thread.name for thread in self.threads - before.threads),
            sorted(self.files - before.files),
            max(self.n_open - before.n_open, 0),
        )
        pairs = zip(KINDS, more, strict=True)
        return {kind: found for kind, found in pairs if found and kind not in exempt}


@contextmanager
def nothing_left(folder: Path, exempt: Set[str] = frozenset()) -> Iterator[None]:
    """Assert that what is done leaves nothing behind and changes nothing that all of the process share.

    Do it once before, so that libraries have what they keep.

    Args:
        folder: The one for temporary files meanwhile.
        exempt: What may be left or changed, of KINDS and SHARED.
    """
    with _temporary(folder), _marked_generators():
        before, shared = Alive.now(folder), dict(_shared())
        yield
        changed = [name for name, state in _shared() if name not in exempt and state != shared[name]]
        assert not changed, f"changed for the whole process: {', '.join(changed)}"
        left = _settled(lambda: Alive.now(folder).beyond(before, exempt))
        assert not left, f"left behind: {left}"


def _settled(left: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
    """Return what is left once it is nothing, or in vain."""
    end = monotonic() + SETTLING_SECONDS
    while (found := left()) and monotonic() < end:
        gc.collect()  # a circle of objects may hold a file until then
        sleep(0.05)
    return found


@contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """Make a folder the one for temporary files."""
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir, os.environ["TMPDIR"] = str(folder), str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR")
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]


@contextmanager
def _marked_generators() -> Iterator[None]:
    """Bring the global generators to states that nobody else has, so that seeding shows; restore them."""
    mark = random.SystemRandom().getrandbits(32)
    torch = sys.modules.get("torch")
    states = random.getstate(), np.random.get_state(), torch and torch.get_rng_state()  # noqa: NPY002 - watched
    random.seed(mark)
    np.random.seed(mark)  # noqa: NPY002 - restored below
    if torch:
        torch.manual_seed(mark)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002 - as it was
        if torch:
            torch.set_rng_state(states[2])


def _shared() -> Iterator[tuple[str, object]]:
    """Yield what all of a process share, by name, in forms that can be compared."""
    name, *state = np.random.get_state(legacy=True)  # noqa: NPY002 - watched
    torch = sys.modules.get("torch")
    values = (
        random.getstate(),
        (name, [np.asarray(part).tolist() for part in state]),
        torch and torch.get_rng_state().tolist(),
        dict(os.environ),
        os.getcwd(),
        [signal.getsignal(number) for number in SIGNALS],
    )
    return zip(SHARED, values, strict=True)
