"""How many trials a cluster can run at a time: what its threads, devices and resources leave room for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from dask.system import CPU_COUNT
from distributed import Client, Worker
from distributed.comm import get_address_host

from tunebridge import ExecutorError
from tunebridge.executors.device import settle
from tunebridge_dask.cluster import reach, threads
from tunebridge_dask.options import check_options


def count_slots(options: Mapping[str, Any]) -> int:
    """Return how many trials a cluster can run at a time.

    As many as its workers have threads, but no more on a machine than it has devices, if these are named, and
    no more on a worker than its resources are enough for.

    Raises:
        ExecutorError: It cannot be reached, or has no workers.
    """
    settled, n_devices = check_options(options), len(options.get("devices", ()))
    if options.get("address") is None and options.get("client") is None:
        return n_devices or int(CPU_COUNT)
    with ExitStack() as closing:
        client = reach(options, 1, closing)
        threads(client, settled.max_wait_seconds)
        check_room(client, 1, settled.resources)
        by_host: Counter[str] = Counter()
        for worker, count in _room(client, settled.resources).items():
            by_host[get_address_host(worker)] += count
    return sum(min(count, n_devices or count) for count in by_host.values())


def check_room(client: Client, n_jobs: int, resources: Mapping[str, float]) -> None:
    """Check that the workers have what each trial needs, for as many trials as are to run at a time.

    A trial keeps it while it waits for the study, so that one too many could wait for ever.

    Raises:
        ExecutorError: They have not.
    """
    room = sum(_room(client, resources).values())
    if resources and room < n_jobs:
        needed = ", ".join(f"{name}={amount:g}" for name, amount in resources.items())
        raise ExecutorError(
            f"the workers have resources for {room} trials that need {needed} each, and n_jobs is {n_jobs}",
            hint=f'start workers that have it: dask worker --resources "{needed}", or lower n_jobs',
        )


def check_devices(client: Client, names: Sequence[str]) -> None:
    """Check that each worker sees the devices that are named.

    Raises:
        ExecutorError: One does not.
    """
    for worker, fault in client.run(_fault, tuple(names)).items() if names else ():
        if fault is not None:
            message, hint = fault
            raise ExecutorError(f"on the worker {worker}, {message}", hint)


def _fault(names: Sequence[str]) -> tuple[str, str] | None:
    """Return what is wrong with devices on this worker, and what to do."""
    try:
        settle(names, os.environ)
    except ExecutorError as error:
        return error.message, error.hint
    return None


def _room(client: Client, resources: Mapping[str, float]) -> dict[str, int]:
    """Return for how many trials each worker has threads and resources."""
    room: dict[str, int] = client.nthreads()
    if not resources:
        return room
    had = client.run(_resources)
    return {
        worker: min(count, *(int(had[worker].get(name, 0) / amount) for name, amount in resources.items()))
        for worker, count in room.items()
        if worker in had
    }


def _resources(dask_worker: Worker) -> dict[str, float]:
    """Return what a worker was started with; Dask gives the worker."""
    return dict(dask_worker.state.total_resources)
