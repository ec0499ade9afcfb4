"""Talking to a backend's session directly, without a study in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from tunebridge import (
    Backend,
    Beyond,
    Contextual,
    Direction,
    Heeding,
    OpenRequest,
    Outcome,
    OutcomeState,
    Report,
    Session,
    Space,
    Suggestion,
    Translation,
    explain,
)
from tunebridge.testing.bowl import Bowl

N_TRIALS = 200
"""What a backend that needs a budget is told: more than any test of the suite asks for."""


class Dialogue:
    """A session over one space, told the values of a bowl.

    Args:
        chosen: The backend.
        space: The space; lossy translations are taken.
        seed: The session's seed.
        bowl: Gives the value of flat params; for None the values are best near the upper ends.
        directions: One per objective. All have the same values, negated where they are to be maximised.
        translation: A translation made before; a new one if None.
    """

    def __init__(
        self,
        chosen: Backend,
        space: Space,
        *,
        seed: int = 0,
        bowl: Callable[[Mapping[str, Any]], float] | None = None,
        directions: Sequence[Direction] = (Direction.MINIMIZE,),
        translation: Translation | None = None,
    ) -> None:
        """Open the session."""
        self.bowl = bowl or Bowl(space, far_corner(space))
        self.directions = tuple(directions)
        self._beyond = Beyond(directions, chosen.spec.capabilities)
        self.session: Session = chosen.spec.open(
            OpenRequest(
                space=space,
                translation=translation or explain(space, chosen),
                options=chosen.options,
                directions=self.directions,
                seed=seed,
                n_trials=N_TRIALS if chosen.spec.capabilities.needs_budget else None,
                study_name=f"tunebridge-{seed}",
            )
        )

    def ask(self) -> Suggestion:
        """Return the next suggestion.

        Raises:
            LookupError: The session says that it is exhausted.
        """
        suggestion = self.session.ask()
        if suggestion is None:
            raise LookupError("the session is exhausted, and points of the space are left")
        return suggestion

    def ask_given(self, fixed: Mapping[str, Any]) -> Suggestion:
        """Return the next suggestion with some params fixed.

        Raises:
            LookupError: The session cannot be asked so, or says that it is exhausted.
        """
        suggestion = self.session.ask_given(fixed) if isinstance(self.session, Contextual) else None
        if suggestion is None:
            raise LookupError(
                "the session is not Contextual, or exhausted while points of the space are left"
            )
        return suggestion

    def heed(self, params: Mapping[str, Any]) -> int:
        """Tell that a trial runs elsewhere, and return the session's number for it.

        Raises:
            LookupError: The session takes no notice of such.
        """
        if not isinstance(self.session, Heeding):
            raise LookupError("the session is not Heeding")
        return self.session.heed(params)

    def tell(
        self,
        suggestion: Suggestion,
        state: OutcomeState = OutcomeState.COMPLETE,
        *,
        sign: float = 1.0,
        excess: float | None = None,
    ) -> str:
        """Tell how a suggestion ended.

        Args:
            suggestion: It.
            state: How it ended.
            sign: That of its reports; 0 tells none.
            excess: How far it is beyond a limit; None for no limit.
        """
        outcome = self._outcome(suggestion.id, suggestion.params, state, sign)
        limits = {} if excess is None else {"limit": excess}
        said, note = self._beyond.told(replace(outcome, limits=limits))
        return self.session.tell(said) + note

    def tell_again(self, number: int, params: Mapping[str, Any], state: OutcomeState) -> str:
        """Tell how a suggestion ended that is known by its id."""
        return self.session.tell(self._outcome(number, params, state, 1.0))

    def tell_foreign(self, params: Mapping[str, Any], state: OutcomeState = OutcomeState.COMPLETE) -> str:
        """Tell of a trial that somebody else proposed."""
        return self.session.tell(self._outcome(None, params, state, 1.0))

    def suggestions(self, states: Iterable[OutcomeState], *, sign: float = 1.0) -> Iterator[Suggestion]:
        """Ask once per state, or until the space is exhausted; tell each suggestion after yielding it."""
        for state in states:
            suggestion = self.session.ask()
            if suggestion is None:
                return
            yield suggestion
            self.tell(suggestion, state, sign=sign)

    def proposals(self, states: Iterable[OutcomeState], *, sign: float = 1.0) -> list[Mapping[str, Any]]:
        """Return the params of such suggestions."""
        return [suggestion.params for suggestion in self.suggestions(states, sign=sign)]

    def __enter__(self) -> Self:
        """Return the dialogue."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the session."""
        self.session.close()

    def _outcome(
        self, number: int | None, params: Mapping[str, Any], state: OutcomeState, sign: float
    ) -> Outcome:
        value, way = self.bowl(params), self.directions[0].sign * sign
        is_complete = state is OutcomeState.COMPLETE
        evaluated = sign != 0 and state is not OutcomeState.INFEASIBLE
        return Outcome(
            suggestion_id=number,
            params=params,
            state=state,
            values=tuple(one.sign * value for one in self.directions) if is_complete else None,
            reports=[Report(0, way * (value + 1)), Report(1, way * value)] if evaluated else (),
        )


def far_corner(space: Space) -> dict[str, Any]:
    """Return flat params near the upper end of every parameter: an optimum that is not in the middle."""
    return space.walk(lambda node: node.parameter.quantile(0.9))


def near_corner(space: Space) -> dict[str, Any]:
    """Return flat params near the lower end of every parameter."""
    return space.walk(lambda node: node.parameter.quantile(0.1))
