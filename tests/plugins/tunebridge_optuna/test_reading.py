"""Optuna's distributions, read: of a dict, of a trial, of a study; and wrong input."""

import pickle
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy import stats

import tunebridge as tb
import tunebridge_optuna

EXACT = tb.Fidelity.EXACT

MIXED = ["a", None, 3, 0.5, True]
DISTRIBUTIONS: dict[str, tuple[Any, tb.AnyParameter]] = {
    "float": (FloatDistribution(-1, 2), tb.Float(-1, 2)),
    "float, log": (FloatDistribution(1e-3, 1, log=True), tb.Float(1e-3, 1, log=True)),
    "float, stepped": (FloatDistribution(0.1, 0.7, step=0.2), tb.Float(0.1, 0.7, step=0.2)),
    "int": (IntDistribution(1, 5), tb.Int(1, 5)),
    "int, log": (IntDistribution(1, 100, log=True), tb.Int(1, 100, log=True)),
    "int, stepped": (IntDistribution(1, 9, step=4), tb.Int(1, 9, step=4)),
    "choices": (
        CategoricalDistribution(["a", None, 3, 0.5, True]),
        tb.Categorical(["a", None, 3, 0.5, True]),
    ),
    "one choice": (CategoricalDistribution(["a"]), tb.Categorical(["a"])),
}
READ = {name.replace(", ", "_"): given for name, (given, _) in DISTRIBUTIONS.items()}

optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(trial: optuna.Trial) -> float:
    return trial.suggest_float("x", 0, 1) + trial.suggest_int("n", 1, 8, log=True)


def gated(trial: optuna.Trial) -> float:
    deep = trial.suggest_categorical("deep", [True, False])
    return trial.suggest_float("drop", 0, 1) if deep else 0.0


def moving(trial: optuna.Trial) -> float:
    return trial.suggest_float("x", 0, 1 + trial.number)


def studied(function: Any, n_trials: int = 6) -> optuna.Study:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(function, n_trials=n_trials)
    return study


@pytest.mark.parametrize("case", DISTRIBUTIONS)
def test_a_distribution_is_the_parameter_with_its_values(case: str) -> None:
    given, expected = DISTRIBUTIONS[case]
    reading = tb.read_space({"p": given})
    assert reading.space == tb.Space(p=expected)
    (row,) = reading.parameters
    assert (row.path, row.fidelity, row.native) == ("p", EXACT, repr(given))
    for seed in range(20):
        params = reading.space.sample(seed)
        native = reading.params(params)
        assert native == pytest.approx(params) if isinstance(params["p"], float) else native == params
        optuna.trial.create_trial(params=native, distributions={"p": given}, value=0.0)


@pytest.mark.parametrize("case", ["float", "float, log", "int, log"])
def test_its_values_are_as_likely_as_optunas(case: str) -> None:
    given, _ = DISTRIBUTIONS[case]
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    theirs = [study.ask({"p": given}).params["p"] for _ in range(300)]
    space = tb.read_space({"p": given}).space
    ours = [space.sample(seed)["p"] for seed in range(300)]
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3


def test_a_trial_is_read_by_its_distributions() -> None:
    study = studied(objective)
    expected = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 8, log=True))
    assert tb.read_space(study.trials[0]).space == expected
    assert tb.read_space(study).space == expected


def test_a_point_of_a_reading_can_be_queued_in_optunas_own_study() -> None:
    reading = tb.read_space(READ)
    study = optuna.create_study()
    point = reading.params(reading.space.sample(2))
    study.enqueue_trial(point)
    assert study.ask(READ).params == point


def test_what_is_missing_in_some_trials_is_under_the_condition_that_they_show() -> None:
    reading = tb.read_space(studied(gated, 12))
    assert reading.space == tb.Space(
        deep=tb.Categorical([True, False]), drop=tb.Float(0, 1, when={"deep": [True]})
    )
    assert {row.path: row.fidelity.value for row in reading.parameters} == {
        "deep": "exact",
        "drop": "emulated",
    }
    assert reading.params({"deep": False}) == {"deep": False}


def test_a_study_in_which_nothing_decides_on_a_name_is_refused() -> None:
    def by_number(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        return x + (trial.suggest_float("odd", 0, 1) if trial.number % 2 else 0.0)

    with pytest.raises(tb.TranslationError, match=r"odd: .*no suggestion decides which.*with when="):
        tb.read_space(studied(by_number, 20))


def test_a_study_in_which_a_range_moves_is_refused() -> None:
    with pytest.raises(tb.TranslationError, match=r"x: .*has 6 ranges.*give the dict of distributions"):
        tb.read_space(studied(moving))


def test_a_study_of_tunebridges_own_is_an_error_that_says_where_its_space_is() -> None:
    space = tb.Space(z=tb.Normal(0, 1))
    result = tb.tune(tb.Problem(lambda trial: trial["z"], space), backend="optuna:random", n_trials=2, seed=0)
    with pytest.raises(tb.SpaceError, match=r"load_study\(url, name\)"):
        tb.read_space(tunebridge_optuna.to_study(result))


def test_a_space_that_was_made_for_optuna_is_that_space_again_and_its_points_are_natives() -> None:
    space = tb.Space(
        size=tb.Ordinal([16, 32]), c=tb.Categorical({"a": tb.Space(z=tb.Normal(0, 1)), "b": tb.Space()})
    )
    native = tb.to_native(space, "optuna:tpe")
    reading = tb.read_space(native)
    assert reading.space is space
    params = {"size": 32, "c": "a", "z": 0.0}
    assert reading.params(params) == {"size": 1, "c": "a", "c.a.z": 0.5}
    assert tb.decode(space, "optuna:tpe", reading.params(params)) == params


def test_a_reading_of_distributions_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(tb.read_space(READ)))
    assert again.space == tb.read_space(READ).space


UNIT = FloatDistribution(0, 1)
MISTAKES: dict[str, tuple[Any, str]] = {
    "a distribution without a name": (UNIT, r"give a dict: {'x': FloatDistribution\(0, 1\)}"),
    "a list beside a distribution": ({"x": UNIT, "c": ["a", "b"]}, r"c: .*CategoricalDistribution"),
    "a study without trials": (optuna.create_study(), "give a trial that has suggested some"),
    "distributions in a list": ([UNIT], "give a dict"),
    "distributions deeper in a dict": ({"a": {"x": UNIT}}, "a: must be a distribution"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_errors_that_say_what_to_give(case: str) -> None:
    given, message = MISTAKES[case]
    with pytest.raises(tb.SpaceError, match=f"(?s){message}"):
        tb.read_space(given)


def test_an_objective_of_optunas_has_no_space_of_its_own() -> None:
    with pytest.raises(tb.SpaceError, match="an objective has no space of its own"):
        tb.read_space(gated)
