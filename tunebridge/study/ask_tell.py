"""A study's talk with a backend's session: what may not be evaluated is rejected, and never costs a trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from time import monotonic, perf_counter
from typing import Any, TypeVar

from tunebridge.contract.beyond import Beyond
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.contract.session import Deciding, Heeding, Preparing, Session, Suggestion
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.result.carried import NOT_TOLD
from tunebridge.result.failure import InfeasibleError, StudyFailedError
from tunebridge.space.natural import to_natural
from tunebridge.space.space import MAX_REJECTIONS, Space
from tunebridge.stores.damage import UNFIT
from tunebridge.stores.kept_session import KeptSession
from tunebridge.study.evaluated import EvaluatedPoints
from tunebridge.study.keepsakes import Keepsakes
from tunebridge.study.outcomes import outcome_of
from tunebridge.trial.origin import Origin
from tunebridge.trial.track import PLAIN, Rejected, SessionState, Track
from tunebridge.values import passing

logger = logger_of(__name__)

T = TypeVar("T")

Failed = Callable[[str, str, type[StudyFailedError]], StudyFailedError]
"""Takes a message, a hint and a kind, and returns the error that ends the study, with its result."""

MAX_REJECTION_SECONDS = 60.0
"""Seconds of rejected suggestions in a row that end a study."""


UNFIT_STATE = (*UNFIT, AttributeError)
"""What a session raises that is given a state, or a suggestion, that is none of its own."""


class Diverged(Exception):  # a signal: the study goes on another way
    """A session, asked again, does not propose what it proposed before."""


@passing
class Proposal:
    """A suggestion that may be evaluated."""

    suggestion: Suggestion
    """What the backend proposes."""
    rejected: int
    """How many suggestions were rejected before it."""
    track: Track
    """What takes it up in another session."""
    state: SessionState | None
    """What the session kept of itself before; None for nothing."""

    def origin(self, *, backend: str, segment: int, asked: int) -> Origin:
        """Return how a trial of it came about."""
        return Origin(
            backend=backend,
            segment=segment,
            asked=asked,
            rejected=self.rejected,
            by=self.suggestion.by,
            decided=self.suggestion.decided,
            track=self.track,
            state=self.state,
        )


class AskTell:
    """One session of a study.

    Args:
        session: The backend's session.
        backend: The backend's name.
        space: The declared space.
        takes_foreign: Whether the session is told of trials that it did not propose.
        beyond: What the session is told of trials beyond their limits.
        resampled: The points that are not to be evaluated again; None for none.
        is_finite: Whether the session comes to an end by itself, however many of its points are those.
        is_stored: Whether it is kept what leads to each suggestion.
        is_restorable: Whether states of the session are kept.
        looks_ahead: Whether its option says that the session is to propose ahead.
        failed: Makes the error of a study that cannot go on.
    """

    def __init__(
        self,
        session: Session,
        *,
        backend: str,
        space: Space,
        takes_foreign: bool,
        beyond: Beyond,
        resampled: EvaluatedPoints | None,
        is_finite: bool,
        is_stored: bool,
        is_restorable: bool,
        looks_ahead: bool,
        failed: Failed,
    ) -> None:
        """Begin with nothing rejected."""
        self._session = session
        self._takes_foreign = takes_foreign
        self._beyond = beyond
        self._backend = backend
        self._space = space
        self._resampled = resampled
        self._is_finite = is_finite
        self._failed = failed
        self._looks_ahead = looks_ahead
        self._foreseen: list[Suggestion] = []
        self._rejects = space.constrained or resampled is not None
        self._kept = Keepsakes(session, space, is_stored=is_stored, is_restorable=is_restorable)
        self._broken = ""

    def ask(self) -> Proposal | None:
        """Return the next suggestion that may be evaluated, or None when the backend has no more.

        Raises:
            InfeasibleError: 1,000 suggestions in a row, or those of 60 s, were rejected.
            StudyFailedError: The library or a constraint raised.
        """
        begun, rejected, infeasible = monotonic(), 0, True
        state = None if self._kept.restorable is None else self._consult(self._kept.due_state)
        steps: list[Rejected] = []
        while (suggestion := self._asked(self._session.ask)) is not None:
            outcome = self._consult(self._rejection, suggestion) if self._rejects else None
            if outcome is None:
                track = self._consult(self._kept.track, suggestion, steps) if self._kept.has_marks else PLAIN
                return Proposal(suggestion=suggestion, rejected=rejected, track=track, state=state)
            if self._kept.has_marks:
                steps.append(self._consult(self._kept.rejected, suggestion))
            self.tell(outcome)
            rejected += 1
            infeasible &= outcome.state is OutcomeState.INFEASIBLE
            if self._is_finite and not infeasible:
                continue
            if rejected == MAX_REJECTIONS or monotonic() - begun > MAX_REJECTION_SECONDS:
                if infeasible:
                    raise self.infeasible(rejected)
                logger.warning("%d suggestions of %s in a row were evaluated before", rejected, self._backend)
                return None
        return None

    @cached_property
    def _ahead(self) -> Preparing | None:
        return self._session if isinstance(self._session, Preparing) else None

    @cached_property
    def _heeding(self) -> Heeding | None:
        return self._session if isinstance(self._session, Heeding) else None

    def prepare(self, *, side_by_side: bool) -> bool:
        """Have the session propose ahead, if it is to, and return whether it did.

        Args:
            side_by_side: Whether several trials run at a time in no fixed order: a session may do so by
                itself then, without the option.

        Raises:
            StudyFailedError: The library raised.
        """
        if not (self._looks_ahead or side_by_side) or self._ahead is None:
            return False
        return self._consult(self._ahead.prepare)

    @property
    def is_infeasible(self) -> bool:
        """Whether a constraint has rejected something."""
        return bool(self._broken)

    def infeasible(self, rejected: int | None = None) -> StudyFailedError:
        """Return the error of a study whose suggestions violate a constraint."""
        many = "all" if rejected is None else str(rejected)
        return self._failed(
            f"{many} suggestions of {self._backend} in a row violate the constraint {self._broken!r}",
            "loosen the constraint, or narrow the space to where it holds",
            InfeasibleError,
        )

    def tell(self, outcome: Outcome) -> str:
        """Tell the session, and return how it has told its library.

        Raises:
            StudyFailedError: The library raised.
        """
        if outcome.suggestion_id is None and not self._takes_foreign:
            return f"{NOT_TOLD}: {self._backend} does not accept trials of others"
        self._kept.called()
        said, note = self._beyond.told(outcome)
        return self._consult(self._session.tell, said) + note

    def heed(self, params: Mapping[str, Any]) -> int | None:
        """Take in that a trial runs elsewhere; return the session's id for it, None if it takes no notice.

        Raises:
            StudyFailedError: The library raised.
        """
        return None if self._heeding is None else self._consult(self._heeding.heed, params)

    @property
    def is_restorable(self) -> bool:
        """Whether the session's states are kept."""
        return self._kept.restorable is not None

    def repeat(self, params: Mapping[str, Any], origin: Origin) -> int:
        """Bring the session to where it had proposed params, and return the id of that suggestion.

        Args:
            params: Flat params.
            origin: How they came about.

        Raises:
            Diverged: It proposes something else now.
        """
        if self._kept.recalling is not None and len(origin.track.rejected) == origin.rejected:
            return self.take_up(params, origin)
        for _ in range(origin.rejected):
            self._reject(self._repeated(origin.decided))
        if self._kept.recalling is not None:
            return self._taken(params, {}).id
        suggestion = self._repeated(origin.decided)
        if to_natural(self._space, suggestion.params) != to_natural(self._space, params):
            raise Diverged(f"asked again, {self._backend} proposes {brief(dict(suggestion.params))}")
        return suggestion.id

    def fix_order(self) -> None:
        """Let the session decide nothing by a clock from now on."""
        if isinstance(self._session, Deciding):
            self._session.decide_nothing()

    def take_up(self, params: Mapping[str, Any], origin: Origin) -> int:
        """Do as `repeat` does without asking the sampler: it is where it was after `restore` only.

        Raises:
            Diverged: What leads there was not kept.
        """
        if len(origin.track.rejected) != origin.rejected:
            raise Diverged("what was rejected was not kept")
        for one in origin.track.rejected:
            self._reject(self._taken(one.params, one.mark))
        return self._taken(params, origin.track.mark).id

    def foresee(self, params: Mapping[str, Any], origin: Origin, *, asks: bool) -> None:
        """Bring the session to where it had proposed ahead what the next ask has led to.

        Args:
            params: Flat params of what that ask has led to.
            origin: How they came about; the first of those rejected, if there are any, was made ahead.
            asks: Whether the sampler may be asked.

        Raises:
            Diverged: What was rejected was not kept, and the sampler may not be asked.
        """
        track = origin.track
        is_kept = len(track.rejected) == origin.rejected and (not asks or self._kept.recalling is not None)
        if is_kept:
            first, *_ = (*track.rejected, Rejected(params=params, mark=track.mark))
            self._foreseen.append(self._take(first.params, first.mark))
        elif asks:
            self.prepare(side_by_side=True)
        else:
            raise Diverged("what was rejected was not kept")

    def restore(self, kept: KeptSession) -> None:
        """Give the session the state that it had before its next ask.

        Raises:
            Diverged: The state does not fit.
        """
        try:
            self._kept.restore(kept.calls, kept.state)
        except UNFIT_STATE as error:
            raise Diverged(f"the state kept of {self._backend} does not fit: {brief(error)}") from error

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _asked(self, ask: Callable[..., Suggestion | None], *decided: str) -> Suggestion | None:
        begun = perf_counter()
        suggestion = self._foreseen.pop() if self._foreseen else self._consult(ask, *decided)
        self._kept.called(perf_counter() - begun)
        return suggestion

    def _repeated(self, decided: str) -> Suggestion:
        if isinstance(self._session, Deciding):
            suggestion = self._asked(self._session.ask_again, decided)
        else:
            suggestion = self._asked(self._session.ask)
        if suggestion is None:
            raise Diverged(f"asked again, {self._backend} is exhausted")
        return suggestion

    def _taken(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        suggestion = self._foreseen.pop() if self._foreseen else self._take(params, mark)
        self._kept.called()
        return suggestion

    def _take(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        try:
            return self._kept.take_up(params, mark)
        except UNFIT_STATE as error:
            raise Diverged(
                f"{self._backend} does not take up {brief(dict(params))}: {brief(error)}"
            ) from error

    def _reject(self, suggestion: Suggestion) -> None:
        outcome = self._consult(self._rejection, suggestion)
        if outcome is None:
            raise Diverged("a suggestion that was rejected is none now")
        self.tell(outcome)

    def _rejection(self, suggestion: Suggestion) -> Outcome | None:
        """Return what to tell of a suggestion that is not to be evaluated, or None for all others."""
        violated = self._space.violated(suggestion.params)
        if violated is not None:
            self._broken = violated.reason
            state = OutcomeState.INFEASIBLE
            return Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state)
        twin = None if self._resampled is None else self._resampled.find(suggestion.params)
        return (
            None
            if twin is None
            else outcome_of(replace(twin.record, params=suggestion.params), suggestion.id)
        )

    def _consult(self, call: Callable[..., T], *arguments: Any) -> T:
        """Call the library or a constraint; if it raises, the study ends with its result."""
        try:
            return call(*arguments)
        except Exception as error:
            message = f"{self._backend} could not go on: {brief(error)}"
            raise self._failed(message, "error.result has all trials up to here", StudyFailedError) from error
