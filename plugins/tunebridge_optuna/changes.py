"""Trials of Optuna's tables that are new, or may have changed, by one statement over all tables.

A process that shares a study looks twice for each of its trials. So the parts of all such trials come in the
rows of one statement, on a connection that stays open and begins no transactions.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from math import inf, nan
from typing import Any, NamedTuple

from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from tunebridge_optuna.columns import ATTRIBUTES, PARAMS, REPORTS, TRIALS, VALUES
from tunebridge_optuna.wire import AnyLine, Ask, Asked, Phrase

NUMBERS = {"INF_POS": inf, "INF_NEG": -inf, "NAN": nan}
"""What the tables call numbers that some databases do not have."""

READ = (PARAMS, VALUES, REPORTS, ATTRIBUTES)
"""The tables that are read beside that of the trials."""

FIELDS: dict[str, dict[str, str]] = {
    "trials": {
        "place": "number",
        "kind": "state",
        "started": "datetime_start",
        "completed": "datetime_complete",
    },
    "trial_params": {"name": "param_name", "value": "param_value", "text": "distribution_json"},
    "trial_values": {"place": "objective", "value": "value", "kind": "value_type"},
    "trial_intermediate_values": {
        "place": "step",
        "value": "intermediate_value",
        "kind": "intermediate_value_type",
    },
    "trial_user_attributes": {"name": "key", "text": "value_json"},
}
"""Which columns of a table go where in a row that all tables fit into."""

TYPES: dict[str, TypeEngine[Any]] = {
    "place": Integer(),
    "name": Text(),
    "value": Float(),
    "kind": Text(),
    "text": Text(),
    "started": DateTime(),
    "completed": DateTime(),
}
"""The fields of such a row."""

BATCH = 128
"""How many running trials a statement asks for: databases bound how many values one takes."""

LEAST = 8
"""How many it asks for at least: each other number is a statement of its own."""

distribution_of = cache(json_to_distribution)


class Row(NamedTuple):
    """A row of one of the tables."""

    source: str
    """The table."""
    trial_id: int
    """The trial's id."""
    place: Any
    """The number of a trial, the place of a value, or a step."""
    name: Any
    """Of a param or an attribute."""
    value: Any
    """A number."""
    kind: Any
    """The state of a trial, or which kind of number it is."""
    text: Any
    """JSON."""
    started: Any
    """When a trial began."""
    completed: Any
    """When it ended."""


class NativesByStatements:
    """Trials by statements that read no more than those; see `Natives`.

    Args:
        line: A way to the database on which each statement is a transaction of its own.
    """

    def __init__(self, line: AnyLine) -> None:
        """Begin with nothing seen."""
        self._line = line
        self._questions: dict[int, Phrase] = {}
        self._ids: dict[int, int] = {}
        self._seen: dict[int, list[Row]] = {}

    def since(
        self, study_id: int, number: int, running: Collection[int], ask: Ask | None = None
    ) -> list[FrozenTrial]:
        """Return trials, of the others those of which a row is another one; see `Natives`."""
        known = sorted(self._ids[one] for one in running)
        last = self._ids.get(number, -1)
        asked = [
            self._asked(study_id, last if start == 0 else NEVER, known[start : start + BATCH])
            for start in range(0, len(known) or 1, BATCH)
        ]
        found: dict[int, list[Row]] = {}
        for source, trial_id, *cells in chain.from_iterable((ask or self._line.rows)(*asked)):
            found.setdefault(trial_id, []).append(Row(SOURCES[source], trial_id, *cells))
        natives = {one: _native(one, rows) for one, rows in found.items() if rows != self._seen.get(one)}
        self._seen = found
        kept = {one: self._ids[one] for one in (*running, number) if one in self._ids}
        self._ids = kept | {native.number: trial_id for trial_id, native in natives.items()}
        return [natives[trial_id] for trial_id in sorted(natives)]

    def _asked(self, study_id: int, last: int, known: list[int]) -> Asked:
        """Return the question for trials that follow one, and for some others; there is one for each size."""
        size = max(LEAST, 1 << max(len(known) - 1, 0).bit_length())
        if size not in self._questions:
            self._questions[size] = Phrase(self._line.dialect, _question(self._line.dialect.name, size))
        filled = [*known, *(size - len(known)) * [known[-1] if known else -1]]
        cells: dict[str, Any] = {f"known_{place}": one for place, one in enumerate(filled)}
        return self._questions[size], {**cells, "of_study": study_id, "after": last}


NEVER = 2**31 - 1
"""No trial follows this id."""

SOURCES = [*FIELDS]


def _question(dialect: str, size: int) -> CompoundSelect[Any]:
    """Return the statement that reads some trials, which it looks for once."""
    known: list[BindParameter[int]] = [bindparam(f"known_{place}") for place in range(size)]
    trial = TRIALS.c.trial_id
    is_wanted = TRIALS.c.study_id == bindparam("of_study"), or_(trial > bindparam("after"), trial.in_(known))
    wanted = select(TRIALS).where(*is_wanted).cte("wanted")
    branches: list[Select[Any]] = []
    for place, columns in enumerate(FIELDS.values()):
        part = wanted if place == 0 else READ[place - 1]
        fields = [_field(dialect, field, columns, part) for field in TYPES]
        query = select(literal_column(str(place)).label("source"), part.c.trial_id, *fields)
        if part is not wanted:
            query = query.join_from(wanted, part, wanted.c.trial_id == part.c.trial_id)
        branches.append(query)
    return union_all(*branches)


def _field(dialect: str, field: str, columns: Mapping[str, str], part: Any) -> ColumnElement[Any]:
    """Return what stands in a field; PostgreSQL has to know the type of nothing."""
    if field in columns:
        found: ColumnElement[Any] = part.c[columns[field]]
        return (cast(found, Text) if field == "kind" and dialect == "postgresql" else found).label(field)
    nothing = cast(null(), TYPES[field]) if dialect == "postgresql" else null()
    return nothing.label(field)


def _native(trial_id: int, rows: list[Row]) -> FrozenTrial:
    """Return Optuna's trial of its rows."""
    trials, params, values, reports, attributes = (
        [row for row in rows if row.source == source] for source in SOURCES
    )
    (trial,) = trials
    ranges = {one.name: distribution_of(one.text) for one in params}
    ordered = sorted(values, key=lambda one: one.place)
    return FrozenTrial(
        number=trial.place,
        trial_id=trial_id,
        state=TrialState[_text(trial.kind)],
        value=None,
        values=[_number(one) for one in ordered] or None,
        datetime_start=_local(trial.started),
        datetime_complete=_local(trial.completed),
        params={one.name: ranges[one.name].to_external_repr(one.value) for one in params},
        distributions=ranges,
        user_attrs={one.name: json.loads(one.text) for one in attributes},
        system_attrs={},
        intermediate_values={one.place: _number(one) for one in reports},
    )


def _number(row: Row) -> float:
    number: float = NUMBERS.get(_text(row.kind), row.value)
    return number


def _text(cell: Any) -> str:
    """Return a word of an enumeration, as whatever the driver gives it."""
    return str(getattr(cell, "name", cell))


def _local(moment: datetime | None) -> datetime | None:
    """Return a moment of the tables, in UTC without a zone, as Optuna's trials have it."""
    return moment and moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
