"""What is said to Optuna's tables of trials, as they are in a database, and what their cells hold."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

from optuna.trial import FrozenTrial
from sqlalchemy import BindParameter, Engine, Insert, MetaData, Table, bindparam, func, or_, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from tunebridge_optuna.wire import Cells, Phrase

VERSIONS = frozenset({"v3.2.0.a"})
"""Versions of the tables that are known here; all releases of Optuna since 3.2 have this one."""

NAMES = (
    "studies",
    "trials",
    "trial_params",
    "trial_values",
    "trial_intermediate_values",
    "trial_user_attributes",
)

CONSTRAINTS = "trial_system_attributes"
"""The table in which Optuna keeps constraints."""

OPEN = ("RUNNING", "WAITING")
"""States of trials that may be written to."""

TRIAL = ("number", "study_id", "state", "datetime_start", "datetime_complete")
"""Columns of a trial that are written as it begins."""

KEYS = ("sqlite", "mysql")
"""Databases whose drivers say which key a row was given."""

INFINITIES = {math.inf: "INF_POS", -math.inf: "INF_NEG"}


class Sentences:
    """The statements about the trials of a study, on reflected tables.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        """Ask the database for the columns of its tables."""
        self._engine = engine
        found = MetaData()
        found.reflect(engine, only=NAMES, resolve_fks=False)
        studies, trials, params, values, reports, attributes = (found.tables[name] for name in NAMES)
        of_study: BindParameter[int] = bindparam("of_study")
        of_trial: BindParameter[int] = bindparam("of_trial")
        say = partial(Phrase, engine.dialect)

        self.find_study = say(
            select(studies.c.study_id).where(studies.c.study_id == of_study).with_for_update()
        )
        """Finds a study, and keeps others from adding trials to it."""
        self.count = say(
            select(func.count()).where(trials.c.study_id == of_study, trials.c.trial_id > bindparam("after"))
        )
        """Counts its trials after one of them."""
        self.find_range = say(
            select(params.c.distribution_json)
            .join(trials, trials.c.trial_id == params.c.trial_id)
            .where(trials.c.study_id == of_study, params.c.param_name == bindparam("path"))
            .limit(1)
        )
        """Finds a distribution that its trials have for a param."""
        self.find_state = say(select(trials.c.state).where(trials.c.trial_id == of_trial))
        adding = _insert(trials, *TRIAL)
        self.add_trial = say(adding if engine.dialect.name in KEYS else adding.returning(trials.c.trial_id))
        self.add_params = say(_insert(params, "trial_id", "param_name", "param_value", "distribution_json"))
        self.set_values = say(upsert(engine, values, "objective", "value", "value_type"))
        self.set_reports = say(
            upsert(engine, reports, "step", "intermediate_value", "intermediate_value_type")
        )
        self.set_attributes = say(upsert(engine, attributes, "key", "value_json"))
        is_open = or_(*(trials.c.state == state for state in OPEN))
        last: Cells = {"state": bindparam("last_state"), "datetime_complete": bindparam("ended")}
        self.end_trial = say(trials.update().where(trials.c.trial_id == of_trial, is_open).values(last))
        """Gives a trial its last state, if it may be written to."""

    @cached_property
    def set_constraints(self) -> Phrase:
        """Sets constraints of a trial; their table is asked for when some trial has one."""
        found = MetaData()
        found.reflect(self._engine, only=[CONSTRAINTS], resolve_fks=False)
        setting = upsert(self._engine, found.tables[CONSTRAINTS], "key", "value_json")
        return Phrase(self._engine.dialect, setting)


def _insert(table: Table, *columns: str) -> Insert:
    return table.insert().values({name: bindparam(name) for name in columns})


def upsert(engine: Engine, table: Table, key: str, *columns: str) -> Insert:
    """Return the statement that adds a row of a trial, or overwrites the one of the same key."""
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ("trial_id", key, *columns)}
    if engine.dialect.name == "mysql":
        inserting = mysql.insert(table).values(values)
        return inserting.on_duplicate_key_update({name: inserting.inserted[name] for name in columns})
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    adding = insert(table).values(values)
    return adding.on_conflict_do_update(
        index_elements=["trial_id", key], set_={name: adding.excluded[name] for name in columns}
    )


def trial_cells(native: FrozenTrial, study_id: int, number: int) -> Cells:
    """Return the row of a trial; its times are in UTC, without a zone."""
    return {
        "number": number,
        "study_id": study_id,
        "state": native.state.name,
        "datetime_start": _in_utc(native.datetime_start),
        "datetime_complete": _in_utc(native.datetime_complete),
    }


def end_cells(trial_id: int, state: str) -> Cells:
    """Return what is overwritten in the row of a trial that ends now."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return {"of_trial": trial_id, "last_state": state, "ended": now}


def value_rows(trial_id: int, values: Iterable[float] | None) -> list[Cells]:
    """Return the rows of a trial's values."""
    return [
        {"trial_id": trial_id, "objective": place, **_cells("value", "value_type", value)}
        for place, value in enumerate(values or ())
    ]


def report_rows(trial_id: int, values: Mapping[int, float]) -> list[Cells]:
    """Return the rows of a trial's intermediate values by step, which may be NaN."""
    names = "intermediate_value", "intermediate_value_type"
    return [
        {
            "trial_id": trial_id,
            "step": step,
            **(dict(zip(names, (None, "NAN"), strict=True)) if math.isnan(value) else _cells(*names, value)),
        }
        for step, value in values.items()
    ]


def attribute_rows(trial_id: int, attributes: Mapping[str, Any]) -> list[Cells]:
    """Return the rows of a trial's attributes."""
    return [
        {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}
        for key, value in attributes.items()
    ]


def _cells(name: str, kind: str, value: float) -> Cells:
    infinity = INFINITIES.get(value)
    return {name: None if infinity else value, kind: infinity or "FINITE"}


def _in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of Optuna's, which is local time, as the tables have it."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
