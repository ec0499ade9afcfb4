"""What is read of a study that several processes share."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from sqlalchemy import insert

from tunebridge_optuna.changes import NativesByStatements
from tunebridge_optuna.columns import ATTRIBUTES, TRIALS
from tunebridge_optuna.wire import Line

N_TRIALS, MOST_VALUES = 1_100, 999


def test_a_study_is_read_that_has_more_trials_than_a_statement_takes_values(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    study_id = RDBStorage(url).create_new_study([StudyDirection.MINIMIZE], "study")
    engine = sqlalchemy.create_engine(url)
    moment = datetime(2026, 1, 1)
    every = [
        {
            "trial_id": number + 1,
            "number": number,
            "study_id": study_id,
            "state": "COMPLETE",
            "datetime_start": moment,
            "datetime_complete": moment,
        }
        for number in range(N_TRIALS)
    ]
    attributes = [{"trial_id": one["trial_id"], "key": "n", "value_json": one["number"]} for one in every]
    with engine.begin() as connection:
        connection.execute(insert(TRIALS), every)
        connection.execute(insert(ATTRIBUTES), attributes)
    engine.dispose()

    def bound(connection: Any, _: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MOST_VALUES)

    sqlalchemy.event.listen(engine, "connect", bound)
    found = NativesByStatements(Line(engine)).since(study_id, -1, ())
    assert [one.number for one in found] == [*range(N_TRIALS)]
    assert all(one.user_attrs == {"n": one.number} for one in found)
    engine.dispose()
