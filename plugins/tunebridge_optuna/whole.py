"""Rows by statements of PostgreSQL: one begins a trial with all that belongs to it, and one ends it.

What a statement costs here, it costs twice: in the driver and in the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import CTE, Enum, Insert, Select, TableClause, Text, Update, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from tunebridge_optuna.columns import TRIALS
from tunebridge_optuna.locks import ServerWriterLock
from tunebridge_optuna.statements import Statements, end_parts, until_done
from tunebridge_optuna.tables import Parts, adding, end_cells, ending, overwriting, trial_cells
from tunebridge_optuna.wire import Ask, Asked, Cells, Phrase


class WholeStatements(Statements):
    """Rows of one study.

    Args:
        storage: Optuna's way to tables of a version that `tables` knows.
        turns: What has the connection on which this writer's turns are; None where there are none.
    """

    def __init__(self, storage: RDBStorage, turns: ServerWriterLock | None) -> None:
        """Prepare the statements."""
        super().__init__(storage)
        self._dialect = storage.engine.dialect
        self._ask: Ask = self._wire.rows if turns is None else turns.rows
        self._say_last: Ask = self._wire.rows if turns is None else turns.last
        self._wholes: dict[tuple[bool, tuple[TableClause, ...]], Phrase] = {}

    def begin(self, study_id: int, native: FrozenTrial) -> int:
        """Add a trial; one that runs is the last of its turn. See `Rows`."""
        study = self._study_cells(study_id)
        parts = self._begun(self._first, study_id, native)
        begin = self._whole({**study, **trial_cells(native)}, parts, is_new=True)
        say = self._wire.rows if native.state.is_finished() else self._say_last
        _, ((trial_id, number),) = until_done(lambda: say((self._say.find_study, study), begin))
        return self._added(trial_id, number)

    def end(
        self,
        trial_id: int,
        attributes: Mapping[str, Any],
        state: TrialState,
        values: Sequence[float] | None,
        constraints: Mapping[str, Any],
    ) -> None:
        """End a trial; see `Rows`."""
        parts = end_parts(attributes, values, constraints)
        end = self._whole(end_cells(trial_id, state.name), parts, is_new=False)
        (ended,) = until_done(lambda: self._ask(end))
        if not ended:
            self._check_open(self._first, trial_id)

    def _whole(self, cells: Cells, parts: Parts, *, is_new: bool) -> Asked:
        """Return what writes a trial's row, and with it those of the tables that get any."""
        filled = tuple(table for table, rows in parts.items() if rows)
        if (is_new, filled) not in self._wholes:
            change = adding() if is_new else ending()
            self._wholes[is_new, filled] = Phrase(self._dialect, whole(change, filled))
        return self._wholes[is_new, filled], {**cells, **_lists(parts, filled)}

    def _first(self, phrase: Phrase, cells: Mapping[str, Any]) -> Any:
        (rows,) = self._ask((phrase, cells))
        return rows[0][0] if rows else None


def whole(change: Insert | Update, tables: Iterable[TableClause]) -> Select[int, int]:
    """Return the statement that changes a trial's row, and adds to it, if there is one, those of some tables.

    It finds the id and the number of the trial.
    """
    trial = change.returning(TRIALS.c.trial_id, TRIALS.c.number).cte("trial")
    return select(trial.c.trial_id, trial.c.number).add_cte(*(_adding(trial, table) for table in tables))


def _adding(trial: CTE, table: TableClause) -> CTE:
    """Return what adds rows of a table, of whose columns each is given as a list."""
    _, *columns = table.c
    kinds = [Text() if isinstance(one.type, Enum) else one.type for one in columns]
    lists = [
        cast(bindparam(_name(table, one.name)), ARRAY(kind)) for one, kind in zip(columns, kinds, strict=True)
    ]
    given = func.unnest(*lists).table_valued(*(one.name for one in columns), name=f"of_{table.name}")
    rows = given.render_derived()
    cells = [cast(rows.c[one.name], one.type) for one in columns]
    adding_rows = postgresql.insert(table).from_select(table.c.keys(), select(trial.c.trial_id, *cells))
    return overwriting(adding_rows, table).cte(f"to_{table.name}")


def _lists(parts: Parts, tables: Iterable[TableClause]) -> Cells:
    """Return the columns of the rows of some tables."""
    return {
        _name(table, one): [row[one] for row in parts[table]]
        for table in tables
        for one in table.c.keys()[1:]
    }


def _name(table: TableClause, column: str) -> str:
    return f"{table.name}_{column}"
