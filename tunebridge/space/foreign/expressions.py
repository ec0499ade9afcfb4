"""Expressions of hyperopt, `hp.uniform("x", 0, 1)` and its like, by their public attributes."""

from __future__ import annotations

import math
from typing import Any

from tunebridge.space.foreign.written import written_choice, written_float, written_int, written_normal

BRANCHES = "Categorical({'label': Space(...), ...}), a branch for each option"
"""What stands for a choice whose options have expressions inside."""

ARGUMENTS = ("low", "high", "upper", "mu", "sigma", "q")
"""The names of what an expression takes, in its order."""


def of_hyperopt(value: Any) -> str:
    """Return the parameter of an expression; nothing if there is none."""
    if value.name == "switch":
        return _choice(*value.pos_args)
    whole = False
    while value.name in ("float", "int"):
        whole = whole or value.name == "int"
        value = value.pos_args[0]
    drawn = value.pos_args[1]
    named = dict(drawn.named_args)
    given = [*drawn.pos_args, *(named[name] for name in ARGUMENTS if name in named)]
    return _drawn(drawn.name, [one.obj for one in given], whole)


def _drawn(name: str, numbers: list[Any], whole: bool) -> str:
    match name, numbers:
        case "uniform", [low, high]:
            return written_float(low, high)
        case "loguniform", [low, high]:
            return written_float(math.exp(low), math.exp(high), log=True)
        case "quniform", [low, high, step] if whole and step == 1:
            return written_int(low, high)
        case "quniform", [low, high, step] if low % step == high % step == 0:
            return written_float(low, high, step=step)
        case "randint", [high]:
            return written_int(0, high - 1)
        case "randint", [low, high]:
            return written_int(low, high - 1)
        case "normal" | "lognormal", [mean, sd]:
            return written_normal(mean, sd, log=name == "lognormal")
        case _:
            return ""


def _choice(index: Any, *options: Any) -> str:
    if not all(hasattr(option, "obj") for option in options):
        return BRANCHES
    drawn = index.pos_args[1]
    shares = drawn.pos_args[0].pos_args if drawn.name == "categorical" else ()
    return written_choice([option.obj for option in options], [share.obj for share in shares])
