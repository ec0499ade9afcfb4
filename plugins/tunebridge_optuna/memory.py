"""A storage of Optuna's in memory for the one study of a session, in which finished trials are never copied.

Optuna's own makes a new copy of a trial at each suggestion, and a deep one at each tell. This one can also
forget finished trials: samplers see the others, whose numbers stay.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, insort
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from optuna.distributions import BaseDistribution, check_distribution_compatibility
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from tunebridge_optuna.kept_trial import EndedTrial, KeptTrial

STUDY_ID = 0


class SessionStorage(BaseStorage):
    """What a session keeps; one call at a time, and the id of a trial is its number."""

    def __init__(self) -> None:
        """Keep nothing."""
        self._name: str | None = None
        self._directions: list[StudyDirection] = []
        self._user: dict[str, Any] = {}
        self._system: dict[str, Any] = {}
        self._ranges: dict[str, BaseDistribution] = {}
        self._trials: list[KeptTrial] = []
        self._by_number: dict[int, KeptTrial] = {}
        self.n_begun = 0
        """How many trials there have been; the last one has the number before."""
        self._open_ones: dict[int, KeptTrial] = {}
        self._complete: list[KeptTrial] = []
        self._n_waiting = 0

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        """Begin the study; there is one."""
        if self._name is not None:
            raise DuplicatedStudyError
        self._name, self._directions = study_name or "", list(directions)
        return STUDY_ID

    def delete_study(self, study_id: int) -> None:
        """Refuse: the study lasts as long as its session."""
        raise NotImplementedError("the study of a session is not deleted")

    def get_all_studies(self) -> Any:
        """Refuse: there is one, and its session has it."""
        raise NotImplementedError("the study of a session is not listed")

    def get_study_id_from_name(self, study_name: str) -> int:
        """Return the id of the study."""
        if study_name != self._name:
            raise KeyError(study_name)
        return STUDY_ID

    def get_study_name_from_id(self, study_id: int) -> str:
        """Return its name."""
        return self._name or ""

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return its directions."""
        return self._directions

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the attributes that users have set."""
        return self._user

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the attributes that samplers have set."""
        return self._system

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set one; who has the others keeps them as they are."""
        self._user = {**self._user, key: value}

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set one; who has the others keeps them as they are."""
        self._system = {**self._system, key: value}

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Add a trial that runs, or one that is given."""
        number = self.n_begun
        self.n_begun += 1
        if template_trial is None:
            kept = KeptTrial.running(number)
        else:
            kept = KeptTrial.like(template_trial, number)
            self._n_waiting += kept.state is TrialState.WAITING
            kept = EndedTrial.of(kept) if kept.state.is_finished() else kept
        self._trials.append(kept)
        self._by_number[number] = kept
        if not kept.state.is_finished():
            self._open_ones[number] = kept
        elif kept.state is TrialState.COMPLETE:
            self._complete.append(kept)
        return number

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        """Set a param of a trial that runs."""
        kept = self._open(trial_id)
        known = self._ranges.get(param_name, distribution)
        if known is not distribution:
            check_distribution_compatibility(known, distribution)
        self._ranges[param_name] = distribution
        kept.params[param_name] = distribution.to_external_repr(param_value_internal)
        kept.distributions[param_name] = distribution

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Set the state of a trial, and its values if there are any; False if another has begun it."""
        kept = self._open(trial_id)
        if state is TrialState.RUNNING and kept.state is not TrialState.WAITING:
            return False
        self._n_waiting -= kept.state is TrialState.WAITING
        if values is not None:
            kept.values = list(values)
        if state is TrialState.RUNNING:
            kept.datetime_start = datetime.now()
        kept.state = state
        if state.is_finished():
            kept.datetime_complete = datetime.now()
            del self._open_ones[trial_id]
            self._keep(EndedTrial.of(kept))
        return True

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        """Set the value of a step of a trial that runs."""
        self._open(trial_id).intermediate_values[step] = intermediate_value

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set an attribute of a trial that runs."""
        self._open(trial_id).user_attrs[key] = value

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set an attribute of a trial that runs."""
        kept = self._open(trial_id)
        kept.system_attrs = {**kept.system_attrs, key: value}

    def put_back(self, trial_id: int, noted: Mapping[str, Any]) -> None:
        """Set attributes of a trial, be it over, that a sampler has set in an earlier run."""
        kept = self._kept(trial_id)
        if isinstance(kept, EndedTrial):
            kept.put_back(noted)
        else:
            kept.system_attrs = {**kept.system_attrs, **noted}

    def get_trial_system_attrs(self, trial_id: int) -> dict[str, Any]:
        """Return the attributes that samplers have set."""
        return dict(self._kept(trial_id).system_attrs)

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        """Return the id of a trial."""
        return self._kept(trial_number).number

    def get_trial_number_from_id(self, trial_id: int) -> int:
        """Return the number of a trial."""
        return self._kept(trial_id).number

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return a trial, to be looked at as it goes on."""
        return self._kept(trial_id)

    def snapshot(self, trial_id: int) -> FrozenTrial:
        """Return a trial as it is now."""
        return self._kept(trial_id).snapshot()

    def params(self, trial_id: int) -> dict[str, Any]:
        """Return the params of a trial, to be looked at."""
        return self._kept(trial_id).params

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Return all trials in some states as they are now."""
        if states == (TrialState.WAITING,) and not self._n_waiting:
            return []
        if states == (TrialState.COMPLETE,):
            return [*self._complete]
        found: list[FrozenTrial] = [*self._trials]
        for number, one in self._open_ones.items():
            found[self._place(number)] = copy.deepcopy(one) if deepcopy else one.snapshot()
        return found if states is None else [one for one in found if one.state in states]

    def forget(self, numbers: Collection[int]) -> None:
        """Forget finished trials."""
        if numbers:
            self._trials = [one for one in self._trials if one.number not in numbers]
            self._by_number = {one.number: one for one in self._trials}
            self._complete = [one for one in self._complete if one.number not in numbers]

    def _keep(self, ended: EndedTrial) -> None:
        """Put a trial that is over in the place of the one that ran."""
        self._trials[self._place(ended.number)] = self._by_number[ended.number] = ended
        if ended.state is TrialState.COMPLETE:
            if self._complete and self._complete[-1].number > ended.number:
                insort(self._complete, ended)
            else:
                self._complete.append(ended)

    def _place(self, number: int) -> int:
        """Return where an open trial stands among those that are not forgotten."""
        if len(self._trials) == self.n_begun:
            return number
        return bisect_left(self._trials, number, key=lambda one: one.number)

    def _kept(self, trial_id: int) -> KeptTrial:
        if trial_id not in self._by_number:
            raise KeyError(f"no trial {trial_id}")
        return self._by_number[trial_id]

    def _open(self, trial_id: int) -> KeptTrial:
        kept = self._open_ones.get(trial_id)
        if kept is None:
            kept = self._kept(trial_id)
            self.check_trial_is_updatable(trial_id, kept.state)
        return kept
