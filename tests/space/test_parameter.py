"""Float, Int, Normal, Ordinal, Categorical, Constant: their values, and how likely each value is."""

import copy
import math
import pickle
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb

EXAMPLES: list[Any] = [
    tb.Float(0, 1),
    tb.Float(1e-4, 1e-1, log=True),
    tb.Float(-1, 1, step=0.25),
    tb.Float(3, 3),
    tb.Int(-3, 3),
    tb.Int(1, 1000, log=True),
    tb.Int(1, 10, step=3),
    tb.Ordinal([16, 32, 64]),
    tb.Ordinal([None, "a", (1, 2)]),
    tb.Categorical(["relu", "tanh", None]),
    tb.Categorical({"short": 1, "long": 2}, weights=[1, 3]),
    tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 1)), "adam": tb.Space()}),
    tb.Normal(0, 1),
    tb.Normal(-2, 0.5, log=True),
    tb.Constant("fixed"),
]

quantiles = st.floats(0, 1)


@st.composite
def floats(draw: st.DrawFn) -> tb.Float:
    """Draw a continuous Float, plain or log."""
    log = draw(st.booleans())
    bounds = st.floats(1e-12, 1e12) if log else st.floats(-1e12, 1e12)
    low, high = sorted([draw(bounds), draw(bounds)])
    return tb.Float(low, high, log=log)


@st.composite
def stepped_floats(draw: st.DrawFn) -> tb.Float:
    """Draw a stepped Float whose high is a whole number of steps away."""
    low, step = draw(st.floats(-100, 100)), draw(st.floats(0.01, 100))
    return tb.Float(low, low + draw(st.integers(0, 30)) * step, step=step)


@st.composite
def ints(draw: st.DrawFn) -> tb.Int:
    """Draw an Int: plain, log or stepped."""
    kind = draw(st.sampled_from(["plain", "log", "stepped"]))
    low = draw(st.integers(1, 50) if kind == "log" else st.integers(-50, 50))
    step = draw(st.integers(1, 9)) if kind == "stepped" else None
    return tb.Int(low, low + draw(st.integers(0, 30)) * (step or 1), log=kind == "log", step=step)


values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
lists = st.lists(values, min_size=1, max_size=6, unique_by=repr)
normals = st.builds(tb.Normal, st.floats(-10, 10), st.floats(0.01, 10), st.booleans())
listed = st.one_of(lists.map(tb.Ordinal), lists.map(tb.Categorical), values.map(tb.Constant))
any_parameter = st.one_of(floats(), stepped_floats(), ints(), normals, listed)
finite_parameters = st.one_of(stepped_floats(), ints(), listed)


def share(parameter: Any, value: Any, draws: int = 20_000) -> float:
    """Return the share of evenly spread quantiles that give `value`."""
    drawn = [parameter.quantile((draw + 0.5) / draws) for draw in range(draws)]
    return drawn.count(value) / draws


@given(any_parameter, quantiles)
def test_cdf_undoes_quantile_and_quantile_undoes_cdf(parameter: Any, q: float) -> None:
    value = parameter.quantile(q)
    back = parameter.cdf(value)
    assert 0 <= back <= 1
    twin = parameter.quantile(back)
    if parameter.size is None:
        assert twin == pytest.approx(value, rel=1e-6, abs=1e-9)
        narrow = math.isclose(parameter.quantile(0.0), parameter.quantile(1.0), rel_tol=1e-6)
        assert narrow or back == pytest.approx(q, abs=1e-6)
    else:
        assert twin is value or twin == value
        assert abs(back - q) <= share(parameter, value) / 2 + 1e-4


@pytest.mark.parametrize("parameter", EXAMPLES, ids=repr)
def test_cdf_refuses_what_is_no_value(parameter: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        parameter.cdf("no value of it")


@given(any_parameter, quantiles)
def test_every_quantile_is_a_value_of_the_parameter(parameter: Any, q: float) -> None:
    value = parameter.quantile(q)
    read = parameter.read(value)
    assert (read, type(read)) == (value, type(value))


@given(st.one_of(floats(), stepped_floats(), ints(), normals), quantiles, quantiles)
def test_quantiles_of_numbers_never_fall(parameter: Any, one: float, other: float) -> None:
    assert parameter.quantile(min(one, other)) <= parameter.quantile(max(one, other))


@given(st.one_of(floats(), ints()))
def test_quantiles_zero_and_one_are_the_bounds(parameter: Any) -> None:
    assert (parameter.quantile(0.0), parameter.quantile(1.0)) == (parameter.low, parameter.high)


@given(finite_parameters)
def test_size_is_the_number_of_different_values_in_the_grid(parameter: Any) -> None:
    grid = parameter.grid(None)
    assert parameter.size == len(grid) == len({repr(value) for value in grid})
    assert [parameter.read(value) for value in grid] == grid


@given(st.one_of(floats(), stepped_floats(), ints()), st.integers(2, 12))
def test_a_grid_of_points_ascends_and_includes_both_ends(parameter: Any, points: int) -> None:
    grid = parameter.grid(points)
    assert grid == sorted(set(grid))
    assert len(grid) <= points
    assert [parameter.read(value) for value in grid] == grid
    assert grid[0] == parameter.low
    assert grid[-1] == (parameter.high if parameter.step is None else pytest.approx(parameter.high))


@given(st.one_of(stepped_floats(), ints(), lists.map(tb.Ordinal)), st.data())
def test_index_and_at_are_inverse(parameter: Any, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, parameter.size - 1))
    assert parameter.index(parameter.at(place)) == place


@given(any_parameter)
def test_the_repr_evaluates_to_an_equal_parameter(parameter: Any) -> None:
    names: dict[str, Any] = {**vars(tb), "inf": math.inf}
    assert eval(repr(parameter), names) == parameter


@pytest.mark.parametrize("parameter", EXAMPLES, ids=repr)
def test_parameters_survive_pickling_and_copying_and_stay_hashable(parameter: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(parameter)), copy.copy(parameter), copy.deepcopy(parameter)):
        assert twin == parameter
        assert hash(twin) == hash(parameter)
        assert repr(twin) == repr(parameter)


@pytest.mark.parametrize("parameter", EXAMPLES, ids=repr)
def test_parameters_cannot_be_changed(parameter: Any) -> None:
    field = next(iter(parameter.__dataclass_fields__))
    with pytest.raises(AttributeError):
        setattr(parameter, field, 0)


def test_changing_the_list_that_declared_a_parameter_changes_nothing() -> None:
    choices, weights = [1, 2, 3], [1.0, 2.0, 3.0]
    ordinal, categorical = tb.Ordinal(choices), tb.Categorical(choices, weights)
    choices.append(4)
    weights[0] = 100.0
    assert (ordinal.size, categorical.size) == (3, 3)
    assert categorical.probabilities == pytest.approx([1 / 6, 2 / 6, 3 / 6])


def test_parameters_of_different_kinds_or_bounds_are_not_equal() -> None:
    spaces = [tb.Space(x=parameter) for parameter in EXAMPLES]
    assert all(one != other for i, one in enumerate(spaces) for other in spaces[:i])


@pytest.mark.parametrize(
    ("kind", "bounds", "options", "builtin"),
    [
        (tb.Float, (np.float32(0), np.float64(1)), {}, float),
        (tb.Float, (np.int64(0), 1), {}, float),
        (tb.Float, (np.float64(0), np.float64(1)), {"step": np.float64(0.5)}, float),
        (tb.Float, (Fraction(1, 4), Fraction(3, 2)), {}, float),
        (tb.Int, (np.int64(1), np.int8(5)), {"step": np.int16(2)}, int),
        (tb.Int, (np.int64(1), np.int64(5)), {"log": True}, int),
        (tb.Normal, (np.float64(0), np.float64(1)), {}, float),
        (tb.Normal, (np.float64(0), np.float64(1)), {"log": True}, float),
    ],
)
def test_numpy_bounds_give_builtin_values(kind: Any, bounds: Any, options: Any, builtin: type) -> None:
    parameter = kind(*bounds, **options)
    tb.Space(x=parameter)
    assert {type(parameter.quantile(q)) for q in (0.0, 0.3, 1.0)} == {builtin}
    assert type(parameter.read(np.float32(1))) is builtin
    assert "np." not in repr(parameter)


@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_an_array_of_choices_gives_builtin_values(kind: Any) -> None:
    parameter = kind(np.array([16, 32, 64]))
    assert {type(value) for value in parameter.grid(None)} == {int}
    assert parameter.labels == ("16", "32", "64")


@pytest.mark.parametrize(
    "choices", [range(3), (0, 1, 2), iter([0, 1, 2])], ids=["range", "tuple", "iterator"]
)
@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_choices_may_be_any_ordered_iterable(kind: Any, choices: Any) -> None:
    assert kind(list(choices) if not hasattr(choices, "__next__") else iter([0, 1, 2])).grid(None) == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_a_set_of_choices_is_refused_for_its_order_changes_between_runs(kind: Any) -> None:
    with pytest.raises(tb.SpaceError, match=r"x: .*order"):
        tb.Space(x=kind({"adam", "sgd"}))


@pytest.mark.parametrize("log", ["yes", 1, None, 10.0])
@pytest.mark.parametrize("kind", [tb.Float, tb.Int, tb.Normal])
def test_log_is_true_or_false(kind: Any, log: Any) -> None:
    with pytest.raises(tb.SpaceError, match=r"x: log must be True or False, got log="):
        tb.Space(x=kind(1, 2, log=log))


@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_a_string_is_one_choice_not_its_letters(kind: Any) -> None:
    assert kind("adam").grid(None) == ["adam"]


# How likely each value is.


def test_ints_are_equally_likely_ends_included() -> None:
    assert [share(tb.Int(1, 5), value) for value in range(1, 6)] == pytest.approx([0.2] * 5, abs=1e-3)


def test_stepped_values_are_equally_likely() -> None:
    assert [share(tb.Int(1, 10, step=3), k) for k in (1, 4, 7, 10)] == pytest.approx([0.25] * 4, abs=1e-3)
    assert [share(tb.Float(0, 1, step=0.5), x) for x in (0.0, 0.5, 1.0)] == pytest.approx(
        [1 / 3] * 3, abs=1e-3
    )


def test_ordinal_values_are_equally_likely() -> None:
    assert [share(tb.Ordinal("abc"), "abc")] == [1.0]
    assert [share(tb.Ordinal([8, 2, 4]), x) for x in (8, 2, 4)] == pytest.approx([1 / 3] * 3, abs=1e-3)


@given(st.integers(1, 9), st.integers(0, 8))
def test_log_ints_have_the_declared_probabilities(low: int, width: int) -> None:
    parameter = tb.Int(low, low + width, log=True)
    mass = {k: math.log((k + 0.5) / (k - 0.5)) for k in range(low, low + width + 1)}
    counts = Counter(parameter.quantile((draw + 0.5) / 2000) for draw in range(2000))
    for k, weight in mass.items():
        assert counts[k] / 2000 == pytest.approx(weight / sum(mass.values()), abs=2e-3)


@given(floats(), quantiles)
def test_floats_are_uniform_in_their_scale(parameter: tb.Float, q: float) -> None:
    scale = math.log if parameter.log else float
    low, high = scale(parameter.low), scale(parameter.high)
    assert scale(parameter.quantile(q)) == pytest.approx(low + q * (high - low), rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5))
def test_choices_are_as_likely_as_their_weights(weights: list[float]) -> None:
    parameter = tb.Categorical(list(range(len(weights))), weights)
    assert parameter.probabilities == pytest.approx([weight / sum(weights) for weight in weights])
    reached = 0.0
    for choice, probability in enumerate(parameter.probabilities):
        assert parameter.quantile(reached + probability / 2) == choice
        reached += probability


def test_weights_may_be_given_by_label_in_any_order() -> None:
    parameter = tb.Categorical({"a": 1, "b": 2}, weights={"b": 3, "a": 1})
    assert parameter.probabilities == (0.25, 0.75)
    assert parameter.weighted


def test_equal_weights_are_no_weights() -> None:
    assert not tb.Categorical([1, 2], weights=[7, 7]).weighted


@given(normals, st.floats(0.001, 0.999))
def test_cdf_is_the_inverse_of_the_quantile_of_a_normal(parameter: tb.Normal, q: float) -> None:
    assert parameter.cdf(parameter.quantile(q)) == pytest.approx(q, abs=1e-9)


@given(normals)
def test_normal_stays_finite_at_both_ends(parameter: tb.Normal) -> None:
    assert math.isfinite(parameter.quantile(0.0))
    assert math.isfinite(parameter.quantile(1.0))


def test_mean_and_sd_of_a_log_normal_are_those_of_the_logarithm() -> None:
    assert tb.Normal(2, 0.5, log=True).quantile(0.5) == pytest.approx(math.exp(2))
    assert tb.Normal(2, 0.5, log=True).quantile(0.8413447460685429) == pytest.approx(math.exp(2.5))


# What is read.


@pytest.mark.parametrize(
    ("parameter", "given_value", "expected"),
    [
        (tb.Float(0, 1), 1, 1.0),
        (tb.Float(0, 1), np.float32(0.5), 0.5),
        (tb.Float(0, 0.3, step=0.1), 0.3, 0.1 * 3),
        (tb.Float(0, 1, step=0.1), 0.7, 0.1 * 7),
        (tb.Int(0, 5), 3.0, 3),
        (tb.Int(0, 5), np.float64(3), 3),
        (tb.Int(0, 2**70), 2**60 + 1, 2**60 + 1),
        (tb.Int(1, 10, step=3), np.int64(7), 7),
        (tb.Ordinal([16, 32]), 32.0, 32),
        (tb.Ordinal([16, 32]), "32", 32),
        (tb.Ordinal(["a", "b"]), "'a'", "a"),
        (tb.Categorical([None, 10]), "None", None),
        (tb.Categorical({"relu": int, "tanh": float}), "tanh", float),
        (tb.Categorical({"relu": int, "tanh": float}), int, int),
        (tb.Categorical({"a": "b", "b": "a"}), "a", "a"),
        (tb.Categorical([[1], {"k": 2}]), [1], [1]),
        (tb.Categorical({"sgd": tb.Space(), "adam": tb.Space()}), "adam", "adam"),
        (tb.Normal(0, 1), 10, 10.0),
        (tb.Constant([1, 2]), [1, 2], [1, 2]),
    ],
    ids=repr,
)
def test_what_is_read_is_the_declared_value(parameter: Any, given_value: Any, expected: Any) -> None:
    read = parameter.read(given_value)
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize("value", [1, True, 1.0], ids=["1", "True", "1.0"])
@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_one_true_and_one_point_zero_stay_three_values(kind: Any, value: Any) -> None:
    parameter = kind([1, True, 1.0])
    assert parameter.size == 3
    assert type(parameter.read(value)) is type(value)


@pytest.mark.parametrize("kind", [tb.Ordinal, tb.Categorical])
def test_array_choices_are_read_by_value_and_compare_equal(kind: Any) -> None:
    def declared() -> Any:
        return kind([np.zeros(2), np.ones(2)])

    assert declared().index(np.ones(2)) == 1
    assert declared() == declared()


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        *((tb.Float(0, 1), wrong) for wrong in (2, -0.1, math.nan, math.inf, "0.5", None, True, 1j, 10**400)),
        *((tb.Float(0, 1, step=0.25), wrong) for wrong in (0.3, 1.25, -0.25, math.nan)),
        *((tb.Int(0, 5), wrong) for wrong in (6, -1, 2.5, math.nan, math.inf, "3", None, True, 10**400)),
        *((tb.Int(1, 10, step=3), wrong) for wrong in (2, 13)),
        *((tb.Ordinal([16, 32]), wrong) for wrong in (17, None, [16], "x")),
        *((tb.Categorical(["a", None]), wrong) for wrong in ("b", 0, math.nan)),
        *((tb.Categorical({"sgd": tb.Space(), "adam": 3}), wrong) for wrong in (3, tb.Space(), "x")),
        *((tb.Normal(0, 1), wrong) for wrong in (math.nan, math.inf, "0", None, 10**400)),
        *((tb.Normal(0, 1, log=True), wrong) for wrong in (0, -1)),
        (tb.Constant(3), 4),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_outside_is_refused_with_the_rule_and_the_value(parameter: Any, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must be .*got") as caught:
        parameter.read(wrong)
    assert repr(wrong)[:20] in str(caught.value)


def test_a_choice_with_branches_has_the_size_of_all_its_branches() -> None:
    choice = tb.Categorical({"a": tb.Space(m=tb.Int(0, 4)), "b": tb.Space(), "c": 7})
    assert choice.size == 5 + 1 + 1
    assert tb.Categorical({"a": tb.Space(m=tb.Float(0, 1)), "b": tb.Space()}).size is None
