"""What is said to Optuna's tables of trials, as they are in a database, and what their cells hold."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from optuna.trial import FrozenTrial
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Insert,
    Integer,
    TableClause,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from tunebridge_optuna.columns import ATTRIBUTES, CONSTRAINTS, PARAMS, REPORTS, STUDIES, TRIALS, VALUES
from tunebridge_optuna.wire import Cells, Phrase

OPEN = ("RUNNING", "WAITING")
"""States of trials that may be written to."""

KEYS = ("sqlite", "mysql")
"""Databases whose drivers say which key a row was given."""

INFINITIES = {math.inf: "INF_POS", -math.inf: "INF_NEG"}


class Sentences:
    """The statements about the trials of a study.

    Args:
        dialect: What the database understands.
    """

    def __init__(self, dialect: Dialect) -> None:
        """Put them into its words."""
        trials, params = TRIALS, PARAMS
        of_study: BindParameter[int] = bindparam("of_study")
        of_trial: BindParameter[int] = bindparam("of_trial")
        say = partial(Phrase, dialect)

        self.find_study = say(
            select(STUDIES.c.study_id).where(STUDIES.c.study_id == of_study).with_for_update()
        )
        """Finds a study, and keeps others from adding trials to it."""
        later = trials.c.study_id == of_study, trials.c.trial_id > bindparam("after")
        self.count = say(select(func.count()).where(*later))
        """Counts its trials after one of them."""
        self.find_range = say(
            select(params.c.distribution_json)
            .join(trials, trials.c.trial_id == params.c.trial_id)
            .where(trials.c.study_id == of_study, params.c.param_name == bindparam("path"))
            .limit(1)
        )
        """Finds a distribution that its trials have for a param."""
        self.find_state = say(select(trials.c.state).where(trials.c.trial_id == of_trial))
        n_later = select(func.count().label("n")).where(*later).subquery("later")
        number = bindparam("n_before", type_=Integer) + select(n_later.c.n).scalar_subquery()
        names = "study_id", "state", "datetime_start", "datetime_complete"
        adding = trials.insert().values({"number": number, **_bound(names), "study_id": of_study})
        self.add_trial = say(adding if dialect.name in KEYS else adding.returning(trials.c.trial_id))
        """Adds a trial, whose number is how many there are."""
        columns = _bound(("param_name", "param_value", "distribution_json"))
        self.add_params = say(params.insert().values({"trial_id": _key(dialect), **columns}))
        self.set_values = say(upsert(dialect, VALUES))
        self.set_reports = say(upsert(dialect, REPORTS))
        self.set_attributes = say(upsert(dialect, ATTRIBUTES))
        self.set_constraints = say(upsert(dialect, CONSTRAINTS))
        is_open = or_(*(trials.c.state == state for state in OPEN))
        last: Cells = {"state": bindparam("last_state"), "datetime_complete": bindparam("ended")}
        self.end_trial = say(trials.update().where(trials.c.trial_id == of_trial, is_open).values(last))
        """Gives a trial its last state, if it may be written to."""


def _bound(names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name) for name in names}


def _key(dialect: Dialect) -> ColumnElement[int]:
    """Return what says whose row one is: a trial's id, or None for the trial that was added last.

    Where a driver says which key a row was given, there is always an id.
    """
    given: BindParameter[int] = bindparam("trial_id", type_=Integer)
    if dialect.name in KEYS:
        return given
    last = literal_column("currval(pg_get_serial_sequence('trials', 'trial_id'))", Integer)
    return func.coalesce(given, last)


def upsert(dialect: Dialect, table: TableClause) -> Insert:
    """Return the statement that adds a row of a trial, or overwrites the one of the same key."""
    _, key, *columns = table.c.keys()
    values = {"trial_id": _key(dialect), **_bound((key, *columns))}
    if dialect.name == "mysql":
        inserting = mysql.insert(table).values(values)
        return inserting.on_duplicate_key_update({name: inserting.inserted[name] for name in columns})
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    adding = insert(table).values(values)
    return adding.on_conflict_do_update(
        index_elements=["trial_id", key], set_={name: adding.excluded[name] for name in columns}
    )


def trial_cells(native: FrozenTrial) -> Cells:
    """Return what stands in the row of a trial; its times are in UTC, without a zone."""
    return {
        "state": native.state.name,
        "datetime_start": _in_utc(native.datetime_start),
        "datetime_complete": _in_utc(native.datetime_complete),
    }


def end_cells(trial_id: int, state: str) -> Cells:
    """Return what is overwritten in the row of a trial that ends now."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return {"of_trial": trial_id, "last_state": state, "ended": now}


def value_rows(trial_id: int | None, values: Iterable[float] | None) -> list[Cells]:
    """Return the rows of a trial's values."""
    return [
        {"trial_id": trial_id, "objective": place, **_cells("value", "value_type", value)}
        for place, value in enumerate(values or ())
    ]


def report_rows(trial_id: int | None, values: Mapping[int, float]) -> list[Cells]:
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


def attribute_rows(trial_id: int | None, attributes: Mapping[str, Any]) -> list[Cells]:
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
