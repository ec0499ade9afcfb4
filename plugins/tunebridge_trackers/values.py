"""Values that every tracker takes, made of those that studies have."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge import Problem, to_natural

MAX_LENGTH = 5000
"""Characters of a text; MLflow takes 6,000 of a param."""

Plain = bool | int | float | str
"""What trackers take as the value of a param."""


@dataclass(frozen=True, slots=True)
class Told:
    """A value as a tracker gets it."""

    name: str
    """Its name, as the user wrote it; parts of a nested one are joined by dots."""
    value: Plain
    """A finite number, or text."""
    is_cut: bool = False
    """Whether it is the beginning of a longer text."""


def params_of(problem: Problem, params: Mapping[str, Any]) -> Iterator[Told]:
    """Yield the params of a trial: plain ones as they are, objects by the labels of their choices."""
    natural = to_natural(problem.space, params)
    labels = {node.name: natural[node.path] for node in problem.space.nodes if node.path in natural}
    for name, value in params.items():
        known = _is_known(value)
        yield from told(name, value if known or name not in labels else labels[name])


def told(name: str, value: Any) -> Iterator[Told]:
    """Yield a value, or the parts of a nested one."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from told(f"{name}.{key}", part)
    elif isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        yield Told(name, value)
    else:
        text = value if isinstance(value, str) else _text(value)
        yield Told(name, cut(text), is_cut=len(text) > MAX_LENGTH)


def cut(text: str) -> str:
    """Return a text as it is, or its beginning with the length of the whole."""
    end = f"... ({len(text):,} characters)"
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - len(end)] + end


def is_number(value: object) -> bool:
    """Return whether a tracker may draw a value as a point of a curve."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_known(value: Any) -> bool:
    """Return whether a value is plain data, whose label says nothing more."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_known(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_known, value))
    return value is None or isinstance(value, str | bool | int | float)


def _text(value: Any) -> str:
    """Return plain data as text, as Python or JSON writes it."""
    return json.dumps(value) if isinstance(value, list | tuple | dict) else str(value)
