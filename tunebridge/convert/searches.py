"""Searches in the text of a script: which calls begin one, and how often the objective would run."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass

from tunebridge.contract.capture import Argument, CaptureSpec, EntryPoint
from tunebridge.convert.source import Source, argument


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSearch:
    """A call that begins a search."""

    place: str
    """File and line."""
    code: str
    """The call, shortened."""
    objective: str
    """Name of the objective; empty if it has none."""
    what: str
    """What it would do: `call objective`."""
    times: str
    """How often that would run, in words."""

    def __str__(self) -> str:
        """Say in one line what it would do."""
        return f"{self.place}: {self.code}: would {self.what} {self.times}"


def found_search(source: Source, call: ast.Call, captures: Iterable[CaptureSpec]) -> FoundSearch | None:
    """Return the search that a call begins, if it does.

    Args:
        source: The script.
        call: A call in it.
        captures: The libraries whose searches are known.
    """
    for spec in captures:
        if source.roots.isdisjoint(spec.libraries):
            continue
        for entry in spec.entries:
            if entry.searches and _begins(source, call, spec, entry):
                objective = _objective(source, call, entry)
                what = (
                    f"call {objective}"
                    if objective
                    else "fit the model"
                    if entry.made_by
                    else "begin a trial"
                )
                return FoundSearch(
                    place=f"{source.path.name}, line {call.lineno}",
                    code=source.shown(call),
                    objective=objective,
                    what=what,
                    times=_times(source, call, entry),
                )
    return None


def _begins(source: Source, call: ast.Call, spec: CaptureSpec, entry: EntryPoint) -> bool:
    owner, _, name = entry.name.rpartition(".")
    full = source.full_name(call.func)
    if not owner or name == "__init__":
        name = owner or name
        return full.rpartition(".")[2] == name and full.partition(".")[0] in spec.libraries
    if not isinstance(call.func, ast.Attribute) or call.func.attr != name:
        return False
    if not entry.made_by:
        return not full or full.partition(".")[0] not in source.roots
    maker = source.maker(call.func.value)
    return maker is not None and source.full_name(maker.func).rpartition(".")[2] == entry.made_by


def _objective(source: Source, call: ast.Call, entry: EntryPoint) -> str:
    if entry.objective is None:
        return ""
    given = argument(call, entry.objective.name, entry.objective.position)
    return "the objective" if given is None or isinstance(given, ast.Lambda) else source.shown(given)


def _times(source: Source, call: ast.Call, entry: EntryPoint) -> str:
    """Return how often the objective would run; the numbers stand in the call or in that of the maker."""
    if not entry.times:
        return "as often as it is asked to"
    maker = source.maker(call.func.value) if isinstance(call.func, ast.Attribute) else None
    counted = maker if entry.made_by and maker is not None else call
    numbers = [_number(source, counted, one) for one in entry.times]
    if all(isinstance(number, int) for number in numbers):
        total = math.prod(number for number in numbers if isinstance(number, int))
        product = " x ".join(map(str, numbers))
        times = "once" if total == 1 else f"{total} times"
        return times if len(numbers) == 1 else f"{times} ({product})"
    if None in numbers:
        return "until something else stops it"
    return f"as often as {' x '.join(map(str, numbers))} says"


def _number(source: Source, call: ast.Call, counted: Argument) -> int | str | None:
    if counted.position < 0:
        keywords = [one for one in ast.walk(call) if isinstance(one, ast.keyword)]
        given = next((one.value for one in keywords if one.arg == counted.name), None)
    else:
        given = argument(call, counted.name, counted.position)
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return counted.default
    points = source.points(given)
    return source.shown(given) if points is None else points
