"""A sampler asked and told by the methods that Optuna publishes for samplers.

`Study.ask` copies the trial for each of its params, and `Study.tell` once more; what is drawn, and in which
order, is the same here. Where there is more to it, as with Hyperband's brackets, the study itself is asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study, Trial
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.pruners import HyperbandPruner
from optuna.trial import FrozenTrial, TrialState

from tunebridge_optuna.memory import SessionStorage
from tunebridge_optuna.quick import quick


class Direct:
    """A study's sampler.

    Args:
        study: The study, whose sampler may be exchanged.
        storage: What it is kept in.
        native: The distributions of all params, by name; none of one value.
    """

    def __init__(self, study: Study, storage: SessionStorage, native: Mapping[str, BaseDistribution]) -> None:
        """Prepare the distributions that samplers see."""
        self._study = study
        self._storage = storage
        self.distributions = {name: quick(one) for name, one in native.items()}
        """What samplers see, by name."""
        self._both = [(name, one, self.distributions[name]) for name, one in native.items()]

    @staticmethod
    def is_enough(study: Study, native: Mapping[str, BaseDistribution]) -> bool:
        """Return whether the study itself has nothing to add."""
        return not isinstance(study.pruner, HyperbandPruner) and not any(map(_is_special, native.values()))

    def ask(self) -> Trial:
        """Return a new trial with all its params."""
        trial = self._study.ask()
        sampler, running = self._study.sampler, self._storage.get_trial(trial.number)
        params, distributions = running.params, running.distributions
        relative = trial.relative_params if self._both else {}
        for name, native, shown in self._both:
            if not (name in relative and _holds(native, internal := native.to_internal_repr(relative[name]))):
                drawn = sampler.sample_independent(self._study, running, name, shown)
                internal = native.to_internal_repr(drawn)
            params[name], distributions[name] = native.to_external_repr(internal), shown
        return trial

    def tell(self, trial: Trial, values: Sequence[float] | None, state: TrialState) -> None:
        """End a trial."""
        ended = self._storage.get_trial(trial.number)
        told = _last_value(ended) if state is TrialState.PRUNED else values and [*map(float, values)]
        try:
            self._study.sampler.after_trial(self._study, ended, state, told)
        finally:
            self._storage.set_trial_state_values(trial.number, state, told)


def _is_special(native: BaseDistribution) -> bool:
    return native.single() or (isinstance(native, FloatDistribution) and native.step is not None)


def _holds(native: BaseDistribution, internal: float) -> bool:
    """Return whether a distribution holds what a sampler has drawn for all params together."""
    if isinstance(native, FloatDistribution):
        return native.low <= internal <= native.high
    if isinstance(native, IntDistribution):
        return native.low <= internal <= native.high and (internal - native.low) % native.step == 0
    return True  # a choice that is none has no place among them


def _last_value(pruned: FrozenTrial) -> list[float] | None:
    step = pruned.last_step
    value: Any = math.nan if step is None else pruned.intermediate_values[step]
    return None if math.isnan(value) else [float(value)]
