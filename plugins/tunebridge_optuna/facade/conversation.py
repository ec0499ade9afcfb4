"""What is said between a study of Optuna's and a backend: asked for each trial, told of each end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from tunebridge import Direction, Outcome, OutcomeState, Session, Suggestion, logger_of
from tunebridge_optuna.facade.declared import DeclaredSpace
from tunebridge_optuna.facade.ended import EndedTrial, Extremes, ended
from tunebridge_optuna.facade.opening import Opening
from tunebridge_optuna.facade.proposal import NOTHING, Proposal

logger = logger_of(__name__)


class Conversation:
    """All that is said about one study.

    A session is opened when one is needed, and another when the space has become another one: it is told of
    all that has ended.

    Args:
        opening: How sessions are opened.
        frame: The space, as far as it is known.
        study: The study.
    """

    def __init__(self, opening: Opening, frame: DeclaredSpace, study: optuna.Study) -> None:
        """Say nothing yet: a trial that suggests nothing needs no proposal."""
        self._opening = opening
        self._frame = frame
        self._name = study.study_name
        self._directions = directions_of(study)
        self._session: Session | None = None
        self._n_sessions = 0
        self._proposals: dict[int, Proposal] = {}
        self._waiting: list[Suggestion] = []
        self._handed: dict[int, set[str]] = {}
        self._is_queue = False
        self._ended: dict[int, EndedTrial] = {}
        self._own: set[int] = set()
        self._n_known = 0
        self._extremes = Extremes(self._directions)
        self._is_silent = False

    def begin(self, number: int) -> None:
        """Take note of a trial that this process has begun."""
        self._own.add(number)

    def value(self, study: optuna.Study, trial: FrozenTrial, name: str, wanted: BaseDistribution) -> Any:
        """Return what a suggestion of a trial gets."""
        if trial.number not in self._proposals:
            self._take_others(study)
            self._proposals[trial.number] = self._propose(trial.number) if self._frame.space else NOTHING
        self._handed.setdefault(trial.number, set()).add(name)
        return self._frame.value(name, wanted, self._proposals[trial.number], trial)

    def end(self, trial: EndedTrial) -> None:
        """Take the end of a trial in, and tell the backend of it."""
        if trial.number in self._ended:
            return
        proposal = self._proposals.pop(trial.number, NOTHING)
        handed = self._handed.pop(trial.number, set())
        self._is_queue = any(name in proposal.active and name not in handed for name in trial.params)
        self._ended[trial.number] = trial
        if self._frame.take(trial):
            self._close()
        elif self._session is not None:
            self._tell(self._session, trial, proposal)

    def is_exhausted(self) -> bool:
        """Return whether there is nothing more to propose, as a finite backend knows."""
        if not self._opening.backend.spec.capabilities.finite or self._session is None or self._waiting:
            return False
        following = self._session.ask()
        self._waiting += [] if following is None else [following]
        return following is None

    def _take_others(self, study: optuna.Study) -> None:
        """Take in the trials that have ended elsewhere: in other processes, or before."""
        new = []
        for trial in reversed(study.get_trials(deepcopy=False)):
            if trial.number < self._n_known:
                break
            if trial.state.is_finished() and trial.number not in self._ended:
                new.append(trial)
        for trial in reversed(new):
            self.end(ended(trial))
        while self._n_known in self._ended:
            self._n_known += 1

    def _propose(self, number: int) -> Proposal:
        session = self._session or self._open(number)
        suggestion = None if self._waiting and not self._is_queue else session.ask()
        if suggestion is None and self._waiting:
            suggestion = self._waiting.pop(0)
        if suggestion is None:
            logger.warning("%s has proposed all that it can, and begins again", self._opening.name)
            self._close()
            session = self._open(number)
            suggestion = session.ask()
        active = {} if suggestion is None else self._frame.space.active(suggestion.params)
        return Proposal(session=session, suggestion=suggestion, active=active)

    def _open(self, number: int) -> Session:
        """Open a session for a trial, and tell it of all that has ended."""
        first = self._n_sessions == 0 and self._own.issuperset(range(number))
        space = self._frame.space
        session = self._opening.session(space, self._directions, self._name, 0 if first else number)
        self._n_sessions += 1
        self._session = session
        self._extremes = Extremes(self._directions)
        for _, trial in sorted(self._ended.items()):
            self._tell(session, trial, NOTHING)
        return session

    def _close(self) -> None:
        """Give up the session: trials that it proposed and that still run are others' to the next one."""
        if self._session is not None:
            self._session.close()
        self._session = None
        self._waiting.clear()

    def _tell(self, session: Session, trial: EndedTrial, proposal: Proposal) -> None:
        """Tell a session of a trial: as the end of its suggestion, or else of a trial of others.

        A suggestion that a queue has changed is proposed once more, so that it comes to an end, too; but not
        while the queue goes on, which would use it for each of its trials.
        """
        suggestion = proposal.suggestion if proposal.session is session else None
        if suggestion is not None and proposal.is_left(trial):
            self._waiting.append(suggestion)
            suggestion = None
        params = suggestion.params if suggestion is not None else self._params(trial, proposal)
        if params is None:
            return
        values = None if trial.values is None else self._extremes.finite(trial.values)
        is_lost = trial.values is not None and values is None
        session.tell(
            Outcome(
                suggestion_id=None if suggestion is None else suggestion.id,
                params=params,
                state=OutcomeState.FAILED if is_lost else trial.state,
                values=values,
                reports=trial.reports,
                limits=trial.limits,
            )
        )

    def _params(self, trial: EndedTrial, proposal: Proposal) -> Mapping[str, Any] | None:
        """Return what a trial got as params of the space; None, said once, if they are none."""
        try:
            return self._frame.params(trial, proposal.params)
        except (LookupError, ValueError) as error:
            if not self._is_silent and trial.state is OutcomeState.COMPLETE:
                self._is_silent = True
                logger.warning(
                    "%s is not told of trial %d, nor of others like it: %s",
                    self._opening.name,
                    trial.number,
                    error,
                )
            return None


def directions_of(study: optuna.Study) -> tuple[Direction, ...]:
    """Return the directions of a study of Optuna's."""
    return tuple(Direction(way.name.lower()) for way in study.directions)
