"""What runs inside a slot's process: attempts, one after the other, until its parent is gone."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from tunebridge.contract import Ending, Task
from tunebridge.errors import ExecutorError, ReportError
from tunebridge.performing import perform
from tunebridge.problem import Problem
from tunebridge.report import Reply
from tunebridge.trial import TrialState

READY = "ready"
"""Said once, when the objective is loaded."""


def main(descriptor: int) -> None:
    """Serve the parent at the other end of a connection.

    Args:
        descriptor: Number of the file descriptor, inherited from the parent.
    """
    connection = Connection(descriptor)
    _keep_to_itself(connection)
    threading.Thread(target=_leave_with_parent, args=(descriptor,), daemon=True).start()
    try:
        _serve(connection)
    except (EOFError, OSError):
        _leave()


def _serve(connection: Connection) -> None:
    """Run attempts until the parent is gone; then reading or writing fails."""
    sys.path[:], sys.argv[:] = connection.recv()
    problem = _load(connection)
    if problem is not None:
        connection.send_bytes(pickle.dumps(READY))
    while problem is not None:
        task: Task = pickle.loads(connection.recv_bytes())
        _send(connection, perform(problem, task, lambda value, step: _report(connection, value, step)))


def _keep_to_itself(connection: Connection) -> None:
    """Keep the connection from all that the objective starts: by its end the parent sees a death."""
    os.set_inheritable(connection.fileno(), False)
    os.register_at_fork(after_in_child=connection.close)


def _load(connection: Connection) -> Problem | None:
    """Take the problem in, or tell the parent why that cannot be."""
    try:
        problem: Problem = pickle.loads(connection.recv_bytes())
    except Exception as error:  # noqa: BLE001  # an import of the user's own may raise anything
        message = f"the objective cannot be loaded in another process: {error!r}"
        hint = "its modules have to be importable there"
        connection.send_bytes(cloudpickle.dumps(ExecutorError(message, hint=hint)))
        return None
    return problem


def _report(connection: Connection, value: Any, step: int | None) -> Reply:
    try:
        dumped = cloudpickle.dumps((value, step))
    except Exception as fault:
        hint = "report the metric alone"
        raise ReportError(f"a report must be a finite number, got {value!r}", hint=hint) from fault
    connection.send_bytes(dumped)
    answer = pickle.loads(connection.recv_bytes())
    if isinstance(answer, Exception):
        raise answer
    reply: Reply = answer
    return reply


def _send(connection: Connection, ending: Ending) -> None:
    """Send an ending; what cannot be sent is said in words."""
    try:
        dumped = cloudpickle.dumps(ending)
        pickle.loads(dumped)
    except Exception as fault:  # noqa: BLE001  # whatever a foreign `__reduce__` raises
        dumped = cloudpickle.dumps(_without_objects(ending, fault))
    connection.send_bytes(dumped)


def _without_objects(ending: Ending, fault: Exception) -> Ending:
    """Return an ending without the objects that cannot be sent: an error in words, or a failure to keep."""
    if ending.error is not None:
        error = ExecutorError(f"{type(ending.error).__name__}: {ending.error}")
        return Ending(
            key=ending.key, state=ending.state, error=error, trace=ending.trace, seconds=ending.seconds
        )
    names = ", ".join(map(repr, ending.artifacts))
    error = ExecutorError(f"what trial.keep has kept ({names}) cannot be sent to the study: {fault}")
    return Ending(
        key=ending.key, state=TrialState.FAILED, error=error, trace=str(error), seconds=ending.seconds
    )


def _leave_with_parent(descriptor: int) -> None:
    """Leave at once when the other end of the connection is closed, whatever the objective does."""
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()
    _leave()


def _leave() -> None:
    """End this process, and with it all that the objective has started and that is in its group."""
    os.killpg(os.getpid(), signal.SIGKILL)
