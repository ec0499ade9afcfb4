"""A session for a loop that is no study's: that of another library, which keeps its trials itself."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.budget import Budget
from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.beyond import Beyond
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.contract.pruner import Pruner
from tunebridge.contract.session import Session, Suggestion
from tunebridge.errors import ProblemError
from tunebridge.policy import OnLossy
from tunebridge.problem.problem import Direction, read_directions
from tunebridge.registry.choice import Backend, backend
from tunebridge.result.carried import NOT_TOLD
from tunebridge.space.space import MAX_REJECTIONS, Space
from tunebridge.study.seeds import read_seed
from tunebridge.translate import check_translation


def open_session(
    space: Space,
    backend_name: str | Backend,
    *,
    directions: str | Sequence[str] = Direction.MINIMIZE,
    seed: int | None = None,
    n_trials: int | None = None,
    study_name: str | None = None,
    pruner: Pruner | None = None,
    on_lossy: OnLossy = "error",
) -> Session:
    """Open a session of a backend for a loop of your own; it proposes what a study's would.

    What violates a constraint of the space is rejected, and never proposed. Trials of others are told to
    backends that accept them; for the others the answer says that they were not.

    Args:
        space: The declared space.
        backend_name: A backend's name, or what `tunebridge.backend` returns.
        directions: One per objective; one alone stands for a list of one.
        seed: Fixes what is proposed; a fresh one if None.
        n_trials: Trials of the whole loop, if limited.
        study_name: Some libraries draw from it; made of the seed if None, as a study's is.
        pruner: The open pruner of the loop, for libraries whose sampler depends on it.
        on_lossy: What to do about a lossy translation: "error" or "warn".

    Raises:
        TranslationError: The backend cannot propose the space faithfully.
        UnsupportedError: The backend lacks a capability that the space or the directions need.
        MissingLibraryError: Its library is not installed.
        ProblemError: A direction or the seed is none, or the number of trials is, which some backends need
            to know.
    """
    Budget(n_trials=n_trials, max_seconds=None)
    sure, ways = read_seed(seed), read_directions(directions)
    chosen = backend(backend_name).settled(space, ways)
    request = OpenRequest(
        space=space,
        translation=check_translation(space, ways, chosen, n_trials, on_lossy),
        options=chosen.options,
        directions=ways,
        seed=sure,
        n_trials=n_trials,
        study_name=study_name or f"tunebridge-{sure}",
        pruner=pruner,
    )
    return _Feasible(chosen, space, chosen.spec.open(request), Beyond(ways, chosen.spec.capabilities))


class _Feasible:
    """A session that proposes what keeps the constraints, and takes trials of others if its library does."""

    def __init__(self, chosen: Backend, space: Space, session: Session, beyond: Beyond) -> None:
        """Hold the session."""
        self._chosen = chosen
        self._space = space
        self._session = session
        self._beyond = beyond

    def ask(self) -> Suggestion | None:
        """Return the next suggestion that keeps the constraints, or None when the space is exhausted.

        Raises:
            ProblemError: 1,000 in a row violate one.
        """
        reason, name = "", self._chosen.spec.name
        for _ in range(MAX_REJECTIONS):
            suggestion = self._session.ask()
            violated = None if suggestion is None else self._space.violated(suggestion.params)
            if suggestion is None or violated is None:
                return suggestion
            reason, state = violated.reason, OutcomeState.INFEASIBLE
            self.tell(Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state))
        raise ProblemError(
            f"{MAX_REJECTIONS} suggestions of {name} in a row violate the constraint {reason!r}",
            hint="loosen the constraint, or narrow the space to where it holds",
        )

    def tell(self, outcome: Outcome) -> str:
        """Tell the library of the end of a trial, and return how."""
        if outcome.suggestion_id is None and not self._chosen.spec.capabilities.takes_foreign_trials:
            return f"{NOT_TOLD}: {self._chosen.spec.name} does not accept trials of others"
        said, note = self._beyond.told(outcome)
        return self._session.tell(said) + note

    def close(self) -> None:
        """Close the session."""
        self._session.close()
