"""One of Optuna's own samplers, beside a space that was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Space
from tunebridge_optuna.facade.declared import DeclaredSpace


class GuardedSampler(BaseSampler):
    """A sampler of Optuna's that refuses what is not in a declared space, and is otherwise unchanged.

    Args:
        own: Optuna's sampler.
        space: The declared space.
    """

    def __init__(self, own: BaseSampler, space: Space) -> None:
        """Hold the sampler."""
        self.own = own
        self._space = DeclaredSpace(space, 0)

    def __str__(self) -> str:
        """Return the name of Optuna's sampler."""
        return str(self.own)

    def reseed_rng(self) -> None:
        """Reseed Optuna's sampler."""
        self.own.reseed_rng()

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return what Optuna's sampler wants to sample together."""
        return self.own.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return what Optuna's sampler has sampled together."""
        return self.own.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return what Optuna's sampler has sampled for a suggestion of the declared space.

        Raises:
            SpaceError: The suggestion is not in it.
        """
        self._check({**trial.distributions, param_name: param_distribution})
        return self.own.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Let Optuna's sampler prepare a trial."""
        self.own.before_trial(study, trial)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Let Optuna's sampler end a trial, whose suggestions are looked at once more.

        Raises:
            SpaceError: One is not in the declared space.
        """
        self.own.after_trial(study, trial, state, values)
        self._check(trial.distributions)

    def _check(self, wanted: Mapping[str, BaseDistribution]) -> None:
        for name, distribution in wanted.items():
            if not distribution.single():
                self._space.check(name, distribution)
