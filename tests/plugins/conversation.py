"""What the tests of sessions share: one is opened without a study around it, and told of an end."""

from __future__ import annotations

from typing import Any

import pytest

import tunebridge as tb

Params = dict[str, Any]


def opened(
    backend: str | tb.Backend,
    space: tb.Space,
    seed: int = 0,
    direction: str = "minimize",
    n_trials: int | None = None,
) -> tb.Session:
    """Open a session as the loop does."""
    chosen = tb.backend(backend)
    return chosen.spec.open(
        tb.OpenRequest(
            space=space,
            translation=tb.explain(space, chosen),
            options=chosen.options,
            directions=(tb.Direction(direction),),
            seed=seed,
            n_trials=n_trials,
            study_name=f"tunebridge-{seed}",
        )
    )


def tell(
    session: tb.Session,
    state: str,
    value: float | None = None,
    foreign: Params | None = None,
    *,
    asked: tb.Suggestion | None = None,
) -> str:
    """Tell the end of a suggestion, by default the next one, or of a foreign trial."""
    foreigner = tb.Suggestion(-1, foreign) if foreign else None
    suggestion = foreigner or asked or session.ask() or pytest.fail("exhausted")
    return session.tell(
        tb.Outcome(
            suggestion_id=None if foreign else suggestion.id,
            params=suggestion.params,
            state=tb.OutcomeState(state),
            values=None if value is None else (value,),
        )
    )


def tune(
    backend: str | tb.Backend, space: tb.Space, n_trials: int | None, **settings: Any
) -> list[tb.TrialRecord]:
    """Return the trials of a study whose values do not hang on the params."""
    problem = tb.Problem(lambda trial: float(trial.number % 7), space)
    return tb.tune(problem, backend=backend, n_trials=n_trials, **{"seed": 0, **settings}).trials
