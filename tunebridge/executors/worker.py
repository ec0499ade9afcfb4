"""What runs inside a slot's process: attempts, one after the other, until its study is gone."""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection

import cloudpickle

from tunebridge.contract.task import Ending, Task
from tunebridge.display.brief import brief
from tunebridge.errors import ExecutorError, ReportError
from tunebridge.executors.attempt import run
from tunebridge.executors.clock import Clock
from tunebridge.executors.settings import Settings, in_force
from tunebridge.executors.unshared import unshare
from tunebridge.problem.evaluator import Evaluator
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said, Told
from tunebridge.trial.state import TrialState


def serve(connection: Connection, clock: Clock) -> None:
    """Run attempts for the study at the other end of a connection, until that is gone.

    Args:
        connection: To the study.
        clock: Runs while an objective does.
    """
    unshare(connection)
    os.register_at_fork(after_in_child=clock.forget)
    with suppress(EOFError, OSError):
        device = _settle(*connection.recv())
        loaded = _load(connection)
        while loaded is not None:
            evaluator, settings = loaded
            task: Task = pickle.loads(connection.recv_bytes())
            task.trial.device = device
            with in_force(settings):
                ending = _perform(evaluator, task, connection, clock)
            _flush()
            _send(connection, clock, ending)


def _settle(
    environment: dict[str, str], folder: str, path: list[str], arguments: list[str], device: str | None
) -> str | None:
    """Be where the study is, now that all is loaded which runs before its code; return the name of a device.

    No driver has read the environment yet: it hides all other devices.
    """
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment.items() - os.environ.items())
    with suppress(OSError):
        os.chdir(folder)
    sys.path[:], sys.argv[:] = path, arguments
    return device


def _perform(evaluator: Evaluator, task: Task, connection: Connection, clock: Clock) -> Ending:
    clock.begin(task.key, task.seconds)
    ending = run(evaluator, task, lambda said: _say(connection, clock, said))
    return replace(ending, seconds=clock.seconds)


def _flush() -> None:
    """Write out what the objective has printed: a slot that is idle is killed in the end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()


def _load(connection: Connection) -> tuple[Evaluator, Settings] | None:
    """Take the problem in, with the settings of the study's thread, or tell the parent why that cannot be."""
    try:
        loaded: tuple[Evaluator, Settings] = pickle.loads(connection.recv_bytes())
    except Exception as error:  # noqa: BLE001  # an import of the user's own may raise anything
        message = f"the objective cannot be loaded in another process: {brief(error)}"
        hint = "its modules have to be importable there"
        connection.send_bytes(cloudpickle.dumps(ExecutorError(message, hint=hint)))
        return None
    return loaded


def _say(connection: Connection, clock: Clock, said: Said) -> Reply:
    try:
        dumped = cloudpickle.dumps(said)
    except Exception as fault:
        reported = said.value if isinstance(said, Told) else said
        hint = "report the metric alone"
        raise ReportError(f"a report must be a finite number, got {brief(reported)}", hint=hint) from fault
    clock.pause()
    connection.send_bytes(dumped)
    answered = connection.recv_bytes()
    clock.go_on()
    answer = pickle.loads(answered)
    if isinstance(answer, Exception):
        raise answer
    reply: Reply = answer
    return reply


def _send(connection: Connection, clock: Clock, ending: Ending) -> None:
    """Send an ending; what cannot be sent is said in words."""
    try:
        dumped = cloudpickle.dumps(ending)
        pickle.loads(dumped)
    except Exception as fault:  # noqa: BLE001  # whatever a foreign `__reduce__` raises
        dumped = cloudpickle.dumps(_without_objects(ending, fault))
    clock.end()
    connection.send_bytes(dumped)


def _without_objects(ending: Ending, fault: Exception) -> Ending:
    """Return an ending without the objects that cannot be sent: an error in words, or a failure to keep."""
    if ending.error is not None:
        error = ExecutorError(f"{type(ending.error).__name__}: {ending.error}")
        return Ending(
            key=ending.key,
            state=ending.state,
            error=error,
            trace=ending.trace,
            notes=ending.notes,
            limits=ending.limits,
            seconds=ending.seconds,
        )
    names = ", ".join(map(repr, ending.artifacts))
    error = ExecutorError(f"what trial.keep has kept ({names}) cannot be sent to the study: {fault}")
    return Ending(
        key=ending.key,
        state=TrialState.FAILED,
        error=error,
        trace=str(error),
        notes=ending.notes,
        limits=ending.limits,
        seconds=ending.seconds,
    )
