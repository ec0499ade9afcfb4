"""What has changed of the trials of a study since it was last looked at."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from math import inf, nan
from typing import Any, Protocol

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, DateTime, Engine, Float, column, or_, select, table

from tunebridge import StoredTrial, StoreError
from tunebridge_optuna import records
from tunebridge_optuna.documents import DamagedRecord

NUMBERS = {"INF_POS": inf, "INF_NEG": -inf, "NAN": nan}
"""What the tables call numbers that some databases do not have."""

TRIALS = table(
    "trials",
    *map(column, ("trial_id", "number", "study_id", "state")),
    column("datetime_start", DateTime),
    column("datetime_complete", DateTime),
)
PARTS = {
    name: table(name, *map(column, ("trial_id", *names)), *(column(one, Float) for one in numbers))
    for name, names, numbers in (
        ("trial_params", ("param_name", "distribution_json"), ("param_value",)),
        ("trial_values", ("objective", "value_type"), ("value",)),
        ("trial_intermediate_values", ("step", "intermediate_value_type"), ("intermediate_value",)),
        ("trial_user_attributes", ("key", "value_json"), ()),
    )
}
"""The tables that are read, with what is read of them."""

BATCH = 500
"""Of how many trials parts are asked for at once: databases bound how many values a statement takes."""

distribution_of = cache(json_to_distribution)


class Natives(Protocol):
    """The way to Optuna's trials of a study."""

    def since(self, study_id: int, number: int, running: Collection[int]) -> Iterable[FrozenTrial]:
        """Return those that follow one, and some others.

        Args:
            study_id: The study.
            number: Optuna's number of the one that they follow; -1 for all.
            running: Optuna's numbers of the others.
        """


class News:
    """Looks at a study again and again.

    Args:
        natives: The way to its trials.
        study_id: Its id.
    """

    def __init__(self, natives: Natives, study_id: int) -> None:
        """Begin with nothing seen."""
        self._natives = natives
        self._study_id = study_id
        self._last = -1
        self._running: dict[int, FrozenTrial] = {}

    def read(self) -> list[StoredTrial]:
        """Return what is new, and what is new of what was seen running, in the order of the begins.

        Raises:
            StoreError: A record is damaged.
        """
        found = []
        for native in self._natives.since(self._study_id, self._last, self._running):
            if native == self._running.get(native.number):
                continue
            self._last = max(self._last, native.number)
            self._running.pop(native.number, None)
            if not native.state.is_finished():
                self._running[native.number] = native
            found.append(native)
        try:
            stored = [records.stored_trial(native) for native in sorted(found, key=lambda one: one.number)]
        except DamagedRecord as error:
            raise StoreError(f"a trial is damaged: {error.message}", error.hint) from error
        return [one for one in stored if one is not None]


class NativesByCalls:
    """Trials by Optuna's own calls, which fit any storage.

    Args:
        storage: Where they are.
    """

    def __init__(self, storage: BaseStorage) -> None:
        """Take a storage."""
        self._storage = storage

    def since(self, study_id: int, number: int, running: Collection[int]) -> list[FrozenTrial]:
        """Return trials; see `Natives`."""
        every = self._storage.get_all_trials(study_id, deepcopy=False)
        found = [one for one in every if one.number > number or one.number in running]
        # A journal changes its own trials as they go on.
        return [one if one.state.is_finished() else deepcopy(one) for one in found]


class NativesByStatements:
    """Trials by statements that read no more than those.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Take an engine."""
        self._engine = engine

    def since(self, study_id: int, number: int, running: Collection[int]) -> list[FrozenTrial]:
        """Return trials; see `Natives`."""
        place = TRIALS.c.number
        wanted = or_(place > number, place.in_(sorted(running)))
        with self._engine.connect() as connection:
            query = select(TRIALS).where(TRIALS.c.study_id == study_id, wanted).order_by(place)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            parts = self._parts(connection, [row["trial_id"] for row in rows])
        return [_native(row, parts) for row in rows]

    def _parts(self, connection: Connection, ids: list[int]) -> Mapping[str, Mapping[int, list[Any]]]:
        """Return the rows that belong to some trials, by table and trial."""
        parts: dict[str, dict[int, list[Any]]] = {name: {one: [] for one in ids} for name in PARTS}
        for start in range(0, len(ids), BATCH):
            for name, part in PARTS.items():
                query = select(part).where(part.c.trial_id.in_(ids[start : start + BATCH]))
                for row in connection.execute(query).mappings():
                    parts[name][row["trial_id"]].append(row)
        return parts


def _native(row: Mapping[str, Any], parts: Mapping[str, Mapping[int, list[Any]]]) -> FrozenTrial:
    """Return Optuna's trial of its rows."""
    params, values, reports, attributes = (parts[name][row["trial_id"]] for name in PARTS)
    ranges = {one["param_name"]: distribution_of(one["distribution_json"]) for one in params}
    ordered = sorted(values, key=lambda one: one["objective"])
    return FrozenTrial(
        number=row["number"],
        trial_id=row["trial_id"],
        state=TrialState[_text(row["state"])],
        value=None,
        values=[_number(one, "value") for one in ordered] or None,
        datetime_start=_local(row["datetime_start"]),
        datetime_complete=_local(row["datetime_complete"]),
        params={one["param_name"]: _value(one, ranges) for one in params},
        distributions=ranges,
        user_attrs={one["key"]: json.loads(one["value_json"]) for one in attributes},
        system_attrs={},
        intermediate_values={one["step"]: _number(one, "intermediate_value") for one in reports},
    )


def _value(row: Mapping[str, Any], ranges: Mapping[str, BaseDistribution]) -> Any:
    return ranges[row["param_name"]].to_external_repr(row["param_value"])


def _number(row: Mapping[str, Any], name: str) -> float:
    number: float = NUMBERS.get(_text(row[f"{name}_type"]), row[name])
    return number


def _text(cell: Any) -> str:
    """Return a word of an enumeration, as whatever the driver gives it."""
    return str(getattr(cell, "name", cell))


def _local(moment: datetime | None) -> datetime | None:
    """Return a moment of the tables, in UTC without a zone, as Optuna's trials have it."""
    return moment and moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
