"""Shares the cores out among trials, so that what they call does not start more threads than there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""What numerical libraries take their number of threads from, when they are loaded."""

Limits = dict[str, int]
"""Numbers of threads by the prefix of a library's file name."""


def share(n_jobs: int) -> int:
    """Return how many threads each of `n_jobs` trials may use, >= 1."""
    return max(1, (os.cpu_count() or 1) // n_jobs)


def environment(n_threads: int) -> Mapping[str, str]:
    """Return this process's environment with a number of threads, unless the user has set one.

    The first variable is the user's word on all libraries: the others, if set, would overrule it.
    """
    own = {} if THREADS[0] in os.environ else dict.fromkeys(THREADS, str(n_threads))
    return {**own, **os.environ}


@contextmanager
def limited(n_threads: int) -> Iterator[Limits]:
    """Limit the libraries that this process has loaded, and give the limits for `limit_thread`.

    A number that is lower stays, and so does what the user has set in the environment.
    """
    if any(name in os.environ for name in THREADS):
        yield {}
        return
    limits: Limits = {}
    for pool in threadpool_info():
        limits[pool["prefix"]] = min(n_threads, pool["num_threads"], limits.get(pool["prefix"], n_threads))
    with threadpool_limits(limits), _limited_torch(n_threads):
        yield limits


def limit_thread(limits: Limits) -> None:
    """Limit what the calling thread starts: OpenMP counts for each thread apart."""
    threadpool_limits(limits)


@contextmanager
def _limited_torch(n_threads: int) -> Iterator[None]:
    """Limit torch, which tells OpenMP its own number in every new thread."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, n_threads))
    try:
        yield
    finally:
        torch.set_num_threads(before)
