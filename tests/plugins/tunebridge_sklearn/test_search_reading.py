"""scikit-learn's search spaces, read exactly: parameters, values, weights, branches, and wrong input."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import tunebridge as tb
from tunebridge import Reading
from tunebridge_sklearn import TuneSearchCV
from tunebridge_sklearn.reading import makers, read

N_DRAWS = 2000
"""Draws of a distribution that are compared with scipy's."""

P_VALUE = 1e-3
"""Below it, draws are held to be of another distribution; the seeds are fixed."""


def parameter(given: Any) -> tb.AnyParameter:
    return read({"p": given}).space.nodes[0].parameter


def drawn(given: Any, count: int = N_DRAWS) -> list[Any]:
    """Draw the estimator's values, of a space of one entry, as the backends do: by quantile."""
    reading = read({"p": given})
    rng = np.random.default_rng(0)
    return [
        reading.params({"p": reading.space.nodes[0].parameter.quantile(q)})["p"]
        for q in rng.uniform(size=count).tolist()
    ]


def params_of(reading: Reading, count: int = N_DRAWS) -> list[dict[str, Any]]:
    return [reading.params(reading.space.sample(seed)) for seed in range(count)]


class Coin:
    """Only `rvs`, which asks its RandomState for numbers, as scikit-learn's users may write it."""

    def rvs(self, random_state: Any) -> Any:
        return random_state.choice(["heads", "tails"], p=[0.25, 0.75])


class Triangle(stats.rv_continuous):  # type: ignore[misc]  # scipy has no annotations
    """A user's own distribution, whose name is that of another one."""

    def _pdf(self, x: Any) -> Any:
        return 2.0 * x


# Distributions with a parameter of their own.

KNOWN: dict[str, tuple[Any, tb.AnyParameter]] = {
    "uniform": (stats.uniform(1, 2), tb.Float(1, 3)),
    "uniform by keyword": (stats.uniform(scale=2, loc=1), tb.Float(1, 3)),
    "uniform of one argument": (stats.uniform(1), tb.Float(1, 2)),
    "uniform of none": (stats.uniform(), tb.Float(0, 1)),
    "uniform by both": (stats.uniform(-1, scale=0.5), tb.Float(-1, -0.5)),
    "uniform of numpy scalars": (stats.uniform(np.float64(1), np.int64(2)), tb.Float(1, 3)),
    "loguniform": (stats.loguniform(1e-3, 10), tb.Float(1e-3, 10, log=True)),
    "loguniform by keyword": (stats.loguniform(b=10, a=1e-3), tb.Float(1e-3, 10, log=True)),
    "loguniform, scaled": (stats.loguniform(1, 10, scale=2), tb.Float(2, 20, log=True)),
    "loguniform, loc 0": (stats.loguniform(1, 10, 0, 2), tb.Float(2, 20, log=True)),
    "reciprocal": (stats.reciprocal(1, 10), tb.Float(1, 10, log=True)),
    "randint": (stats.randint(1, 5), tb.Int(1, 4)),
    "randint by keyword": (stats.randint(high=5, low=1), tb.Int(1, 4)),
    "randint, moved": (stats.randint(1, 5, loc=3), tb.Int(4, 7)),
    "randint of floats": (stats.randint(1.0, 5.0), tb.Int(1, 4)),
    "randint of one value": (stats.randint(3, 4), tb.Int(3, 3)),
    "norm": (stats.norm(1, 2), tb.Normal(1, 2)),
    "norm by keyword": (stats.norm(scale=2), tb.Normal(0, 2)),
    "lognorm": (stats.lognorm(0.5), tb.Normal(0, 0.5, log=True)),
    "lognorm by keyword": (stats.lognorm(s=0.5, scale=3), tb.Normal(math.log(3), 0.5, log=True)),
}


@pytest.mark.parametrize("case", KNOWN)
def test_a_distribution_that_has_a_parameter_of_its_own_is_that_parameter(case: str) -> None:
    given, expected = KNOWN[case]
    assert parameter(given) == expected


@pytest.mark.parametrize("case", [case for case in KNOWN if "randint" not in case])
def test_draws_of_it_are_distributed_as_scipys(case: str) -> None:
    given, _ = KNOWN[case]
    values = drawn(given)
    assert {type(value) for value in values} == {float}
    assert stats.kstest(values, given.cdf).pvalue > P_VALUE


@pytest.mark.parametrize("case", [case for case in KNOWN if "randint" in case])
def test_integers_are_those_that_randint_draws_and_equally_likely(case: str) -> None:
    given, _ = KNOWN[case]
    values = drawn(given)
    assert {type(value) for value in values} == {int}
    assert set(values) == set(given.rvs(size=200, random_state=0).tolist())
    assert len(set(values)) == 1 or stats.chisquare(list(Counter(values).values())).pvalue > P_VALUE


# All other distributions.

BY_QUANTILE: dict[str, Any] = {
    "expon": stats.expon(scale=0.1),
    "gamma": stats.gamma(2, loc=1, scale=3),
    "truncnorm": stats.truncnorm(-1, 2, loc=0.5),
    "lognorm, moved": stats.lognorm(0.5, loc=1),
    "loguniform, moved": stats.loguniform(1, 10, loc=1),
    "not frozen": stats.uniform,
    "histogram": stats.rv_histogram(np.histogram([1.0, 2.0, 2.0, 5.0], bins=4)),
    "of the user's own": Triangle(a=0.0, b=1.0, name="uniform"),
    "of the user's own, frozen": Triangle(a=0.0, b=1.0, name="norm")(loc=2.0),
}


@pytest.mark.parametrize("case", BY_QUANTILE)
def test_any_other_distribution_is_read_by_its_quantiles(case: str) -> None:
    given = BY_QUANTILE[case]
    values = drawn(given, 500)
    assert {type(value) for value in values} == {float}
    assert all(map(math.isfinite, values))
    assert stats.kstest(values, given.cdf).pvalue > P_VALUE


@pytest.mark.parametrize(
    "given", [stats.poisson(3), stats.binom(5, 0.5), stats.rv_discrete(values=([1, 5], [0.3, 0.7]))]
)
def test_one_over_integers_gives_integers_as_often_as_scipy(given: Any) -> None:
    values = drawn(given)
    assert {type(value) for value in values} == {int}
    shares = Counter(values)
    for value, share in shares.items():
        assert stats.binomtest(share, N_DRAWS, given.pmf(value)).pvalue > P_VALUE / len(shares)


def test_one_over_other_numbers_keeps_them() -> None:
    values = Counter(drawn(stats.rv_discrete(values=([0.1, 0.5], [0.25, 0.75]))))
    assert values.keys() == {0.1, 0.5}
    assert stats.binomtest(values[0.1], N_DRAWS, 0.25).pvalue > P_VALUE


def test_one_that_only_draws_is_drawn_from_with_a_random_state() -> None:
    assert parameter(Coin()) == tb.Int(0, 2**31 - 1)
    values = Counter(drawn(Coin()))
    assert values.keys() == {"heads", "tails"}
    assert stats.binomtest(values["heads"], N_DRAWS, 0.25).pvalue > P_VALUE


def test_a_draw_is_the_same_each_time_it_is_read() -> None:
    reading = read({"p": Coin(), "q": stats.expon()})
    trial = {"p": 12345, "q": 0.3}
    assert reading.params(trial) == reading.params(trial)
    assert reading.params(trial)["q"] == stats.expon().ppf(0.3)


def test_only_what_is_not_the_same_is_made() -> None:
    reading = read({"a": [1, 2], "b": stats.uniform(1, 2), "c": stats.expon(), "d": Coin()})
    assert set(makers(reading)) == {"c", "d"}
    several = read([{"a": [1, 2]}, {"a": stats.expon()}])
    assert set(makers(several)) == {"_dict.1.a"}


# Lists.

LISTS: dict[str, tuple[Any, tb.AnyParameter]] = {
    "rising": ([1, 2, 4], tb.Ordinal([1, 2, 4])),
    "falling": ([1.0, 0.1, 0.01], tb.Ordinal([1.0, 0.1, 0.01])),
    "neither": ([1, 4, 2], tb.Categorical([1, 4, 2])),
    "one": ([3], tb.Categorical([3])),
    "booleans": ([False, True], tb.Categorical([False, True])),
    "None among numbers": ([None, 1, 2], tb.Categorical([None, 1, 2])),
    "not finite": ([1.0, math.inf], tb.Categorical([1.0, math.inf])),
    "equal numbers of two types": ([1.0, 1], tb.Categorical({"1.0": 1.0, "1": 1})),
    "a number and its text": ([1, "1"], tb.Categorical({"1": 1, "'1'": "1"})),
    "tuples": ([(50,), (100, 20)], tb.Categorical([(50,), (100, 20)])),
    "lists": ([[1], [2, 3]], tb.Categorical([[1], [2, 3]])),
    "a tuple": ((1, 2), tb.Ordinal([1, 2])),
    "a range": (range(2, 5), tb.Ordinal([2, 3, 4])),
    "numpy integers": (np.arange(3), tb.Ordinal([0, 1, 2])),
    "numpy floats": (np.array([0.5, 0.25]), tb.Ordinal([0.5, 0.25])),
    "numpy texts": (np.array(["a", "b"]), tb.Categorical(["a", "b"])),
    "numpy booleans": (np.array([True, False]), tb.Categorical([True, False])),
    "numpy scalars": ([np.int64(1), np.int64(2)], tb.Ordinal([1, 2])),
    "a Series": (pd.Series([1.5, 2.5]), tb.Ordinal([1.5, 2.5])),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_list_is_ordinal_if_its_numbers_rise_or_fall_and_else_a_choice(case: str) -> None:
    given, expected = LISTS[case]
    assert parameter(given) == expected


@pytest.mark.parametrize("case", LISTS)
def test_each_value_of_a_list_is_a_builtin_and_equally_likely(case: str) -> None:
    given, _ = LISTS[case]
    values = drawn(given, 600)
    assert {type(value).__module__ for value in values} == {"builtins"}
    counts = Counter(map(repr, values))
    assert len(counts) == len(given)
    assert len(counts) == 1 or stats.chisquare(list(counts.values())).pvalue > P_VALUE


def test_a_value_that_comes_twice_is_twice_as_likely() -> None:
    found = Counter(drawn(["a", "b", "a"]))
    assert stats.binomtest(found["a"], N_DRAWS, 2 / 3).pvalue > P_VALUE
    assert parameter(["a", "b", "a"]) == tb.Categorical({"'a'": "a", "'b'": "b", "'a' #2": "a"})


def test_estimators_in_a_list_are_told_apart_even_if_they_look_the_same() -> None:
    first, second = LogisticRegression(), LogisticRegression()
    found = drawn([first, second, None], 50)
    assert {id(value) for value in found} == {id(first), id(second), id(None)}


# Several dicts.


def test_several_dicts_are_branches_that_are_equally_likely() -> None:
    reading = read([{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": stats.loguniform(0.01, 1)}])
    found = params_of(reading)
    assert {frozenset(params) for params in found} == {frozenset({"kernel"}), frozenset({"kernel", "gamma"})}
    assert {params["kernel"] for params in found if "gamma" in params} == {"rbf"}
    share = sum("gamma" in params for params in found)
    assert stats.binomtest(share, N_DRAWS, 0.5).pvalue > P_VALUE


def test_a_dict_that_comes_twice_is_twice_as_likely() -> None:
    one, other = {"p": [1, 2]}, {"q": [1, 2]}
    share = sum("p" in params for params in params_of(read([one, one, other])))
    assert stats.binomtest(share, N_DRAWS, 2 / 3).pvalue > P_VALUE


def test_a_name_in_several_dicts_has_in_each_the_values_of_that_dict() -> None:
    reading = read([{"p": stats.expon(loc=100), "k": ["a"]}, {"p": stats.poisson(3)}, {"p": ["x", "y"]}])
    kinds: dict[type, list[dict[str, Any]]] = {float: [], int: [], str: []}
    for params in params_of(reading, 300):
        kinds[type(params["p"])].append(params)
    assert all(params["p"] >= 100 and params["k"] == "a" for params in kinds[float])
    assert all(params["p"] < 30 and params.keys() == {"p"} for params in kinds[int])
    assert {params["p"] for params in kinds[str]} == {"x", "y"}


def test_a_list_of_one_dict_is_that_dict() -> None:
    assert read([{"p": [1, 2]}]).space == read({"p": [1, 2]}).space == tb.Space(p=tb.Ordinal([1, 2]))


def test_an_empty_dict_has_one_point() -> None:
    assert params_of(read({}), 3) == [{}] * 3
    assert {tuple(params) for params in params_of(read([{}, {"p": [1]}]), 30)} == {(), ("p",)}


# Spaces of tunebridge.


def test_a_space_is_taken_as_it_is() -> None:
    space = tb.Space(C=tb.Float(0.1, 10, log=True))
    assert read(space).space is space
    assert read(space).params({"C": 0.5}) == {"C": 0.5}


MODELS = tb.Space(
    _model=tb.Categorical(
        {
            "svm": tb.Space(clf=tb.Constant(SVC()), clf__C=tb.Float(0.1, 10, log=True)),
            "forest": tb.Space(
                clf=tb.Constant(RandomForestClassifier(random_state=0)),
                clf__n_estimators=tb.Int(2, 4),
                clf__criterion=tb.Categorical(["gini", "entropy"]),
            ),
        }
    ),
    prep__with_mean=tb.Categorical([True, False]),
)


def test_a_choice_whose_name_begins_with_an_underscore_is_no_param_of_the_estimator() -> None:
    branches = {
        SVC: {"clf", "clf__C", "prep__with_mean"},
        RandomForestClassifier: {"clf", "clf__n_estimators", "clf__criterion", "prep__with_mean"},
    }
    found = params_of(read(MODELS), 60)
    assert {type(params["clf"]) for params in found} == branches.keys()
    assert all(params.keys() == branches[type(params["clf"])] for params in found)


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_whole_estimators_with_branches_of_their_own_are_searched_in_a_pipeline(backend: str) -> None:
    X, y = load_iris(return_X_y=True)
    pipeline = Pipeline([("prep", StandardScaler()), ("clf", LogisticRegression())])
    search = TuneSearchCV(pipeline, MODELS, backend=backend, n_trials=10, cv=2, random_state=0).fit(X, y)
    kinds = [type(params["clf"]) for params in search.cv_results_["params"]]
    assert set(kinds) == {SVC, RandomForestClassifier}
    assert isinstance(search.best_estimator_["clf"], type(search.best_params_["clf"]))
    masked = search.cv_results_["param_clf__C"].mask.tolist()
    assert masked == [kind is not SVC for kind in kinds]
    assert "param__model" not in search.cv_results_
    assert not hasattr(search.best_params_["clf"], "classes_"), "the choice itself is never fitted"


def test_steps_of_a_column_transformer_are_searched_by_their_nested_names() -> None:
    X = pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0] * 10, "kind": ["a", "b"] * 20})
    y = [0, 1] * 20
    columns = ColumnTransformer([("num", StandardScaler(), ["size"]), ("cat", OneHotEncoder(), ["kind"])])
    pipeline = Pipeline([("columns", columns), ("clf", LogisticRegression())])
    space = {
        "columns__num": [StandardScaler(), MinMaxScaler(), "passthrough"],
        "columns__cat__drop": [None, "first"],
        "clf__C": stats.loguniform(0.1, 10),
    }
    search = TuneSearchCV(pipeline, space, n_trials=8, cv=2, random_state=0).fit(X, y)
    best = search.best_estimator_
    assert search.best_params_["clf__C"] == best["clf"].C
    assert best["columns"].named_transformers_["cat"].drop == search.best_params_["columns__cat__drop"]
    chosen = search.best_params_["columns__num"]
    assert repr(best["columns"].transformers[0][1]) == repr(chosen)
    assert len({repr(params["columns__num"]) for params in search.cv_results_["params"]}) > 1


# Wrong input.

WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a text": ("C", TypeError, "not a dict"),
    "None": (None, TypeError, "not a dict or a list"),
    "a list of no dicts": ([["C"]], TypeError, "is not a dict"),
    "a number for values": ({"C": 3}, TypeError, "'C' is not iterable or a distribution"),
    "no dicts": ([], ValueError, "empty list"),
    "a string for a list": ({"kernel": "rbf"}, TypeError, r"write \['rbf'\]"),
    "no values": ({"C": []}, ValueError, "C: needs at least one choice"),
    "no values in the second dict": ([{"C": [1]}, {"C": np.array([])}], ValueError, "C: needs at least one"),
    "a name that is none": ({3: [1]}, ValueError, "name must be a string"),
    "no width": ({"C": stats.norm(0, 0)}, ValueError, "C: needs a finite mean and a finite sd > 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_spaces_are_errors_of_scikit_learns_types(case: str) -> None:
    given, kind, words = WRONG[case]
    with pytest.raises(kind, match=words):
        read(given)
