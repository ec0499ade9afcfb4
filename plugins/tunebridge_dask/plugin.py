"""Registers the executor on Dask's distributed scheduler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import DeviceNames, Executor, ExecutorRequest, ExecutorSpec, hookimpl

OPTIONS = (
    "address",
    "client",
    "devices",
    "max_attempts",
    "max_checkpoint_bytes",
    "max_wait_seconds",
    "resources",
)
"""Of a scheduler, or a client of it, else a local cluster is started; the devices of each machine; how often
a trial is tried whose worker is lost; how much a checkpoint may hold that a worker sends; how long there may
be no worker, in seconds; what Dask is to count for each trial."""


@hookimpl
def tunebridge_register_executors(register: Callable[[ExecutorSpec], None]) -> None:
    """Register the executor."""
    register(
        ExecutorSpec(
            name="dask",
            summary="on the workers of a Dask cluster, each trial in a process of its own",
            open=_open,
            n_slots=_n_slots,
            requires=("distributed",),
            extra="dask",
            options=OPTIONS,
            rules={"devices": DeviceNames()},
            parallel=True,
            stops=True,
        )
    )


def _open(request: ExecutorRequest) -> Executor:
    from tunebridge_dask.executor import DaskExecutor

    return DaskExecutor(request)


def _n_slots(options: Mapping[str, Any]) -> int:
    from tunebridge_dask.room import count_slots

    return count_slots(options)
