"""scipy's `Bounds` as a space: a whole reader, written on the public names of tunebridge."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import tunebridge as tb


@tb.hookimpl
def tunebridge_register_readers(register: Callable[[tb.ReaderSpec], None]) -> None:
    """Describe the reader; scipy is imported when a space is read, not before."""
    register(tb.ReaderSpec(name="scipy-bounds", summary="scipy.optimize.Bounds", requires=("scipy",),
                           space=read, parts=("scipy.optimize._constraints.Bounds",)))  # fmt: skip


def read(bounds: Any) -> tb.Reading:
    """Return a Float for each variable; one that is not bounded cannot be read."""
    params: dict[str, tb.AnyParameter] = {}
    rows = []
    for place, (low, high) in enumerate(zip(bounds.lb, bounds.ub, strict=True)):
        name = f"x{place}"
        native, refused = f"[{low}, {high}]", tb.Fidelity.REFUSED
        row = tb.TranslatedParameter(
            path=name, declared="", native=native, fidelity=refused, reason="give it two finite bounds"
        )
        if float("-inf") < low <= high < float("inf"):
            params[name] = tb.Float(float(low), float(high))
            row = replace(row, declared=repr(params[name]), fidelity=tb.Fidelity.EXACT, reason="")
        rows.append(row)
    return tb.Reading(source="scipy's Bounds", space=tb.Space(params), parameters=tuple(rows), back=point)


def point(params: Mapping[str, Any]) -> Any:
    """Return the array that scipy's optimizers hand to a function, shape (n,)."""
    import numpy as np

    return np.array([params[f"x{place}"] for place in range(len(params))])
