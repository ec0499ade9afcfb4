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

from tunebridge_optuna.rows import Noted
from tunebridge_optuna.tables import (
    OPEN,
    Sentences,
    attribute_rows,
    end_cells,
    report_rows,
    trial_cells,
    value_rows,
)
from tunebridge_optuna.wire import Answer, Cells, Talk, Wire

T = TypeVar("T")

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

        def add(talk: Talk) -> tuple[Answer, Answer]:
            study = {"of_study": study_id, "after": self._last}
            is_there = talk.ask(self._say.find_study, study)
            if talk.has_answers and is_there() is None:  # else the database refuses a trial of no study
                raise KeyError(f"the study {study_id} is not there any more")
            n_later = talk.ask(self._say.count, study)
            params = self._param_cells(talk, study_id, native)
            key = talk.add(self._say.add_trial, {**study, "n_before": self._n_before, **trial_cells(native)})
            trial_id = key() if talk.has_answers else None
            talk.write(self._say.add_params, [{"trial_id": trial_id, **one} for one in params])
            talk.write(self._say.set_values, value_rows(trial_id, native.values))
            talk.write(self._say.set_attributes, attribute_rows(trial_id, native.user_attrs))
            talk.write(self._say.set_reports, report_rows(trial_id, native.intermediate_values))
            talk.write(self._say.set_constraints, attribute_rows(trial_id, native.system_attrs))
            return key, n_later

        key, n_later = self._done(add)
        self._last, self._n_before = int(key()), self._n_before + int(n_later()) + 1
        return self._last

    def note(self, noted: Sequence[Noted]) -> None:
        """Add to trials, to all of them or to none; see `Rows`."""

        def add(talk: Talk) -> None:
            for trial_id in {one.trial_id for one in noted}:
                self._check_open(talk, trial_id)
            attributes = [row for one in noted for row in attribute_rows(one.trial_id, one.attributes)]
            talk.write(self._say.set_attributes, attributes)
            values = [row for one in noted for row in report_rows(one.trial_id, one.values)]
            talk.write(self._say.set_reports, values)

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

        def end(talk: Talk) -> None:
            n_ended = talk.change(self._say.end_trial, end_cells(trial_id, state.name))
            talk.write(self._say.set_attributes, attribute_rows(trial_id, attributes))
            talk.write(self._say.set_values, value_rows(trial_id, values))
            talk.write(self._say.set_constraints, attribute_rows(trial_id, constraints))
            if n_ended() == 0:
                self._check_open(talk, trial_id)

        self._done(end)

    def _param_cells(self, talk: Talk, study_id: int, native: FrozenTrial) -> list[Cells]:
        cells = []
        for path, value in native.params.items():
            distribution = native.distributions[path]
            known = self._ranges.get(path)
            if known is None:
                self._check_range(talk, study_id, path, distribution)
            if known is None or known[0] is not distribution:
                known = self._ranges[path] = distribution, distribution_to_json(distribution)
            kept = distribution.to_internal_repr(value)
            cells.append({"param_name": path, "param_value": kept, "distribution_json": known[1]})
        return cells

    def _check_range(self, talk: Talk, study_id: int, path: str, distribution: BaseDistribution) -> None:
        """Raise where Optuna would: one that others have noted for this param is of another kind.

        But for choices: in a study that has grown, there are more of them than before.
        """
        found = talk.first(self._say.find_range, {"of_study": study_id, "path": path})
        known = None if found is None else json_to_distribution(found)
        if known is not None and not _is_larger(distribution, known):
            check_distribution_compatibility(known, distribution)

    def _check_open(self, talk: Talk, trial_id: int) -> None:
        """Raise where Optuna would: the trial is gone, or others have ended it."""
        state = talk.first(self._say.find_state, {"of_trial": trial_id})
        if state is None:
            raise KeyError(f"the trial {trial_id} is not there any more")
        if state not in OPEN:
            self._storage.check_trial_is_updatable(trial_id, TrialState[state])

    def _done(self, write: Callable[[Talk], T]) -> T:
        """Return what a transaction returns; it is on the disk then."""
        for _ in range(N_TRIES - 1):
            try:
                return self._tried(write)
            except DBAPIError as error:
                if not _is_undone(error):
                    raise
        return self._tried(write)

    def _tried(self, write: Callable[[Talk], T]) -> T:
        with self._wire.transaction() as talk:
            return write(talk)


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
