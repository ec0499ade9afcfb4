"""Sessions that go on from a state that was kept: random numbers, models, and what samplers note in a study.

Optuna's samplers depend on the trials of their study, on their random numbers, and on little else. A trial is
taken up by a sampler that gives what was proposed; the rest is put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, CmaEsSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from tunebridge import OpenRequest, Suggestion
from tunebridge_optuna import private
from tunebridge_optuna.arrays import read, written
from tunebridge_optuna.memory import STUDY_ID
from tunebridge_optuna.session import OptunaSession


class RestorableSession(OptunaSession):
    """A session whose state can be kept; it is opened as `OptunaSession` is."""

    def __init__(self, request: OpenRequest, sampler: str, *, learns_from_foreign: bool) -> None:
        """Make the native study in memory."""
        super().__init__(request, sampler, learns_from_foreign=learns_from_foreign)
        self._name = sampler

    def mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        """Return the native params if they cannot be made of the others, and what the sampler has noted."""
        native = self._storage.get_trial(suggestion.id)
        mark: dict[str, Any] = {}
        if dict(self._encode(suggestion.params)) != native.params:
            mark["params"] = dict(native.params)
        sampler, noted = self._study.sampler, self._storage.get_trial_system_attrs(suggestion.id)
        noted = {key: one for key, one in noted.items() if not private.is_pickled(sampler, key)}
        return {**mark, "noted": noted} if noted else mark

    def state(self) -> Mapping[str, Any] | None:
        """Return random numbers, models, and what the sampler has noted in the study.

        Where params have conditions, a sampler goes by those that all trials had, and it knows that from
        trials which are forgotten, too.
        """
        sampler = self._study.sampler
        goes_by_forgotten = self._remembered.has_forgotten and self._space.conditional
        if goes_by_forgotten or not private.are_there(self._name, sampler):
            return None
        random = {path: _written(rng) for path, rng in private.random_states(self._name, sampler)}
        state = {"random": random, "noted": self._storage.get_study_system_attrs(STUDY_ID)}
        if self._name == "gp":
            state["models"] = private.kernels(sampler)
        if isinstance(sampler, CmaEsSampler):
            from tunebridge_optuna import evolution

            trials = self._storage.get_all_trials(STUDY_ID, deepcopy=False)
            state["distributions"] = evolution.distributions(sampler, trials)
        return state

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Begin a native trial of these params."""
        own, native = self._study.sampler, mark.get("params") or self._encode(params)
        self._study.sampler = Repeating(native)
        try:
            trial = self._study.ask()
            if callable(self._native):
                self._native(trial)
        finally:
            self._study.sampler = own
        if not callable(self._native):
            for path, one in self._native.items():
                self._storage.set_trial_param(trial.number, path, one.to_internal_repr(native[path]), one)
        self._trials[trial.number] = trial
        self._storage.put_back(trial.number, mark.get("noted", {}))
        return Suggestion(trial.number, params)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back what `state` has returned."""
        sampler, random = self._study.sampler, state["random"]
        for path, rng in private.random_states(self._name, sampler):
            rng.set_state(_read(random[path]))
        for key, value in state["noted"].items():
            self._storage.set_study_system_attr(STUDY_ID, key, value)
        if self._name == "gp":
            private.set_kernels(sampler, state["models"])
        if isinstance(sampler, CmaEsSampler):
            from tunebridge_optuna import evolution

            for number, noted in evolution.attributes(sampler, state["distributions"]).items():
                self._storage.put_back(number, noted)


class Repeating(BaseSampler):
    """Gives params that are known.

    Args:
        params: Native params by full path.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Take them."""
        self._params = params

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return nothing: each parameter is asked for by itself."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return what is known."""
        return self._params[param_name]


def _written(rng: np.random.RandomState) -> dict[str, Any]:
    """Return the state of random numbers as JSON."""
    state: Any = rng.get_state(legacy=False)
    return {"generator": state.pop("bit_generator"), **written(state)}


def _read(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state that was written."""
    state: dict[str, Any] = read({name: part for name, part in kept.items() if name != "generator"})
    return {"bit_generator": kept["generator"], **state}
