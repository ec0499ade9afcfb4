"""The rows of trials in a store: what the events of a study write there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from tunebridge_optuna.records import without_choices


@dataclass(frozen=True, slots=True)
class Noted:
    """What is added to a trial that runs."""

    trial_id: int
    attributes: Mapping[str, Any]
    values: Mapping[int, float]
    """Intermediate values by step."""


class Rows(Protocol):
    """Writes the trials of one study; what a method has written is durable when it returns."""

    def begin(self, study_id: int, native: FrozenTrial) -> int:
        """Add a trial with all that is known of it, and return its id."""

    def note(self, noted: Sequence[Noted]) -> None:
        """Add to trials that run, in this order."""

    def end(
        self,
        trial_id: int,
        attributes: Mapping[str, Any],
        state: TrialState,
        values: Sequence[float] | None,
        constraints: Mapping[str, Any],
    ) -> None:
        """End a trial that runs, with the attributes of its end, and those that are Optuna's constraints."""


class Calls:
    """Rows by the calls of Optuna's storage, which fit any storage and any version of its tables.

    Args:
        storage: Where they are written to.
    """

    def __init__(self, storage: BaseStorage) -> None:
        """Take a storage."""
        self._storage = storage

    def begin(self, study_id: int, native: FrozenTrial) -> int:
        """Add a trial; see `Rows`.

        One with a choice that was added later has its choices in its attributes alone, if Optuna refuses it.
        """
        try:
            return self._storage.create_new_trial(study_id, native)
        except ValueError:
            return self._storage.create_new_trial(study_id, without_choices(native))

    def note(self, noted: Sequence[Noted]) -> None:
        """Add to trials; see `Rows`."""
        for one in noted:
            for name, part in one.attributes.items():
                self._storage.set_trial_user_attr(one.trial_id, name, part)
            for step, value in one.values.items():
                self._storage.set_trial_intermediate_value(one.trial_id, step, value)

    def end(
        self,
        trial_id: int,
        attributes: Mapping[str, Any],
        state: TrialState,
        values: Sequence[float] | None,
        constraints: Mapping[str, Any],
    ) -> None:
        """End a trial; its state comes last, and without it the end never came about."""
        self.note([Noted(trial_id, attributes, {})])
        for name, far in constraints.items():
            self._storage.set_trial_system_attr(trial_id, name, far)
        self._storage.set_trial_state_values(trial_id, state, values)
