"""The way to a Dask cluster: one's own client, an address, or a cluster of this process alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import dask
from distributed import Client, Scheduler, SpecCluster, Worker
from distributed.comm import connect

from tunebridge import ExecutorError
from tunebridge_dask.messages import Facts, facts

CONNECTING_SECONDS = 5.0
"""How long a scheduler may take to answer."""


class _SilentScheduler(Scheduler):  # type: ignore[misc]
    """A scheduler that opens no port: Dask's would serve pages over HTTP on every interface."""

    def start_http_server(self, *args: object, **kwargs: object) -> None:
        """Serve nothing."""


class _SilentWorker(Worker):  # type: ignore[misc]
    """A worker that opens no port."""

    def start_http_server(self, *args: object, **kwargs: object) -> None:
        """Serve nothing."""


def reach(options: Mapping[str, Any], n_jobs: int, closing: ExitStack) -> Client:
    """Return a client that is connected.

    Args:
        options: The executor's, checked.
        n_jobs: How many trials a local cluster runs at a time.
        closing: Is to close what is opened here; what the user gave stays open.

    Raises:
        ExecutorError: There is no scheduler.
    """
    client: Client | None = options.get("client")
    if client is not None:
        if client.status != "running":
            hint = "make a new one: distributed.Client(address)"
            raise ExecutorError(f"the Dask client is {client.status}: it has no scheduler", hint)
        return client
    address = options.get("address")
    if address is None:
        return closing.enter_context(Client(_local(n_jobs, closing), set_as_default=False))
    try:
        asyncio.run(_knock(address))
        client = Client(address, timeout=CONNECTING_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ExecutorError(
            f"no Dask scheduler answers at {address!r}: {error}",
            hint="start one with `dask scheduler`, which prints its address; with TLS give client= instead",
        ) from error
    return closing.enter_context(client)


def threads(client: Client, max_wait_seconds: float) -> dict[str, int]:
    """Return the number of threads of each worker, once there is a worker.

    Raises:
        ExecutorError: None comes.
    """
    deadline = monotonic() + max_wait_seconds
    while True:
        found: dict[str, int] = client.nthreads()
        if found:
            return found
        if monotonic() > deadline:
            raise no_workers(client, max_wait_seconds)
        sleep(0.1)


def no_workers(client: Client, max_wait_seconds: float) -> ExecutorError:
    """Return the error of a cluster that has no workers."""
    address = client.scheduler.address
    return ExecutorError(
        f"the Dask cluster at {address} has had no workers for max_wait_seconds={max_wait_seconds:g}",
        hint=f"start some: dask worker {address}",
    )


def check_workers(client: Client) -> None:
    """Check that all workers have this tunebridge, and this Python.

    Raises:
        ExecutorError: Some have not; the message names each.
    """
    found = client.run(facts, on_error="return")
    faults = [fault for worker, answer in found.items() if (fault := mismatch(worker, answer))]
    if faults:
        hint = "install the same tunebridge, with its extra dask, under the same Python on every worker"
        raise ExecutorError("\n".join(faults), hint)


def mismatch(worker: str, answer: Facts | Exception) -> str:
    """Return in words what keeps a worker from running trials; empty if nothing does."""
    if isinstance(answer, Exception):
        return f"the worker {worker} cannot load tunebridge: {answer}"
    own = facts()
    if answer.python != own.python:
        return f"the worker {worker} runs Python {answer.python}, the study {own.python}"
    if answer.tunebridge != own.tunebridge:
        return f"the worker {worker} has tunebridge {answer.tunebridge}, the study {own.tunebridge}"
    return ""


async def _knock(address: str) -> None:
    """Connect and leave; a `Client` that cannot connect leaves a thread behind."""
    comm = await asyncio.wait_for(connect(address, timeout=CONNECTING_SECONDS), CONNECTING_SECONDS + 1)
    await comm.close()


def _local(n_jobs: int, closing: ExitStack) -> SpecCluster:
    """Start a cluster within this process: trials run in slots, so that a thread each is enough."""
    folder = closing.enter_context(TemporaryDirectory(prefix="tunebridge-"))
    inproc = {"protocol": "inproc://"}
    with dask.config.set({"temporary-directory": folder}):
        return closing.enter_context(
            SpecCluster(
                scheduler={"cls": _SilentScheduler, "options": inproc},
                workers={
                    0: {"cls": _SilentWorker, "options": {**inproc, "nthreads": n_jobs, "memory_limit": None}}
                },
                silence_logs=logging.WARNING,
            )
        )
