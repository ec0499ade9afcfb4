"""A line of a comparison: one way of searching, as it is shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.errors import ProblemError

RANDOM = "random"
"""The sampler part of a backend's name that means random search, in whichever library."""

ENTRY = re.compile(r"\s*([^,()\s]+)\s*(?:\((.*?)\)\s*)?(?:,|$)")
"""A name of a list, and what is in the brackets after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A backend with its options, and the pruner beside it, if there is one."""

    label: str
    """Its name in the comparison: `optuna:tpe(multivariate=True) + asha`."""
    backend: str
    """The backend's full name."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The backend's options, those given; what JSON has no form for is shown as text."""
    pruner: str = ""
    """The pruner with its options; empty for none."""

    @property
    def is_random(self) -> bool:
        """Whether it is plain random search."""
        return not self.pruner and self.backend.partition(":")[2] == RANDOM


def label_of(name: str, options: Mapping[str, Any]) -> str:
    """Return a name with its options, as a call is written; the bare name without any."""
    inside = ", ".join(f"{option}={value!r}" for option, value in options.items())
    return f"{name}({inside})" if inside else name


def read_labels(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the names of a list, each with its options: the inverse of `label_of`, for a command line.

    Args:
        text: Such as `optuna:tpe,sklearn:grid(points=5)`; values are Python literals.

    Raises:
        ProblemError: It cannot be read.
    """
    found, place = [], 0
    while place < len(text):
        entry = ENTRY.match(text, place)
        if entry is None:
            hint = "write optuna:tpe,sklearn:grid(points=5)"
            raise ProblemError(f"{text!r} is no list of names: {text[place:]!r}", hint=hint)
        found.append((entry[1], _read_options(entry[2] or "")))
        place = entry.end()
    return found


def _read_options(text: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"dict({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("there is something without a name")
        return {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise ProblemError(f"options are written NAME=VALUE, got {text!r}") from error
