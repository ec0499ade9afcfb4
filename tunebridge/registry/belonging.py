"""Where an argument belongs that a function does not have: to the problem, or to what is chosen by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tunebridge.calls import of_the_study, shown
from tunebridge.problem.problem import Problem
from tunebridge.registry import plugins

OF_ALL_PROBLEMS = ("objective", "space")
"""What every problem is made of, in its order."""

USUAL = ("processes", "optuna:tpe", "auto:credit", "asha")
"""Which of several that take an option is shown first."""

CHOSEN = {"executor": "executor", "backend": "backend", "pruner": "pruner", "observer": "observers"}
"""Kinds of what is chosen by name, and the argument that takes it."""


def belongs(name: str, given: Mapping[str, Any]) -> str:
    """Return where one of the arguments of a call belongs; an empty text if nothing has it."""
    if name in {one.name for one in fields(Problem) if one.init}:
        value = shown(given[name])
        parts = {part: part for part in OF_ALL_PROBLEMS}
        parts[name] = value if name in OF_ALL_PROBLEMS else f"{name}={value}"
        return f"it is said to the problem: tunebridge.Problem({', '.join(parts.values())})"
    options = (_option(kind, name, given) for kind in CHOSEN)
    return next(filter(None, options), of_the_study(name, given))


def _option(kind: str, name: str, given: Mapping[str, Any]) -> str:
    """Return who of one kind has an option, and how it is given; an empty text if none has it."""
    takers = [one for one, spec in sorted(plugins.registry().shelf(kind).items()) if name in spec.options]
    if not takers:
        return ""
    taker = next((one for one in (given.get(kind), *USUAL) if one in takers), takers[0])
    call = f"tunebridge.{kind}({taker!r}, {name}={shown(given[name])})"
    written = f"[{call}]" if kind == "observer" else call
    return f"it is an option of {', '.join(takers)}: {CHOSEN[kind]}={written}"
