"""Makes bytes of a problem for another process, and names what stands in the way."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ExecutorError
from tunebridge.executors.settings import settings
from tunebridge.problem.problem import Problem

MAIN_OF_CHILDREN = "__mp_main__"
"""What multiprocessing calls the main script in a child that it has spawned; nobody else can import it."""


def dump_problem(problem: Problem) -> bytes:
    """Return what evaluates a problem as bytes, with the settings that are in force in this thread.

    Functions of `__main__`, lambdas and closures go by value. Choices go with each task, and are tried here.

    Raises:
        ExecutorError: Something in it cannot be pickled; the message names it.
    """
    try:
        dump([node.parameter for node in problem.space.nodes])
        return dump((problem.evaluator, settings()))
    except Exception as error:
        culprit = next(_culprits(problem), "something in it")
        raise ExecutorError(
            f"the objective cannot be sent to another process: {culprit} cannot be pickled ({error})",
            hint="make it inside the objective, or use executor='threads' or 'inline'",
        ) from error


def dump(thing: Any) -> bytes:
    """Return something as bytes; what the main script defines goes by value, also in a spawned child."""
    import cloudpickle

    script = sys.modules.get(MAIN_OF_CHILDREN)
    if script is not None and MAIN_OF_CHILDREN not in cloudpickle.list_registry_pickle_by_value():
        cloudpickle.register_pickle_by_value(script)
    dumped: bytes = cloudpickle.dumps(thing)
    return dumped


def can_be_pickled(thing: Any) -> bool:
    """Return whether something can be sent to another process."""
    try:
        dump(thing)
    except Exception:  # noqa: BLE001  # whatever a foreign `__reduce__` raises says no
        return False
    return True


def _culprits(problem: Problem) -> Iterator[str]:
    """Yield what cannot be pickled, by the name it has where the objective finds it."""
    objective: Any = problem.objective
    for name, value in _parts(objective):
        if not can_be_pickled(value):
            yield f"{name} ({type(value).__name__})"
    for node in problem.space.nodes:
        if not can_be_pickled(node.parameter):
            yield f"the choices of {node.path}"


def _parts(objective: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an objective holds on to: attributes, closed-over variables, globals, defaults."""
    if isinstance(objective, partial):
        yield from ((f"the argument {brief(value)}", value) for value in objective.args)
        yield from ((f"the argument {name!r}", value) for name, value in objective.keywords.items())
        yield from _parts(objective.func)
        return
    function = inspect.unwrap(getattr(objective, "__func__", objective))
    owner = getattr(objective, "__self__", objective)
    yield from ((f"its attribute {name!r}", value) for name, value in getattr(owner, "__dict__", {}).items())
    if inspect.isfunction(function):
        seen = inspect.getclosurevars(function)
        yield from ((f"the variable {name!r}", value) for name, value in seen.nonlocals.items())
        yield from ((f"the global {name!r}", value) for name, value in seen.globals.items())
        yield from ((f"the default {brief(value)}", value) for value in function.__defaults__ or ())
