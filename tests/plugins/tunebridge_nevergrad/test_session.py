"""The conversation with nevergrad: its own trajectory, how outcomes are told, and where it loses trials."""

import math
from collections import Counter
from functools import partial
from statistics import fmean
from typing import Any

import nevergrad as ng
import numpy as np
import pytest

import tunebridge as tb
from tests.plugins.conversation import opened, tell
from tunebridge_nevergrad import session as module
from tunebridge_nevergrad.optimizers import optimizer

SPACE = tb.Space(
    x=tb.Float(-5, 5),
    rate=tb.Float(1e-4, 1e-1, log=True),
    layers=tb.Int(1, 8),
    kind=tb.Categorical(["relu", "tanh", "none"]),
    z=tb.Normal(1, 2),
)
OPTIMIZERS = {
    "de": ng.families.DifferentialEvolution,
    "two-points-de": partial(ng.families.DifferentialEvolution, crossover="twopoints"),
    "one-plus-one": ng.families.ParametrizedOnePlusOne,
    "pso": ng.families.ConfPSO,
    "cma": ng.families.ParametrizedCMA,
}
PLANE = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))


def value(params: Any) -> float:
    return float(abs(params["x"] - 1) + abs(math.log(params["rate"])) + params["layers"] + params["z"] ** 2)


def native_space() -> Any:
    return ng.p.Dict(
        x=ng.p.Scalar(lower=-5.0, upper=5.0),
        rate=ng.p.Log(lower=1e-4, upper=1e-1),
        layers=ng.p.Scalar(lower=0.5, upper=8.5),
        kind=ng.p.Choice(["'relu'", "'tanh'", "'none'"]),
        z=ng.p.Scalar(init=1.0).set_mutation(sigma=2.0),
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_trial_after_the_other_it_repeats_nevergrads_own_ask_and_tell(name: str, seed: int) -> None:
    space = native_space()
    space.random_state = np.random.RandomState(seed)
    native, optimizer = [], OPTIMIZERS[name]()(space, budget=60)
    for _ in range(60):
        candidate = optimizer.ask()
        params = tb.decode(SPACE, f"nevergrad:{name}", candidate.value)
        optimizer.tell(candidate, value(params))
        native.append(params)
    result = tb.tune(tb.Problem(value, SPACE), backend=f"nevergrad:{name}", n_trials=60, seed=seed)
    assert [trial.params for trial in result.trials] == native


def test_no_generation_of_cma_is_lost_where_trials_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked and told four at a time, nevergrad alone drops every second generation of six."""
    made = []

    def noted(*arguments: Any) -> Any:
        made.append(optimizer(*arguments))
        return made[-1]

    monkeypatch.setattr(module, "optimizer", noted)
    session = opened("nevergrad:cma", PLANE, n_trials=60)
    for _ in range(15):
        batch = [session.ask() for _ in range(4)]
        for one in batch:
            assert one is not None
            tell(session, "complete", one.params["x"], asked=one)
    session.close()
    (only,) = made
    assert only.es.popsize == 6
    assert only.es.countiter >= 9


@pytest.mark.parametrize("n_dimensions", [2, 3, 8])
@pytest.mark.parametrize("options", [{}, {"popsize": 5}, {"elitist": True, "num_workers": 9}])
def test_the_size_of_a_generation_is_nevergrads_own(n_dimensions: int, options: dict[str, Any]) -> None:
    given = {name: value for name, value in options.items() if name != "num_workers"}
    optimizer = ng.families.ParametrizedCMA(**given)(
        n_dimensions, budget=30, num_workers=options.get("num_workers", 1)
    )
    assert module.generation_size(n_dimensions, **options) == optimizer.es.popsize


def test_cma_begins_at_the_best_of_other_trials() -> None:
    session = opened("nevergrad:cma", PLANE, n_trials=20)
    assert tell(session, "complete", 1.0, {"x": 0.1, "y": 0.9}).startswith(
        "its value: the search begins here"
    )
    assert tell(session, "complete", 2.0, {"x": 0.5, "y": 0.5}).startswith("compared")
    first = [session.ask() for _ in range(6)]
    assert fmean(one.params["x"] for one in first if one) < 0.35
    assert tell(session, "complete", 0.0, {"x": 1.0, "y": 1.0}) == "not told: CMA-ES would lose it"
    session.close()


def test_cma_over_one_dimension_is_the_one_plus_one_strategy() -> None:
    space = tb.Space(x=tb.Float(0, 1))
    settings: dict[str, Any] = {"n_trials": 20, "seed": 3}
    problem = tb.Problem(lambda trial: trial["x"], space)
    cma, other = (
        tb.tune(problem, backend=f"nevergrad:{name}", **settings) for name in ("cma", "one-plus-one")
    )
    assert [trial.params for trial in cma.trials] == [trial.params for trial in other.trials]


def test_one_plus_one_keeps_its_step_after_a_long_history() -> None:
    """nevergrad halves or doubles the step for each told trial; here the best one counts alone."""
    session = opened("nevergrad:one-plus-one", PLANE)
    for place in range(60):
        tell(session, "complete", 1.0 + place % 7, {"x": 0.2 + place / 1000, "y": 0.8})
    asked = []
    for _ in range(10):
        one = session.ask()
        assert one is not None
        asked.append(one.params)
        tell(session, "complete", 9.0, asked=one)
    assert max(abs(params["x"] - 0.2) for params in asked[1:]) > 0.05
    session.close()


def test_particles_do_not_stick_to_the_bounds() -> None:
    problem = tb.Problem(lambda trial: (trial["x"] - 0.4) ** 2 + (trial["y"] - 0.6) ** 2, PLANE)
    result = tb.tune(problem, backend="nevergrad:pso", n_trials=200, seed=0)
    at_bounds = sum(trial.params[name] in (0, 1) for trial in result.trials[100:] for name in ("x", "y"))
    assert at_bounds < 20
    assert result.best_value is not None
    assert result.best_value < 0.01


@pytest.mark.parametrize("name", ["de", "pso"])
def test_both_ends_of_an_integer_and_weighted_labels_come_as_often_as_declared(name: str) -> None:
    space = tb.Space(n=tb.Int(1, 4), w=tb.Categorical(["a", "b"], weights=[1, 3]))
    ends: Counter[Any] = Counter()
    for seed in range(20):
        session = opened(f"nevergrad:{name}", space, seed=seed)
        drawn = [session.ask() for _ in range(25)]
        ends.update(one.params[key] for one in drawn if one for key in ("n", "w"))
        session.close()
    assert all(95 < ends[n] < 155 for n in (1, 2, 3, 4))
    assert 330 < ends["b"] < 420


def test_each_outcome_is_told_as_its_text_says() -> None:
    session = opened("nevergrad:de", PLANE)
    assert tell(session, "failed") == "waits for the first value"
    assert tell(session, "complete", 1.0) == "its value"
    assert tell(session, "infeasible") == "the worst value so far"
    assert tell(session, "failed", None, {"x": 0.5, "y": 0.5}) == (
        "the worst value so far, as a point that was not asked for"
    )
    session.close()


@pytest.mark.parametrize("loss", [math.inf, 1e300, -1e300])
def test_losses_beyond_what_nevergrad_takes_are_told_as_the_greatest_it_takes(loss: float) -> None:
    session = opened("nevergrad:one-plus-one", PLANE)
    assert tell(session, "complete", loss) == "its value"
    assert session.ask() is not None
    session.close()


def test_conditions_are_refused_by_name() -> None:
    space = tb.Space(k=tb.Categorical({"a": tb.Space(m=tb.Float(0, 1)), "b": None}))
    with pytest.raises(tb.UnsupportedError, match="k"):
        tb.tune(tb.Problem(len, space), backend="nevergrad:de", n_trials=2)


WRONG: dict[str, dict[str, list[Any]]] = {
    "de": {"popsize": ["10", 0, 3, 2.5], "crossover": ["foo", 2.0], "F1": ["a", math.nan]},
    "cma": {"popsize": ["many", 1], "scale": [0, -1], "num_workers": [0, 2.5, True], "elitist": [1]},
    "one-plus-one": {"mutation": ["lognormal", 3]},
    "pso": {"omega": ["x"], "popsize": [0]},
}


@pytest.mark.parametrize(
    ("name", "option", "wrong"),
    [
        (name, option, wrong)
        for name, of_name in WRONG.items()
        for option, values in of_name.items()
        for wrong in values
    ],
)
def test_a_value_with_which_nevergrad_fails_is_refused_before_the_first_trial(
    name: str, option: str, wrong: Any
) -> None:
    with pytest.raises(tb.OptionError, match=f"{option} of nevergrad:{name} must be"):
        tb.backend(f"nevergrad:{name}", **{option: wrong})


@pytest.mark.parametrize("popsize", ["small", "standard", "large", 4])
def test_the_sizes_of_populations_that_have_names_are_taken(popsize: Any) -> None:
    backend = tb.backend("nevergrad:de", popsize=popsize)
    result = tb.tune(tb.Problem(lambda trial: trial["x"], PLANE), backend=backend, n_trials=12, seed=0)
    assert len(result.trials) == 12


def test_with_two_objectives_de_repeats_nevergrads_own_and_the_front_lacks_nothing() -> None:
    """de takes losses straight; the others turn them into a hypervolume, whose front is not complete."""

    def both(params: Any) -> tuple[float, float]:
        return params["x"] ** 2 + params["y"], (params["x"] - 1) ** 2 + (params["y"] - 0.5) ** 2

    space = ng.p.Dict(x=ng.p.Scalar(lower=0.0, upper=1.0), y=ng.p.Scalar(lower=0.0, upper=1.0))
    space.random_state = np.random.RandomState(4)
    native, own = [], ng.families.DifferentialEvolution()(space, budget=120)
    for _ in range(120):
        candidate = own.ask()
        first, second = both(candidate.value)
        own.tell(candidate, [first, second])
        native.append(candidate.value)
    problem = tb.Problem(lambda trial: (both(trial)[0], -both(trial)[1]), PLANE, ["minimize", "maximize"])
    result = tb.tune(problem, backend="nevergrad:de", n_trials=120, seed=4)
    assert [trial.params for trial in result.trials] == native
    front = {(trial.params["x"], trial.params["y"]) for trial in result.best_trials}
    assert front == {(one.value["x"], one.value["y"]) for one in own.pareto_front()}
    assert len(front) > 10


@pytest.mark.parametrize("name", ["cma", "one-plus-one", "pso", "two-points-de"])
def test_several_objectives_are_refused_by_those_that_would_lose_some_of_the_front(name: str) -> None:
    problem = tb.Problem(lambda trial: (trial["x"], trial["y"]), PLANE, ["minimize", "minimize"])
    with pytest.raises(tb.UnsupportedError, match="multi_objective") as caught:
        tb.open_study(problem, backend=f"nevergrad:{name}", n_trials=2)
    assert "nevergrad:de" in caught.value.hint
