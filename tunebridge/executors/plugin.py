"""Registers the executors that need nothing but this machine."""

from __future__ import annotations

from collections.abc import Callable

from tunebridge.contract.executor import Executor, ExecutorRequest, ExecutorSpec
from tunebridge.registry.hookspecs import hookimpl


@hookimpl
def tunebridge_register_executors(register: Callable[[ExecutorSpec], None]) -> None:
    """Register one executor per place."""
    summary = "in the study's own thread, one after the other"
    register(ExecutorSpec(name="inline", summary=summary, open=_open_inline))
    summary = "in threads: for objectives that wait, or that release Python's lock"
    register(
        ExecutorSpec(
            name="threads", summary=summary, open=_open_threads, requires=("threadpoolctl",), parallel=True
        )
    )
    summary = "in processes that are supervised, one per job"
    register(
        ExecutorSpec(
            name="processes",
            summary=summary,
            open=_open_processes,
            requires=("cloudpickle", "psutil", "threadpoolctl"),
            parallel=True,
            stops=True,
        )
    )


def _open_inline(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.inline import InlineExecutor

    return InlineExecutor(request)


def _open_threads(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.threads import ThreadsExecutor

    return ThreadsExecutor(request)


def _open_processes(request: ExecutorRequest) -> Executor:
    from tunebridge.executors.processes import ProcessesExecutor

    return ProcessesExecutor(request)
