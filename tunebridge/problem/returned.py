"""What an objective returns or reports: one number, or what to do that it is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from inspect import isasyncgen, isasyncgenfunction, isawaitable, iscoroutine, iscoroutinefunction
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ObjectiveError

NOT_ASYNC = (
    "wait for its end in a function that is not async: lambda trial: asyncio.run(objective(trial)); "
    'many at a time: n_jobs=..., executor="threads"'
)
"""What to do about an async objective."""

FAILURES = ("fail", "new", "running", "suspended", "error")
"""The values of hyperopt's `status` that are not "ok"."""


def is_async(objective: Callable[..., Any]) -> bool:
    """Return whether calling an objective only begins it: it is async, or its class makes it so."""
    calls = (objective, type(objective).__call__)
    return any(iscoroutinefunction(one) or isasyncgenfunction(one) for one in calls)


def dismissed(returned: Any) -> str:
    """Return what to do about something that is still to be awaited, and let go of it; empty for others."""
    if iscoroutine(returned):
        returned.close()  # or Python warns that it was never awaited
    return NOT_ASYNC if isawaitable(returned) or isasyncgen(returned) else ""


def read_value(returned: Any) -> float:
    """Return one value as a finite float; numpy scalars and 0-d arrays are numbers.

    Raises:
        ObjectiveError: It is no finite number; the hint says what to return.
    """
    if type(returned) is float and math.isfinite(returned):
        return returned
    hint = _hint(returned)
    if returned is None or isinstance(returned, str | bytes | Mapping | Sequence):
        raise ObjectiveError(f"the objective must return a number, got {brief(returned)}", hint=hint)
    try:
        value = float(returned)
    except (ArithmeticError, RuntimeError, TypeError, ValueError) as error:
        raise ObjectiveError(
            f"the objective must return a number, got {brief(returned)}", hint=hint
        ) from error
    if not math.isfinite(value):
        raise ObjectiveError(
            f"the objective must return a finite number, got {brief(value)}",
            hint="the trial is FAILED; raise an exception yourself for a clearer reason",
        )
    return value


def _hint(returned: Any) -> str:
    if returned is None:
        return "end the objective with `return value`"
    if isinstance(returned, Mapping):
        return _of_mapping(returned)
    return dismissed(returned) or "return one finite number"


def _of_mapping(returned: Mapping[Any, Any]) -> str:
    """Return what to do about a dict, such as the one that hyperopt takes."""
    if str(returned.get("status", "ok")) in FAILURES:
        return (
            f"raise an exception where you return the status {returned['status']!r}: the trial is FAILED "
            "then, with its reason, and the sampler is told; elsewhere return the number: result['loss']"
        )
    names = [name for name in ("loss", "value", "score", *returned) if name in returned]
    number = f"result[{names[0]!r}]" if names else "result"
    return (
        f"return the number alone: return {number}, not the dict; trial.note(name, data) stores the rest, "
        "trial.keep(name, thing) keeps it in memory"
    )
