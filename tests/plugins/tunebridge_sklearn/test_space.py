"""The translation to scikit-learn: its text, distributions and lists, dicts for branches, and grid."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import ParameterGrid, ParameterSampler

import tunebridge as tb
from tunebridge_sklearn.distributions import LogInt, WeightedChoice

KINDS: dict[str, tuple[tb.AnyParameter, str, tb.Fidelity]] = {
    "float": (tb.Float(-1, 3), "scipy.stats.uniform(loc=-1.0, scale=4.0)", tb.Fidelity.EXACT),
    "log_float": (tb.Float(1e-4, 10, log=True), "scipy.stats.loguniform(0.0001, 10.0)", tb.Fidelity.EXACT),
    "stepped_float": (tb.Float(0, 1, step=0.25), "[0.0, 0.25, 0.5, 0.75, 1.0]", tb.Fidelity.EXACT),
    "int": (tb.Int(-2, 3), "scipy.stats.randint(-2, 4)", tb.Fidelity.EXACT),
    "log_int": (tb.Int(1, 20, log=True), "LogInt(1, 20)", tb.Fidelity.EMULATED),
    "stepped_int": (tb.Int(1, 10, step=3), "[1, 4, 7, 10]", tb.Fidelity.EXACT),
    "ordinal": (tb.Ordinal([16, 32, "x"]), "[16, 32, 'x']", tb.Fidelity.EXACT),
    "choice": (tb.Categorical({"a": 1, "b": None}), "[1, None]", tb.Fidelity.EXACT),
    "weighted": (
        tb.Categorical({"a": 1, "b": 2}, weights=[1, 3]),
        "WeightedChoice([1, 2], p=[0.25, 0.75])",
        tb.Fidelity.EMULATED,
    ),
    "normal": (tb.Normal(2.0, 0.5), "scipy.stats.norm(loc=2.0, scale=0.5)", tb.Fidelity.EXACT),
    "log_normal": (
        tb.Normal(0.0, 0.5, log=True),
        "scipy.stats.lognorm(s=0.5, scale=1.0)",
        tb.Fidelity.EXACT,
    ),
}
"""Parameter, text of the native call, and how faithful it is."""

ALL = tb.Space({name: parameter for name, (parameter, *_) in KINDS.items()})
TWICE = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(lr=tb.Float(0, 1), nesterov=tb.Categorical([True, False])),
            "adam": tb.Space(lr=tb.Float(3, 4)),
        }
    ),
    seed=tb.Constant(7),
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_the_call_that_makes_the_native_object(kind: str) -> None:
    parameter, text, fidelity = KINDS[kind]
    space = tb.Space(p=parameter)
    (row,) = tb.explain(space, "sklearn:random").parameters
    assert (row.path, row.declared, row.native, row.fidelity) == ("p", repr(parameter), text, fidelity)
    assert row.reason or fidelity is tb.Fidelity.EXACT
    native = tb.to_native(space, "sklearn:random")["p"]
    for name in ("uniform", "loguniform", "randint", "norm", "lognorm"):
        text = text.replace(f"scipy.stats.{name}(", f"stats.{name}(")
    by_hand = eval(text, {"stats": stats, "LogInt": LogInt, "WeightedChoice": WeightedChoice})
    if isinstance(by_hand, list):
        assert native == by_hand
    else:
        draws = [[one.rvs(random_state=seed) for seed in range(5)] for one in (native, by_hand)]
        assert draws[0] == draws[1]


def test_parameters_of_one_value_never_travel_and_are_there_for_the_objective() -> None:
    space = tb.Space(
        a=tb.Constant({"any": "object"}),
        b=tb.Int(2, 2),
        c=tb.Float(1, 1),
        d=tb.Ordinal(["one"]),
        x=tb.Ordinal([0, 1]),
    )
    fixed = {"a": {"any": "object"}, "b": 2, "c": 1.0, "d": "one"}
    for backend in ("sklearn:random", "sklearn:grid"):
        assert tb.to_native(space, backend) == {"x": [0, 1]}
        assert tb.decode(space, backend, {"x": 1}) == {**fixed, "x": 1}


def test_what_the_sampler_draws_decodes_to_builtin_types() -> None:
    for point in ParameterSampler(tb.to_native(ALL, "sklearn:random"), 20, random_state=0):
        params = tb.decode(ALL, "sklearn:random", point)
        assert params == point
        assert ALL.contains(params)
        assert not any(isinstance(value, np.generic) for value in params.values())


# Branches


def branching(weights: Any) -> tb.Space:
    labels = {str(label): tb.Space({f"k{label}": tb.Int(1, 3)}) for label in range(2)}
    return tb.Space(branch=tb.Categorical(labels, weights=weights), x=tb.Float(0, 1))


def copies(space: tb.Space) -> dict[str, int]:
    """Count the dicts of each label of the choice `branch`."""
    dicts = tb.to_native(space, "sklearn:random")
    return dict(Counter(one["branch"].values[0] for one in dicts))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (None, [1, 1]),
        ([5, 5], [1, 1]),
        ([1, 3], [1, 3]),
        ([0.3, 0.7], [3, 7]),
        ([1 / 3, 2 / 3], [1, 2]),
        ([1e6, 3e6], [1, 3]),
        ([1, 999], [1, 999]),
    ],
)
def test_each_branch_is_a_dict_repeated_as_its_weight_says(weights: Any, expected: list[int]) -> None:
    space = branching(weights)
    assert copies(space) == {"0": expected[0], "1": expected[1]}
    dicts = tb.to_native(space, "sklearn:random")
    assert [*dicts[0]] == ["branch", "branch.0.k0", "x"]
    assert [*dicts[-1]] == ["branch", "branch.1.k1", "x"]


def test_branches_inside_branches_and_beside_each_other_are_repeated_by_their_product() -> None:
    inner = tb.Categorical({"a": tb.Space(), "b": tb.Space(z=tb.Int(1, 2))}, weights=[1, 2])
    space = tb.Space(
        outer=tb.Categorical({"p": tb.Space(inner=inner), "q": tb.Space()}, weights=[3, 1]),
        other=tb.Categorical({"l": tb.Space(u=tb.Int(1, 2)), "r": tb.Space()}),
    )
    dicts = tb.to_native(space, "sklearn:random")
    shapes = Counter(
        tuple(one[path].values[0] for path in ("outer", "outer.p.inner", "other") if path in one)
        for one in dicts
    )
    assert shapes == {
        ("p", "a", "l"): 1,
        ("p", "a", "r"): 1,
        ("p", "b", "l"): 2,
        ("p", "b", "r"): 2,
        ("q", "l"): 1,
        ("q", "r"): 1,
    }


@pytest.mark.parametrize("weights", [[1, 1000], [math.pi, 1], [1e-12, 1], [1 / 997, 1 / 991]])
def test_branch_probabilities_that_need_more_than_1000_dicts_are_refused(weights: list[float]) -> None:
    space = branching(weights)
    rows = tb.explain(space, "sklearn:random").parameters
    assert [row.path for row in rows if row.fidelity is tb.Fidelity.REFUSED] == ["branch"]
    for refused in (
        lambda: tb.to_native(space, "sklearn:random"),
        lambda: tb.open_study(tb.Problem(len, space), backend="sklearn:random"),
    ):
        with pytest.raises(tb.TranslationError, match="more than 1000 dicts"):
            refused()


@pytest.mark.parametrize("weights", [[1e-4, 1e-4], [3e-4, 7e-4], [1e-9, 3e-9]])
def test_small_weights_mean_the_same_as_large_ones(weights: list[float]) -> None:
    """Weights are in any unit: only their proportion counts."""
    large = [round(weight / min(weights) * 3) for weight in weights]
    assert copies(branching(weights)) == copies(branching(large))


def test_the_grid_has_one_dict_per_branch_whatever_the_weights() -> None:
    dicts = tb.to_native(branching([1, 1000]), tb.backend("sklearn:grid", points=2))
    assert dicts == [
        {"branch": ["0"], "branch.0.k0": [1, 2, 3], "x": [0.0, 1.0]},
        {"branch": ["1"], "branch.1.k1": [1, 2, 3], "x": [0.0, 1.0]},
    ]


# The grid


def grid(space: tb.Space, points: Any) -> Any:
    return tb.to_native(space, tb.backend("sklearn:grid", points=points))


def test_all_values_of_finite_parameters_stand_in_the_grid() -> None:
    finite = ("stepped_float", "int", "stepped_int", "ordinal", "choice", "weighted")
    assert tb.to_native(tb.Space({name: ALL[name] for name in finite}), "sklearn:grid") == {
        "stepped_float": [0.0, 0.25, 0.5, 0.75, 1.0],
        "int": [-2, -1, 0, 1, 2, 3],
        "stepped_int": [1, 4, 7, 10],
        "ordinal": [16, 32, "x"],
        "choice": [1, None],
        "weighted": [1, 2],
    }


def test_one_number_of_points_is_for_the_continuous_parameters_alone() -> None:
    native = grid(tb.Space(x=tb.Float(0, 1), k=tb.Int(1, 4), s=tb.Float(0, 1, step=0.25)), 3)
    assert native == {"x": [0.0, 0.5, 1.0], "k": [1, 2, 3, 4], "s": [0.0, 0.25, 0.5, 0.75, 1.0]}


def test_points_are_given_by_name_or_by_full_path_and_the_path_wins() -> None:
    by_name = grid(TWICE, {"lr": 2})
    assert [one[f"optimizer.{label}.lr"] for one, label in zip(by_name, ("sgd", "adam"), strict=True)] == [
        [0.0, 1.0],
        [3.0, 4.0],
    ]
    by_path = grid(TWICE, {"lr": 2, "optimizer.adam.lr": 3})
    assert [len(one[path]) for one in by_path for path in one if path.endswith("lr")] == [2, 3]
    only_paths = grid(TWICE, {"optimizer.sgd.lr": 4, "optimizer.adam.lr": 1})
    assert [len(one[path]) for one in only_paths for path in one if path.endswith("lr")] == [4, 1]


def test_a_continuous_parameter_without_points_is_refused_and_the_others_are_not() -> None:
    backend = tb.backend("sklearn:grid", points={"optimizer.sgd.lr": 4})
    rows = tb.explain(TWICE, backend).parameters
    assert [row.path for row in rows if row.fidelity is tb.Fidelity.REFUSED] == ["optimizer.adam.lr"]
    with pytest.raises(tb.TranslationError, match=r"optimizer\.adam\.lr: Float\(3\.0, 4\.0\): is continuous"):
        tb.to_native(TWICE, backend)


def test_points_thin_out_ordered_parameters_and_keep_their_ends() -> None:
    space = tb.Space(
        k=tb.Int(1, 9), log=tb.Int(1, 1000, log=True), s=tb.Int(0, 100, step=10), o=tb.Ordinal([*"abcdefg"])
    )
    assert grid(space, {"k": 3, "log": 4, "s": 3, "o": 3}) == {
        "k": [1, 5, 9],
        "log": [1, 10, 100, 1000],
        "s": [0, 50, 100],
        "o": ["a", "d", "g"],
    }
    assert grid(space, {"k": 99, "log": 1000, "s": 11, "o": 7})["k"] == [*range(1, 10)]


@pytest.mark.parametrize(
    "parameter", [tb.Float(1e-4, 1e-1, log=True), tb.Float(3e-5, 0.7, log=True), tb.Float(0.1, 0.7)]
)
def test_the_ends_of_a_grid_are_the_declared_bounds_bit_for_bit(parameter: tb.Float) -> None:
    for backend in ("sklearn:grid", "optuna:grid"):
        values = tb.to_native(tb.Space(p=parameter), tb.backend(backend, points=4))["p"]
        assert (values[0], values[-1], len(values)) == (parameter.low, parameter.high, 4)
        assert values == sorted(values)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (0, "points must be an integer >= 1"),
        (2.5, "points must be an integer >= 1"),
        ("5", "points must be an integer >= 1"),
        ({"lr": -1}, "points must be an integer >= 1"),
        ({"rl": 3}, r"points names 'rl', no parameter of the space(?s:.*)Did you mean 'lr'"),
    ],
)
def test_a_wrong_number_of_points_is_refused(points: Any, message: str) -> None:
    with pytest.raises(tb.OptionError, match=message):
        tb.explain(TWICE, tb.backend("sklearn:grid", points=points))


def test_the_points_of_the_grid_decode_to_the_users_values() -> None:
    backend = tb.backend("sklearn:grid", points=2)
    points = [tb.decode(TWICE, backend, native) for native in ParameterGrid(tb.to_native(TWICE, backend))]
    assert points == [
        {"optimizer": "sgd", "lr": lr, "nesterov": nesterov, "seed": 7}
        for lr in (0.0, 1.0)
        for nesterov in (True, False)
    ] + [{"optimizer": "adam", "lr": lr, "seed": 7} for lr in (3.0, 4.0)]
