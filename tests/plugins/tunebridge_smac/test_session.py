"""The conversation with SMAC: its own trajectory, how outcomes are told, and where it would not go on."""

import logging
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from ConfigSpace.conditions import InCondition
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
)
from smac import HyperparameterOptimizationFacade as Facade
from smac import Scenario
from smac.runhistory import StatusType, TrialInfo, TrialValue

import tunebridge as tb
from tests.plugins.conversation import opened, tell
from tunebridge_smac import session as module
from tunebridge_smac.facade import facade

SPACE = tb.Space(
    x=tb.Float(-5, 5),
    rate=tb.Float(1e-4, 1e-1, log=True),
    layers=tb.Int(1, 8),
    kind=tb.Categorical(["relu", "tanh", "none"]),
    drop=tb.Float(0, 1, when={"layers": tb.Between(3, None)}),
)
CHEAP: dict[str, Any] = {"n_trees": 3, "challengers": 100, "local_search_iterations": 1}
PLANE = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
SMALL = tb.Space(n=tb.Int(1, 3), kind=tb.Categorical(["a", "b"]))


warns_by_itself = pytest.mark.filterwarnings(
    "ignore:Mean of empty slice:RuntimeWarning", "ignore:invalid value encountered:RuntimeWarning"
)
"""SMAC alone does, where its local search finds no neighbour."""


def value(params: Mapping[str, Any]) -> float:
    return float(abs(params["x"] - 1) + params["layers"] + params.get("drop", 0.3) ** 2)


def native_space() -> ConfigurationSpace:
    space = ConfigurationSpace()
    layers = OrdinalHyperparameter("layers", list(range(8)))
    drop = UniformFloatHyperparameter("drop", 0.0, 1.0)
    space.add(
        UniformFloatHyperparameter("x", -5.0, 5.0),
        UniformFloatHyperparameter("rate", 1e-4, 1e-1, log=True),
        layers,
        CategoricalHyperparameter("kind", [0, 1, 2]),
        drop,
    )
    space.add(InCondition(drop, layers, [2, 3, 4, 5, 6, 7]))
    return space


def native_facade(folder: Path, space: ConfigurationSpace, n_trials: int, seed: int, **parts: Any) -> Facade:
    scenario = Scenario(
        space, output_directory=folder / str(seed), deterministic=True, n_trials=n_trials, seed=seed
    )
    return Facade(scenario, logging_level=False, **{name: make(scenario) for name, make in parts.items()})


@pytest.mark.slow
@warns_by_itself
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_trial_after_the_other_it_repeats_smacs_own_ask_and_tell(seed: int, tmp_path: Path) -> None:
    native, own = [], native_facade(tmp_path, native_space(), n_trials=26, seed=seed)
    for _ in range(26):
        trial = own.ask()
        params = tb.decode(SPACE, "smac:rf", dict(trial.config))
        own.tell(trial, TrialValue(cost=value(params)))
        native.append(params)
    result = tb.tune(tb.Problem(value, SPACE), backend="smac:rf", n_trials=26, seed=seed)
    assert [trial.params for trial in result.trials] == native


@warns_by_itself
def test_options_are_those_of_the_facades_own_parts(tmp_path: Path) -> None:
    own = native_facade(
        tmp_path,
        native_space(),
        n_trials=14,
        seed=5,
        model=lambda one: Facade.get_model(one, n_trees=3, max_depth=5, bootstrapping=False),
        acquisition_function=lambda one: Facade.get_acquisition_function(one, xi=0.1),
        acquisition_maximizer=lambda one: Facade.get_acquisition_maximizer(
            one, challengers=50, local_search_iterations=2
        ),
        initial_design=lambda one: Facade.get_initial_design(one, n_configs=5),
        random_design=lambda one: Facade.get_random_design(one, probability=0.4),
        config_selector=lambda one: Facade.get_config_selector(one, retrain_after=3, retries=9),
    )
    native = []
    for _ in range(14):
        trial = own.ask()
        params = tb.decode(SPACE, "smac:rf", dict(trial.config))
        own.tell(trial, TrialValue(cost=value(params)), save=False)
        native.append(params)
    backend = tb.backend(
        "smac:rf", n_trees=3, max_depth=5, bootstrapping=False, xi=0.1, challengers=50, n_configs=5,
        local_search_iterations=2, probability=0.4, retrain_after=3, retries=9,
    )  # fmt: skip
    result = tb.tune(tb.Problem(value, SPACE), backend=backend, n_trials=14, seed=5)
    assert [trial.params for trial in result.trials] == native


def test_the_budget_sets_the_initial_design_and_known_trials_shorten_it() -> None:
    def design(n_trials: int, n_known: int) -> int:
        session = opened("smac:rf", SPACE, n_trials=n_trials)
        assert isinstance(session, module.SmacSession)
        made = facade(session.request, n_known)
        return int(made.meta["initial_design"]["n_configs"])

    assert [design(n_trials, 0) for n_trials in (40, 400)] == [10, 50]
    assert [design(40, n_known) for n_known in (4, 99)] == [6, 0]


def test_a_trial_is_evaluated_once() -> None:
    """SMAC alone repeats good ones under other seeds, unless it is told that values are deterministic."""
    result = tb.tune(
        tb.Problem(lambda trial: trial["x"], PLANE),
        backend=tb.backend("smac:rf", **CHEAP),
        n_trials=40,
        seed=0,
    )
    assert len({tuple(trial.params.values()) for trial in result.trials}) == 40


def told_history(session: tb.Session) -> Any:
    assert isinstance(session, module.SmacSession)
    made = session.facade
    assert made is not None
    return made.runhistory


def test_trials_of_others_are_told_under_the_facades_own_seed_and_may_be_the_best() -> None:
    session = opened("smac:rf", PLANE, n_trials=20)
    assert (
        tell(session, "complete", 0.1, {"x": 0.1, "y": 0.9}) == "its value, as a point that was not asked for"
    )
    for _ in range(3):
        tell(session, "complete", 5.0)
    assert tell(session, "complete", 0.0, {"x": 0.2, "y": 0.8}).startswith("its value")
    history = told_history(session)
    assert len({key.seed for key in history}) == 1
    assert isinstance(session, module.SmacSession)
    assert session.facade is not None
    assert dict(session.facade.intensifier.get_incumbent() or {}) == {"x": 0.2, "y": 0.8}
    session.close()


def test_failures_have_a_finite_cost_above_the_worst_and_are_never_the_best() -> None:
    session = opened("smac:rf", PLANE, n_trials=20)
    assert tell(session, "failed") == "waits for the first value"
    assert tell(session, "complete", -1.0) == "its value"
    assert tell(session, "infeasible") == "a cost above the worst value so far"
    assert tell(session, "failed", None, {"x": 0.5, "y": 0.5}) == (
        "a cost above the worst value so far, as a point that was not asked for"
    )
    states = {entry.status: entry.cost for entry in told_history(session).values()}
    assert states[StatusType.SUCCESS] == -1.0
    assert -1.0 < states[StatusType.CRASHED] < -0.999
    session.close()


@pytest.mark.parametrize("extreme", [1e300, -1e300])
def test_values_beyond_what_smac_can_scale_are_told_as_the_greatest_it_can(extreme: float) -> None:
    session = opened(tb.backend("smac:rf", **CHEAP, n_configs=2), PLANE, n_trials=20)
    for number in range(6):
        tell(session, "complete", extreme if number == 2 else float(number))
    assert session.ask() is not None
    session.close()


@pytest.mark.parametrize("state", ["complete", "failed", None])
def test_where_a_small_space_is_used_up_points_go_on_and_each_came_first(state: str | None) -> None:
    """SMAC alone stops at two thirds of a small space, and goes on for ever where no trial has ended."""
    session = opened(tb.backend("smac:rf", **CHEAP), SMALL, n_trials=40)
    asked = []
    for number in range(12):
        one = session.ask()
        assert one is not None
        asked.append((one.params["n"], one.params["kind"]))
        if state is not None:
            tell(session, state, float(number) if state == "complete" else None, asked=one)
    assert len(set(asked[:6])) == 6
    session.close()


def test_what_is_proposed_after_the_end_is_told_as_well() -> None:
    result = tb.tune(
        tb.Problem(lambda trial: float(trial["n"]), SMALL),
        backend=tb.backend("smac:rf", **CHEAP),
        n_trials=15,
        seed=1,
    )
    assert {trial.told for trial in result.trials} == {"its value"}
    assert {trial.backend for trial in result.trials} == {"smac:rf"}


def drawn(space: tb.Space, n_seeds: int = 60, **options: Any) -> Counter[Any]:
    """Return how often each value comes among first points, and among those that SMAC draws."""
    counted: Counter[Any] = Counter()
    for seed in range(n_seeds):
        session = opened(tb.backend("smac:rf", **options), space, seed=seed, n_trials=40)
        asked = [session.ask() for _ in range(10)]
        counted.update(value for one in asked if one for value in one.params.values())
        session.close()
    return counted


@pytest.mark.parametrize("n_configs", [10, 0])
def test_ends_of_integers_and_weighted_choices_come_as_often_as_declared(n_configs: int) -> None:
    space = tb.Space(
        n=tb.Int(1, 4),
        wide=tb.Int(101, 200),
        w=tb.Categorical(["a", "b"], weights=[1, 3]),
        z=tb.Normal(1000, 1),
    )
    counted = drawn(space, n_configs=n_configs)
    assert all(115 < counted[n] < 190 for n in (1, 2, 3, 4))
    assert 405 < counted["b"] < 495
    assert 1 <= counted[101] <= 17
    assert 1 <= counted[200] <= 17
    assert 350 < sum(counted[one] for one in counted if isinstance(one, float) and 999 < one < 1001) < 470


def test_all_of_two_conditions_and_any_of_them_stay_two_conditions() -> None:
    """ConfigSpace takes them for one where two parameters have the same parents."""
    low, high = {"x": tb.Between(0, 0.6)}, {"y": tb.Between(0, 0.6)}
    space = tb.Space(
        {**PLANE, "both": tb.Float(0, 1, when={**low, **high}), "any": tb.Float(0, 1, when=[low, high])}
    )
    found: Counter[int] = Counter()
    for seed in range(10):
        session = opened("smac:rf", space, seed=seed, n_trials=40)
        for one in (session.ask() for _ in range(10)):
            assert one is not None
            found[len(one.params)] += 1
        history = told_history(session)
        configurations = [dict(one) for one in history.get_configs()]
        assert all(one.keys() == space.read(one).keys() for one in configurations)
        session.close()
    assert found.keys() == {2, 3, 4}


def test_one_and_true_are_two_choices_and_texts_come_back_as_they_were() -> None:
    mine = "text"
    space = tb.Space(k=tb.Categorical([1, 1.0, True, mine]))
    session = opened("smac:rf", space, n_trials=40)
    asked = [one.params["k"] for one in (session.ask() for _ in range(4)) if one]
    assert Counter(map(type, asked)) == Counter([int, float, bool, str])
    session.close()


@pytest.mark.parametrize(
    "parameter",
    [
        tb.Float(1e-12, 1e-9, log=True),
        tb.Float(0, 1e-12),
        tb.Float(1e-20, 1e20, log=True),
        tb.Float(-1e300, 1e300),
        tb.Float(1e6, 1e6 + 1e-6),
        tb.Int(-(2**53), 2**53),
    ],
    ids=str,
)
def test_the_decimals_that_configspace_cuts_are_kept(parameter: tb.AnyParameter) -> None:
    space = tb.Space(p=parameter)
    session = opened("smac:rf", space, n_trials=100)
    asked = [one.params["p"] for one in (session.ask() for _ in range(10)) if one]
    assert len({format(parameter.cdf(one), ".6f") for one in asked}) == 10
    for one in asked:
        assert tb.decode(space, "smac:rf", tb.explain(space, "smac:rf").encode({"p": one})) == {"p": one}
    session.close()


def test_a_log_float_that_configspace_cannot_hold_is_refused_by_name() -> None:
    space = tb.Space(p=tb.Float(1e-150, 1e150, log=True))
    with pytest.raises(tb.TranslationError, match=r"p: .*high is more than 1e\+280 times low"):
        tb.open_study(tb.Problem(lambda trial: trial["p"], space), backend="smac:rf", n_trials=2)


def test_no_files_stay_and_nothing_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO):
        session = opened(tb.backend("smac:rf", **CHEAP), SMALL, n_trials=20)
        for number in range(8):
            tell(session, "complete", float(number))
        session.close()
    assert list(tmp_path.iterdir()) == []
    assert [record.getMessage() for record in caplog.records if record.name.startswith("smac")] == []


def test_several_objectives_are_refused_by_name() -> None:
    problem = tb.Problem(lambda trial: (trial["x"], trial["y"]), PLANE, ["minimize", "minimize"])
    with pytest.raises(tb.UnsupportedError, match="multi_objective"):
        tb.open_study(problem, backend="smac:rf", n_trials=2)


WRONG: dict[str, list[Any]] = {
    "n_configs": [-1, 2.0, True],
    "max_ratio": [0, 1.5, math.nan],
    "n_trees": [0, "10"],
    "ratio_features": [0.0, 2],
    "bootstrapping": [1],
    "xi": [-1, math.inf],
    "challengers": [0],
    "probability": [-0.1, 1.1],
    "retrain_after": [0],
}


@pytest.mark.parametrize(
    ("option", "wrong"), [(option, wrong) for option, values in WRONG.items() for wrong in values]
)
def test_a_value_with_which_smac_fails_is_refused_before_the_first_trial(option: str, wrong: Any) -> None:
    with pytest.raises(tb.OptionError, match=f"{option} of smac:rf must be"):
        tb.backend("smac:rf", **{option: wrong})


def test_alone_smac_never_takes_a_trial_of_another_seed_for_the_best(tmp_path: Path) -> None:
    """What the facade's own seed is for; if this fails, SMAC has changed."""
    space = ConfigurationSpace({"x": (0.0, 1.0)})
    own = native_facade(tmp_path, space, n_trials=20, seed=0)
    trial = own.ask()
    own.tell(trial, TrialValue(cost=1.0))
    foreign = ConfigurationSpace({"x": (0.0, 1.0)}).sample_configuration()
    own.tell(TrialInfo(foreign, seed=trial.seed + 1), TrialValue(cost=0.0))
    assert own.intensifier.get_incumbent() == trial.config
    assert np.isclose(own.runhistory.average_cost(foreign), 0.0)
