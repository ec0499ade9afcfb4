"""The conversation with hyperopt: how outcomes are told, what is pending or foreign, what its options do."""

from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hyperopt import anneal, fmin, hp, tpe

import tunebridge as tb
from tests.plugins.conversation import Params, opened, tell, tune

SPACE = tb.Space(x=tb.Float(0, 1), k=tb.Int(1, 3))
LEARNING = ["hyperopt:tpe", "hyperopt:anneal"]
BACKENDS = [*LEARNING, "hyperopt:random"]


# How outcomes are told


@pytest.mark.parametrize("backend", LEARNING)
def test_each_outcome_is_told_as_its_text_says(backend: str) -> None:
    session = opened(backend, SPACE)
    assert tell(session, "complete", 1.0) == "status ok with its loss"
    assert tell(session, "failed") == "status fail, the worst loss"
    assert tell(session, "infeasible") == "status fail, the worst loss"
    assert tell(session, "complete", 1.0, {"x": 0.5, "k": 2}) == "status ok with its loss, injected"
    assert tell(session, "failed", None, {"x": 0.5, "k": 2}) == "status fail, the worst loss, injected"
    session.close()


@pytest.mark.parametrize("backend", LEARNING)
def test_with_native_failures_a_failure_is_told_as_an_error(backend: str) -> None:
    session = opened(tb.backend(backend, tell_failures="native"), SPACE)
    assert tell(session, "failed") == "job state error, without a result"
    assert tell(session, "complete", 1.0) == "status ok with its loss"
    session.close()


@pytest.mark.parametrize("state", ["complete", "failed", "infeasible"])
def test_random_search_is_told_nothing(state: str) -> None:
    session = opened("hyperopt:random", SPACE)
    value = 1.0 if state == "complete" else None
    assert tell(session, state, value) == "not told: random search does not learn"
    assert tell(session, state, value, {"x": 0.5, "k": 2}) == "not told: random search does not learn"
    session.close()


# Pending and foreign trials


@pytest.mark.parametrize("backend", BACKENDS)
def test_suggestions_that_wait_for_their_outcomes_differ(backend: str) -> None:
    with tb.open_study(tb.Problem(len, SPACE), backend=backend, seed=0) as study:
        for _ in range(25):
            study.tell(study.ask() or pytest.fail("exhausted"), 1.0)
        pending = [study.ask() or pytest.fail("exhausted") for _ in range(20)]
        assert len({trial["x"] for trial in pending}) == 20
        for trial in reversed(pending):
            assert study.tell(trial, 2.0).value == 2.0
        assert len(study.result.complete_trials) == 45


@pytest.mark.parametrize("backend", LEARNING)
def test_outcomes_told_in_another_order_belong_to_their_own_suggestions(backend: str) -> None:
    """Told in order or in reverse, the history is the same, and so is what follows."""
    following = []
    for turn in (1, -1):
        session = opened(backend, SPACE)
        suggestions = [session.ask() or pytest.fail("exhausted") for _ in range(30)]
        for suggestion in suggestions[::turn]:
            value = (float(suggestion.params["x"]),)
            state = tb.OutcomeState.COMPLETE
            session.tell(
                tb.Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state, values=value)
            )
        following.append([dict((session.ask() or pytest.fail("exhausted")).params) for _ in range(5)])
    assert following[0] == following[1]


@pytest.mark.parametrize("backend", LEARNING)
def test_foreign_trials_of_every_kind_and_of_every_branch_are_taken(backend: str) -> None:
    space = tb.Space(
        log=tb.Float(1e-4, 10, log=True),
        stepped=tb.Float(0.1, 0.7, step=0.2),
        log_int=tb.Int(1, 20, log=True),
        stepped_int=tb.Int(1, 10, step=3),
        ordinal=tb.Ordinal([16, "x", None]),
        choice=tb.Categorical([1, True, 1.0], weights=[1, 2, 3]),
        normal=tb.Normal(2, 0.5),
        log_normal=tb.Normal(0, 1, log=True),
        fixed=tb.Constant("c"),
        branch=tb.Categorical({"p": tb.Space(inner=tb.Float(0, 1)), "q": tb.Space()}),
    )
    low: Params = {"log": 1e-4, "stepped": 0.1, "log_int": 1, "stepped_int": 1, "ordinal": 16, "choice": 1}
    high: Params = {
        "log": 10,
        "stepped": 0.7,
        "log_int": 20,
        "stepped_int": 10,
        "ordinal": None,
        "choice": 1.0,
    }
    points = [
        {**low, "normal": -1e6, "log_normal": 1e-9, "branch": "p", "inner": 1},
        {**high, "normal": 1e6, "log_normal": 1e9, "branch": "q"},
    ]
    trials = tune(backend, space, 30, initial=points)
    assert [trial.told for trial in trials[:2]] == ["status ok with its loss, injected"] * 2
    assert {trial.told for trial in trials[2:]} == {"status ok with its loss"}
    assert trials[0].params == {**points[0], "fixed": "c"}


def test_tpe_follows_foreign_trials_to_their_better_branch() -> None:
    branches = {"good": tb.Space(a=tb.Float(0, 1)), "bad": tb.Space(b=tb.Float(0, 1))}
    space = tb.Space(branch=tb.Categorical(branches))

    def share(told: bool, seed: int) -> float:
        session = opened("hyperopt:tpe", space, seed)
        for place in range(60 if told else 0):
            good = place % 2 == 0
            foreign: Params = {"branch": "good", "a": 0.5} if good else {"branch": "bad", "b": 0.5}
            tell(session, "complete", 0.0 if good else 1.0, foreign)
        suggestions = [session.ask() or pytest.fail("exhausted") for _ in range(20)]
        return fmean(suggestion.params["branch"] == "good" for suggestion in suggestions)

    before, after = (fmean(share(told, seed) for seed in range(5)) for told in (False, True))
    assert 0.35 < before < 0.65
    assert after > 0.9


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_space_of_constants_alone_gives_trials(backend: str) -> None:
    """As it does on Optuna and scikit-learn: hyperopt itself has nothing to draw and raises."""
    space = tb.Space(a=tb.Constant(1), b=tb.Int(2, 2))
    assert [trial.params for trial in tune(backend, space, 2)] == [{"a": 1, "b": 2}] * 2


# Options


def proposed(suggest: Any) -> list[float]:
    """Return what `fmin` proposes by hand, for a loss that favours both ends."""
    seen: list[float] = []

    def objective(x: float) -> float:
        seen.append(x)
        return -abs(x - 0.4)

    settings = {"rstate": np.random.default_rng(0), "show_progressbar": False, "verbose": False}
    fmin(objective, hp.uniform("x", 0.0, 1.0), algo=suggest, max_evals=40, **settings)
    return seen


@pytest.mark.parametrize(
    ("backend", "suggest", "options"),
    [
        ("hyperopt:tpe", tpe.suggest, {"gamma": 0.05}),
        ("hyperopt:tpe", tpe.suggest, {"n_EI_candidates": 3}),
        ("hyperopt:tpe", tpe.suggest, {"n_startup_jobs": 5, "prior_weight": 3.0}),
        ("hyperopt:anneal", anneal.suggest, {"avg_best_idx": 1.0}),
        ("hyperopt:anneal", anneal.suggest, {"shrink_coef": 0.5}),
    ],
)
def test_options_do_what_they_do_in_fmin(backend: str, suggest: Any, options: dict[str, Any]) -> None:
    native = proposed(partial(suggest, **options))
    problem = tb.Problem(lambda trial: -abs(float(trial["x"]) - 0.4), tb.Space(x=tb.Float(0, 1)))
    ours = tb.tune(problem, backend=tb.backend(backend, **options), n_trials=40, seed=0).trials
    assert [trial.params["x"] for trial in ours] == native
    assert native != proposed(suggest)


@pytest.mark.parametrize(
    ("backend", "option", "value", "message"),
    [
        (
            "hyperopt:tpe",
            "tell_failures",
            "x",
            "tell_failures of hyperopt:tpe must be 'avoid' or 'native', got 'x'",
        ),
        ("hyperopt:anneal", "tell_failures", None, "tell_failures of hyperopt:anneal must be"),
        ("hyperopt:tpe", "gamma", "a", "gamma of hyperopt:tpe must be a number > 0, got 'a'"),
        ("hyperopt:tpe", "n_startup_jobs", None, "n_startup_jobs of .* must be an integer >= 0, got None"),
        ("hyperopt:anneal", "shrink_coef", [1], "shrink_coef of hyperopt:anneal must be a number >= 0"),
        ("hyperopt:tpe", "n_EI_candidates", 2.5, "n_EI_candidates of hyperopt:tpe must be an integer >= 1"),
        ("hyperopt:tpe", "gamma", float("nan"), "gamma of hyperopt:tpe must be a number > 0, got nan"),
        ("hyperopt:anneal", "avg_best_idx", 0.5, "avg_best_idx of hyperopt:anneal must be a number >= 1"),
    ],
)
def test_a_wrong_value_of_an_option_is_refused_before_the_first_trial(
    backend: str, option: str, value: Any, message: str
) -> None:
    with pytest.raises(tb.OptionError, match=message):
        tb.open_study(tb.Problem(len, SPACE), backend=tb.backend(backend, **{option: value}))


def test_several_objectives_are_refused_before_the_first_trial() -> None:
    problem = tb.Problem(len, SPACE, ["minimize", "minimize"])
    with pytest.raises(tb.UnsupportedError, match="'multi_objective', which hyperopt:tpe does not have"):
        tb.open_study(problem, backend="hyperopt:tpe")
