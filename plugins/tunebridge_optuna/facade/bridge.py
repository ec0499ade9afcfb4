"""A sampler of Optuna's that asks and tells a backend of tunebridge's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from threading import RLock
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Space
from tunebridge_optuna.facade.conversation import Conversation, directions_of
from tunebridge_optuna.facade.declared import DeclaredSpace
from tunebridge_optuna.facade.ended import ended
from tunebridge_optuna.facade.grown import GrownSpace
from tunebridge_optuna.facade.opening import Opening


class BridgeSampler(BaseSampler):
    """A sampler for studies of Optuna's whose params a backend proposes.

    It may serve several studies and threads. A copy, and one that was pickled, begins a session of its own,
    which is told of the study's trials.

    Args:
        opening: How sessions are opened.
        space: The declared space; None if it is to be found.
        keeper: A sampler of Optuna's that notes the constraints of each trial, as it does for itself.
    """

    def __init__(self, opening: Opening, space: Space | None, keeper: BaseSampler | None = None) -> None:
        """Say nothing yet."""
        self._opening = opening
        self._space = space
        self._keeper = keeper
        self._lock = RLock()
        self._conversations: dict[str, Conversation] = {}

    def check(self, study: optuna.Study) -> None:
        """Check, before the first trial, that the backend can do what a study asks for.

        Raises:
            TunebridgeError: It cannot; the message says what.
        """
        self._opening.check(self._space, directions_of(study))

    def __str__(self) -> str:
        """Return the call that makes it."""
        return f"tunebridge_optuna.sampler({self._opening.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without sessions, which belong to this process."""
        return type(self), (self._opening, self._space, self._keeper)

    def reseed_rng(self) -> None:
        """Do nothing: threads share one session, and another process draws by the numbers of its trials."""

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return nothing: each suggestion is looked up when it is made."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Take note that a trial begins here."""
        with self._lock:
            self._conversation(study).begin(trial.number)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return what the backend proposes for a suggestion; it is asked at the first one of a trial.

        Raises:
            SpaceError: The suggestion is not in the declared space.
        """
        with self._lock:
            return self._conversation(study).value(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tell the backend how a trial has ended; when it is exhausted, the study stops."""
        constraints = None
        if self._keeper is not None:
            self._keeper.after_trial(study, trial, state, values)
            constraints = _now(study, trial).constraints
        with self._lock:
            conversation = self._conversation(study)
            conversation.end(ended(trial, state, values, constraints))
            if conversation.is_exhausted():
                with suppress(RuntimeError):
                    study.stop()

    def _conversation(self, study: optuna.Study) -> Conversation:
        if study.study_name not in self._conversations:
            seed = self._opening.seed
            frame = GrownSpace(seed) if self._space is None else DeclaredSpace(self._space, seed)
            if len(study.directions) > 1:
                self.check(study)
            self._conversations[study.study_name] = Conversation(self._opening, frame, study)
        return self._conversations[study.study_name]


def _now(study: optuna.Study, trial: FrozenTrial) -> FrozenTrial:
    """Return a trial as the storage has it now."""
    trials = reversed(study.get_trials(deepcopy=False))
    return next((one for one in trials if one.number == trial.number), trial)
