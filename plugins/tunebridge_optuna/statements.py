"""Rows by statements: the same that Optuna's calls write, in two transactions for a trial.

Optuna writes a trial by its object mapper, in some 25 statements and several commits. Here the begin is one
transaction and the end another, so that there is no half of either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    IntDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import DBAPIError

from tunebridge_optuna.columns import ATTRIBUTES, CONSTRAINTS, PARAMS, REPORTS, VALUES
from tunebridge_optuna.rows import Noted
from tunebridge_optuna.tables import (
    OPEN,
    Parts,
    Sentences,
    attribute_rows,
    end_cells,
    report_rows,
    trial_cells,
    value_rows,
)
from tunebridge_optuna.wire import Cells, Phrase, Talk, Wire

T = TypeVar("T")

First = Callable[[Phrase, Mapping[str, Any]], Any]
"""Asks for the first cell of what is found."""

N_TRIES = 5
"""How often a transaction is begun that the database undoes because it stands in another one's way."""

UNDONE = {"40P01", "40001", 1213, 1205}
"""What PostgreSQL and MySQL call that: a deadlock, no order of two transactions, a lock out of reach."""


class Statements:
    """Rows of one study by statements.

    Args:
        storage: Optuna's way to tables of a version that `tables` knows.
    """

    def __init__(self, storage: RDBStorage) -> None:
        """Prepare the statements."""
        self._storage = storage
        self._wire = Wire(storage.engine)
        self._say = Sentences(storage.engine.dialect)
        self._ranges: dict[str, tuple[BaseDistribution, str]] = {}
        self._last = self._n_before = 0

    def begin(self, study_id: int, native: FrozenTrial) -> int:
        """Add a trial; see `Rows`."""

        def add(talk: Talk) -> tuple[int, int]:
            study = self._study_cells(study_id)
            if talk.first(self._say.find_study, study) is None:
                raise KeyError(f"the study {study_id} is not there any more")
            n_later = talk.first(self._say.count, study)
            trial_id = talk.add(self._say.add_trial, {**study, **trial_cells(native)})
            self._write(talk, trial_id, self._begun(talk.first, study_id, native))
            return trial_id, n_later

        trial_id, n_later = self._done(add)
        return self._added(trial_id, self._n_before + n_later)

    def note(self, noted: Sequence[Noted]) -> None:
        """Add to trials, to all of them or to none; see `Rows`."""

        def add(talk: Talk) -> None:
            for trial_id in {one.trial_id for one in noted}:
                self._check_open(talk.first, trial_id)
            for one in noted:
                news = {ATTRIBUTES: attribute_rows(one.attributes), REPORTS: report_rows(one.values)}
                self._write(talk, one.trial_id, news)

        self._done(add)

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

        def end(talk: Talk) -> None:
            if talk.change(self._say.end_trial, end_cells(trial_id, state.name)) == 0:
                self._check_open(talk.first, trial_id)
            self._write(talk, trial_id, parts)

        self._done(end)

    def _write(self, talk: Talk, trial_id: int, parts: Parts) -> None:
        for table, rows in parts.items():
            talk.write(self._say.set_rows[table], [{"trial_id": trial_id, **row} for row in rows])

    def _study_cells(self, study_id: int) -> Cells:
        return {"of_study": study_id, "after": self._last, "n_before": self._n_before}

    def _added(self, trial_id: int, number: int) -> int:
        """Take in which trial was added last, and return its id."""
        self._last, self._n_before = trial_id, number + 1
        return trial_id

    def _begun(self, first: First, study_id: int, native: FrozenTrial) -> Parts:
        return {
            PARAMS: self._param_cells(first, study_id, native),
            VALUES: value_rows(native.values),
            REPORTS: report_rows(native.intermediate_values),
            ATTRIBUTES: attribute_rows(native.user_attrs),
            CONSTRAINTS: attribute_rows(native.system_attrs),
        }

    def _param_cells(self, first: First, study_id: int, native: FrozenTrial) -> list[Cells]:
        cells = []
        for path, value in native.params.items():
            distribution = native.distributions[path]
            known = self._ranges.get(path)
            if known is None:
                self._check_range(first, study_id, path, distribution)
            if known is None or known[0] is not distribution:
                known = self._ranges[path] = distribution, distribution_to_json(distribution)
            kept = float(distribution.to_internal_repr(value))
            cells.append({"param_name": path, "param_value": kept, "distribution_json": known[1]})
        return cells

    def _check_range(self, first: First, study_id: int, path: str, distribution: BaseDistribution) -> None:
        """Raise where Optuna would: one that others have noted for this param is of another kind.

        But for choices: in a study that has grown, there are more of them than before.
        """
        found = first(self._say.find_range, {"of_study": study_id, "path": path})
        known = None if found is None else json_to_distribution(found)
        if known is not None and not _is_larger(distribution, known):
            check_distribution_compatibility(known, distribution)

    def _check_open(self, first: First, trial_id: int) -> None:
        """Raise where Optuna would: the trial is gone, or others have ended it."""
        state = first(self._say.find_state, {"of_trial": trial_id})
        if state is None:
            raise KeyError(f"the trial {trial_id} is not there any more")
        if state not in OPEN:
            self._storage.check_trial_is_updatable(trial_id, TrialState[state])

    def _done(self, write: Callable[[Talk], T]) -> T:
        """Return what a transaction returns; it is on the disk then."""

        def said() -> T:
            with self._wire.transaction() as talk:
                return write(talk)

        return until_done(said)


def until_done(write: Callable[[], T]) -> T:
    """Return what a transaction returns, which is begun again when the database has undone it."""
    for _ in range(N_TRIES - 1):
        try:
            return write()
        except DBAPIError as error:
            if not _is_undone(error):
                raise
    return write()


def end_parts(
    attributes: Mapping[str, Any], values: Sequence[float] | None, constraints: Mapping[str, Any]
) -> Parts:
    """Return the rows of a trial that are written as it ends."""
    return {
        VALUES: value_rows(values),
        ATTRIBUTES: attribute_rows(attributes),
        CONSTRAINTS: attribute_rows(constraints),
    }


def _is_larger(distribution: BaseDistribution, known: BaseDistribution) -> bool:
    """Return whether a distribution has all choices of another one, or places for all of them."""
    if not isinstance(known, CategoricalDistribution):
        return False
    if isinstance(distribution, IntDistribution):
        return distribution.low == 0 and distribution.high >= len(known.choices) - 1
    return isinstance(distribution, CategoricalDistribution) and {*known.choices} <= {*distribution.choices}


def _is_undone(error: DBAPIError) -> bool:
    driver = error.orig
    return getattr(driver, "sqlstate", None) in UNDONE or bool(
        UNDONE.intersection(getattr(driver, "args", ())[:1])
    )
