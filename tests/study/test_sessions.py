"""A session for a loop of one's own: it proposes what a study's would."""

from dataclasses import replace
from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1), k=tb.Int(1, 3), c=tb.Categorical(["a", "b"]))


def outcome(suggestion: tb.Suggestion, value: float) -> tb.Outcome:
    state = tb.OutcomeState.COMPLETE
    return tb.Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state, values=(value,))


def value_of(params: tb.Trial) -> float:
    return float((params["x"] - 0.3) ** 2 + params["k"])


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_it_proposes_what_a_study_does(backend: str) -> None:
    record = tb.tune(tb.Problem(value_of, SPACE), backend=backend, n_trials=25, seed=3).trials
    session = tb.open_session(SPACE, backend, seed=3, n_trials=25)
    found = []
    for _ in range(25):
        suggestion = session.ask() or pytest.fail("exhausted")
        found.append(dict(suggestion.params))
        session.tell(outcome(suggestion, (found[-1]["x"] - 0.3) ** 2 + found[-1]["k"]))
    session.close()
    assert found == [dict(trial.params) for trial in record]


def test_what_violates_a_constraint_is_never_proposed() -> None:
    space = tb.Space(SPACE, constraints=[tb.Constraint(lambda params: params["k"] == 2, "k is 2")])
    session = tb.open_session(space, "optuna:random", seed=0)
    assert {(session.ask() or pytest.fail("exhausted")).params["k"] for _ in range(10)} == {2}


def test_a_constraint_that_nothing_keeps_ends_it_with_the_next_step() -> None:
    space = tb.Space(x=tb.Int(1, 3), constraints=[tb.Constraint(lambda params: False, "never")])
    session = tb.open_session(space, "sklearn:random", seed=0)
    with pytest.raises(tb.ProblemError, match=r"constraint 'never'\n.*loosen"):
        session.ask()


def test_a_backend_that_takes_no_trials_of_others_says_so() -> None:
    deaf = replace(tb.backend("sklearn:grid").spec, capabilities=tb.Capabilities())
    session = tb.open_session(tb.Space(x=tb.Int(1, 3)), tb.Backend(deaf, {}))
    told = session.tell(tb.Outcome(suggestion_id=None, params={"x": 1}, state=tb.OutcomeState.FAILED))
    assert told == "not told: sklearn:grid does not accept trials of others"


def test_what_a_study_would_refuse_is_refused() -> None:
    with pytest.raises(tb.SpaceError, match="expected a tunebridge"):
        tb.open_session({"x": (0, 1)}, "optuna:tpe")  # type: ignore[arg-type]
    with pytest.raises(tb.TranslationError, match="x"):
        tb.open_session(tb.Space(x=tb.Float(0, 1)), "sklearn:grid")
    with pytest.raises(tb.ProblemError, match="seed"):
        tb.open_session(SPACE, "optuna:tpe", seed=-1)
    weighted = tb.Space(c=tb.Categorical(["a", "b"], weights=[1, 3]))
    with pytest.raises(tb.TranslationError, match="lossy"):
        tb.open_session(weighted, "optuna:tpe")
    assert tb.open_session(weighted, "optuna:tpe", on_lossy="warn").ask() is not None


@pytest.mark.parametrize("directions", ["up", ["minimize", "down"], [], 3])
def test_what_is_no_direction_is_named_as_a_problem_names_it(directions: Any) -> None:
    for call in (tb.open_session, tb.explain):
        with pytest.raises(tb.ProblemError, match=r"is no direction|is empty|direction must be"):
            call(SPACE, "optuna:tpe", directions=directions)


def test_one_direction_alone_stands_for_a_list_of_one() -> None:
    found = [
        (
            tb.open_session(SPACE, "optuna:tpe", directions=directions, seed=0).ask() or pytest.fail("none")
        ).params
        for directions in ("maximize", ["maximize"])
    ]
    assert found[0] == found[1]
