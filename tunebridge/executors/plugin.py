"""Registers the executors that need nothing but this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge.contract.device_names import DeviceNames
from tunebridge.contract.executor import Executor, ExecutorRequest, ExecutorSpec
from tunebridge.registry.hookspecs import hookimpl

RULES = {"devices": DeviceNames()}
"""What the option has to be."""


@hookimpl
def tunebridge_register_executors(register: Callable[[ExecutorSpec], None]) -> None:
    """Register one executor per place."""
    summary = "in the study's own thread, one after the other"
    register(
        ExecutorSpec(name="inline", summary=summary, open=_open_inline, options=("devices",), rules=RULES)
    )
    summary = "in threads: for objectives that wait, or that release Python's lock"
    register(
        ExecutorSpec(
            name="threads",
            summary=summary,
            open=_open_threads,
            n_slots=_n_devices,
            requires=("threadpoolctl",),
            options=("devices",),
            rules=RULES,
            parallel=True,
        )
    )
    summary = "in processes that are supervised, one per job"
    register(
        ExecutorSpec(
            name="processes",
            summary=summary,
            open=_open_processes,
            n_slots=_n_devices,
            options=("devices",),
            rules=RULES,
            requires=("cloudpickle", "psutil", "threadpoolctl"),
            parallel=True,
            stops=True,
        )
    )


def _n_devices(options: Mapping[str, Any]) -> int | None:
    """Return a slot for each device, if there are any."""
    return len(options["devices"]) if "devices" in options else None


def _open_inline(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.inline import InlineExecutor

    return InlineExecutor(request)


def _open_threads(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.threads import ThreadsExecutor

    return ThreadsExecutor(request)


def _open_processes(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.processes import ProcessesExecutor

    return ProcessesExecutor(request)
