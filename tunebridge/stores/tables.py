"""Trials in tables: a frame of pandas, or a file of comma-separated values.

Columns of params begin with `params_`, as Optuna's frames and tunebridge's have it, or with `param_`, as
scikit-learn's do; where none does, they have the names that the space has. All other columns are left alone.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunebridge.checks import is_int, plain
from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.errors import ProblemError
from tunebridge.problem.problem import Direction, Problem
from tunebridge.space.node import Node
from tunebridge.space.option import Option
from tunebridge.space.space import Space
from tunebridge.stores import configs
from tunebridge.stores.cells import is_empty, number
from tunebridge.stores.exclusions import NOTE
from tunebridge.trial.state import TrialState

TOLD = ("params_", "param_")
"""Begins of the columns of params: Optuna's and tunebridge's, scikit-learn's."""
PREFIXES = (*TOLD, configs.PREFIX)
SCORE, LOSS = "mean_test_score", "loss"
"""Columns that say which way is better."""
STATES = {"FAIL": TrialState.FAILED, "WAITING": TrialState.RUNNING}
"""Words for states that are not tunebridge's own."""


def is_table(source: Any) -> bool:
    """Return whether something is a frame, makes one, or names a file of comma-separated values."""
    is_frame = _is_of(source, FRAMES) or _is_of(source, GRIDS)
    return is_frame or (isinstance(source, str | Path) and Path(source).suffix.lower() == ".csv")


FRAMES = ("pandas.DataFrame", "pandas.core.frame.DataFrame")
"""The class of frames, under the names that versions of pandas give it."""
GRIDS = ("ray.tune.result_grid.ResultGrid",)
"""The class of what a tuner of Ray's returns, which makes a frame."""


def _is_of(source: Any, names: Sequence[str]) -> bool:
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in type(source).__mro__)


def read(source: Any, problem: Problem) -> StoredStudy:
    """Return the trials of a table.

    Raises:
        ProblemError: It cannot be read, or has no column of params, or none of values.
    """
    if isinstance(source, str | Path):
        return _study(str(source), *_of_file(Path(source)), problem)
    frame = (source.get_dataframe() if _is_of(source, GRIDS) else source).rename(columns=str)
    return _study("a frame", list(frame.columns), frame.to_dict(orient="records"), problem)


def _of_file(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            return list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ProblemError(f"the history {str(path)!r} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table hold."""

    params: Mapping[str, str]
    """Columns of params, and the names that are in them."""
    values: Sequence[str]
    """Columns of values, one per objective."""


def _study(name: str, columns: list[str], rows: list[dict[str, Any]], problem: Problem) -> StoredStudy:
    if not any(column.startswith(TOLD) for column in columns) and configs.is_config(columns):
        rows = configs.params_of(rows, problem.space)
        columns = list(dict.fromkeys(column for row in rows for column in row))
    found = Columns(_params(name, columns, problem.space), _values(name, columns, problem))
    known = {SCORE: (Direction.MAXIMIZE,), LOSS: (Direction.MINIMIZE,)}
    directions = known.get(found.values[0], problem.directions)
    if len(found.values) != len(directions):
        raise ProblemError(
            f"{name} has {len(found.values)} columns of values, and this problem {len(directions)} objectives"
        )
    trials = tuple(_trial(name, place, row, found, problem) for place, row in enumerate(rows))
    return StoredStudy(name=name, directions=directions, notes={}, trials=trials)


def _params(name: str, columns: list[str], space: Space) -> dict[str, str]:
    for prefix in PREFIXES:
        found = {column: column.removeprefix(prefix) for column in columns if column.startswith(prefix)}
        if found:
            return found
    known = {node.name for node in space.nodes} | {node.path for node in space.nodes}
    found = {column: column for column in columns if column in known}
    if not found:
        raise ProblemError(
            f"{name} has no column of params, only {', '.join(map(repr, columns))}",
            hint=f"name columns as the space does: {', '.join(sorted({node.name for node in space.nodes}))}",
        )
    return found


def _values(name: str, columns: list[str], problem: Problem) -> list[str]:
    several = [column for column in columns if column.startswith("values_")]
    if several:
        return several
    for column in ("value", problem.metric, SCORE, LOSS):
        if column is not None and column in columns:
            return [column]
    raise ProblemError(
        f"{name} has no column of values, only {', '.join(map(repr, columns))}",
        hint="rename that of the objective to 'value', or to 'values_0', 'values_1', ... for several",
    )


def _trial(name: str, place: int, row: Mapping[str, Any], columns: Columns, problem: Problem) -> StoredTrial:
    own, now = number(row.get("number")), datetime.now(UTC)
    values = tuple(number(row[column]) for column in columns.values)
    whole = tuple(value for value in values if value is not None)
    return StoredTrial(
        number=None,
        attempt=int(own) if own is not None and is_int(plain(own)) else place,
        state=_state(name, row, is_whole=len(whole) == len(values)),
        params=_filled(row, columns.params, problem.space),
        values=whole if len(whole) == len(values) else None,
        started=now,
        finished=now,
        notes={
            "backend": name,
            "notes": _noted(row, problem),
            **({NOTE: row[NOTE]} if _is_excluded(row) else {}),
        },
    )


def _noted(row: Mapping[str, Any], problem: Problem) -> dict[str, float]:
    """Return the numbers of a row that the problem limits: called limits, notes, or neither."""
    found = {}
    for name in problem.limits:
        cells = (number(row.get(column)) for column in (f"limits_{name}", f"notes_{name}", name))
        known = [cell for cell in cells if cell is not None]
        found.update({name: known[0]} if known else {})
    return found


def _is_excluded(row: Mapping[str, Any]) -> bool:
    """Return whether a row of a table of tunebridge's says why its trial is excluded."""
    return "told" in row and isinstance(row.get(NOTE), str) and not is_empty(row[NOTE])


def _state(name: str, row: Mapping[str, Any], *, is_whole: bool) -> TrialState:
    word = row.get("state")
    if is_empty(word):
        pruned = str(row.get("pruned")) == "True"
        return TrialState.PRUNED if pruned else TrialState.COMPLETE if is_whole else TrialState.FAILED
    text = str(word).rpartition(".")[2].upper()
    state = STATES.get(text) or TrialState.__members__.get(text)
    if state is None:
        known = ", ".join([*TrialState.__members__, *STATES])
        raise ProblemError(f"{name} has a trial in the state {word!r}", hint=f"known states: {known}")
    return state


def _filled(row: Mapping[str, Any], columns: Mapping[str, str], space: Space) -> dict[str, Any]:
    """Return the params of a row; where a param is active and its cell empty, it is the choice None."""
    given = {name: row[column] for column, name in columns.items() if not is_empty(row.get(column))}
    named = {path_or_name for path_or_name in columns.values() if path_or_name not in given}

    def value_of(node: Node) -> Any:
        for name in (node.name, node.path):
            if name in given:
                return _read(node, given[name])
        if {node.name, node.path} & named and _read(node, None, default=node) is None:
            given[node.name] = None
        return None

    space.walk(value_of)
    return given


def _read(node: Node, given: Any, default: Any = None) -> Any:
    try:
        return given.within(node.parameter) if isinstance(given, Option) else node.parameter.read(given)
    except ValueError:
        return default
