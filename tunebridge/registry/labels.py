"""Names with their options, as a call is written: `optuna:tpe(multivariate=True)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.errors import ProblemError

ENTRY = re.compile(r"\s*([^,()\s]+)\s*(?:\((.*?)\)\s*)?(?:,|$)")
"""A name of a list, and what is in the brackets after it."""


def label_of(name: str, options: Mapping[str, Any]) -> str:
    """Return a name with its options, as a call is written; the bare name without any."""
    inside = ", ".join(f"{option}={value!r}" for option, value in options.items())
    return f"{name}({inside})" if inside else name


BACKENDS = "optuna:tpe,sklearn:grid(points=5)"
"""How a list of backends is written."""


def read_labels(text: str, example: str = BACKENDS) -> list[tuple[str, dict[str, Any]]]:
    """Return the names of a list, each with its options: the inverse of `label_of`, for a command line.

    Args:
        text: Such as `optuna:tpe,sklearn:grid(points=5)`; values are Python literals.
        example: What the hint of an error shows.

    Raises:
        ProblemError: It cannot be read.
    """
    found, place = [], 0
    while place < len(text):
        entry = ENTRY.match(text, place)
        if entry is None:
            raise ProblemError(f"{text!r} is no list of names: {text[place:]!r}", hint=f"write {example}")
        found.append((entry[1], _read_options(entry[2] or "", example)))
        place = entry.end()
    return found


def in_python(kind: str, text: str) -> str:
    """Return how Python is told what stands as on a command line; an empty text for one name alone.

    Args:
        kind: "backend", "pruner" or another that has a function of this name.
        text: The name as it was given.
    """
    if not re.search(r"[(),]", text):
        return ""
    try:
        labels = read_labels(text)
    except ProblemError:
        return f"options are given beside the name: tunebridge.{kind}(NAME, OPTION=VALUE)"
    if len(labels) > 1:
        return several(labels) if kind == "backend" else f"name one {kind}"
    ((name, options),) = labels
    given = "".join(f", {option}={value!r}" for option, value in options.items())
    return f"options are given beside the name: tunebridge.{kind}({name!r}{given})"


def several(labels: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return what to do with several backends where one is to be named."""
    names = [label_of(name, options) for name, options in labels]
    return (
        f"compare them: tunebridge.compare(problem, backends={names}); or let them take turns in one study: "
        f"tunebridge.backend('auto', members={members_of(labels)})"
    )


def members_of(labels: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str] | dict[str, Any]:
    """Return backends as the members of one that asks others: by name, with options where there are any."""
    return dict(labels) if any(options for _, options in labels) else [name for name, _ in labels]


def _read_options(text: str, example: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"dict({text})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("there is something without a name")
        return {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise ProblemError(
            f"options are written NAME=VALUE, got {text!r}",
            hint=f"values are Python's, and text stands in quotes; write {example}",
        ) from error
