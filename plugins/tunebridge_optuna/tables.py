"""What is said to Optuna's tables of trials, as they are in a database, and what their cells hold."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from optuna.trial import FrozenTrial
from sqlalchemy import (
    BindParameter,
    Dialect,
    Insert,
    Integer,
    TableClause,
    Update,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from tunebridge_optuna.columns import PARAMS, PARTS, STUDIES, TRIALS
from tunebridge_optuna.wire import Cells, Phrase

OPEN = ("RUNNING", "WAITING")
"""States of trials that may be written to."""

LATER = TRIALS.c.study_id == bindparam("of_study"), TRIALS.c.trial_id > bindparam("after")
"""Which trials of a study come after one of them."""

OnConflict = postgresql.Insert | sqlite.Insert
"""Statements that say what happens to a row of the same key."""

Parts = Mapping[TableClause, Sequence[Cells]]
"""Rows of a trial by table, without its id."""

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
        self.count = say(select(func.count()).where(*LATER))
        """Counts its trials after one of them."""
        self.find_range = say(
            select(params.c.distribution_json)
            .join(trials, trials.c.trial_id == params.c.trial_id)
            .where(trials.c.study_id == of_study, params.c.param_name == bindparam("path"))
            .limit(1)
        )
        """Finds a distribution that its trials have for a param."""
        self.find_state = say(select(trials.c.state).where(trials.c.trial_id == of_trial))
        self.add_trial = say(adding())
        """Adds a trial, whose number is how many there are."""
        self.set_rows = {one: say(upsert(dialect, one)) for one in PARTS}
        """Adds a row of a trial to a table, or overwrites the one of the same key."""
        self.end_trial = say(ending())
        """Gives a trial its last state, if it may be written to."""


def adding() -> Insert:
    """Return the statement that adds a trial."""
    n_later = select(func.count().label("n")).where(*LATER).subquery("later")
    number = bindparam("n_before", type_=Integer) + select(n_later.c.n).scalar_subquery()
    names = "state", "datetime_start", "datetime_complete"
    return TRIALS.insert().values({"number": number, **_bound(names), "study_id": bindparam("of_study")})


def ending() -> Update:
    """Return the statement that gives a trial its last state, if it may be written to."""
    is_open = or_(*(TRIALS.c.state == state for state in OPEN))
    last: Cells = {"state": bindparam("last_state"), "datetime_complete": bindparam("ended")}
    return TRIALS.update().where(TRIALS.c.trial_id == bindparam("of_trial"), is_open).values(last)


def _bound(names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name) for name in names}


def upsert(dialect: Dialect, table: TableClause) -> Insert:
    """Return the statement that adds a row of a trial, or overwrites the one of the same key."""
    values = _bound(table.c.keys())
    if dialect.name == "mysql":
        inserting = mysql.insert(table).values(values)
        _, _, *columns = table.c.keys()
        return inserting.on_duplicate_key_update({name: inserting.inserted[name] for name in columns})
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return overwriting(insert(table).values(values), table)


def overwriting(inserting: OnConflict, table: TableClause) -> Insert:
    """Return a statement that adds rows of trials, and overwrites those of the same keys."""
    trial_id, key, *columns = table.c.keys()
    return inserting.on_conflict_do_update(
        index_elements=[trial_id, key], set_={name: inserting.excluded[name] for name in columns}
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


def value_rows(values: Iterable[float] | None) -> list[Cells]:
    """Return the rows of a trial's values."""
    return [
        {"objective": place, **_cells("value", "value_type", value)}
        for place, value in enumerate(values or ())
    ]


def report_rows(values: Mapping[int, float]) -> list[Cells]:
    """Return the rows of a trial's intermediate values by step, which may be NaN."""
    names = "intermediate_value", "intermediate_value_type"
    return [
        {
            "step": step,
            **(dict(zip(names, (None, "NAN"), strict=True)) if math.isnan(value) else _cells(*names, value)),
        }
        for step, value in values.items()
    ]


def attribute_rows(attributes: Mapping[str, Any]) -> list[Cells]:
    """Return the rows of a trial's attributes."""
    return [{"key": key, "value_json": json.dumps(value)} for key, value in attributes.items()]


def _cells(name: str, kind: str, value: float) -> Cells:
    infinity = INFINITIES.get(value)
    return {name: None if infinity else float(value), kind: infinity or "FINITE"}


def _in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of Optuna's, which is local time, as the tables have it."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
