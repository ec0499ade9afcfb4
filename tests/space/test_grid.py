"""Grids: the values of each parameter, and the `points` option."""

from typing import Any

import numpy as np
import pytest

import tunebridge as tb

SPACE = tb.Space(
    x=tb.Float(0, 1),
    n=tb.Int(0, 10),
    optimizer=tb.Categorical(
        {"sgd": tb.Space(momentum=tb.Float(0, 1)), "adam": tb.Space(momentum=tb.Float(0, 1))}
    ),
)


def wanted(points: Any) -> dict[str, int | None]:
    """Return how many points each node takes."""
    of = tb.read_points(SPACE, points)
    return {node.path: of(node) for node in SPACE.nodes}


def grid(space: tb.Space, points: Any = None) -> list[dict[str, Any]]:
    """Return the params of a whole study on scikit-learn's grid."""
    options = {} if points is None else {"points": points}
    problem = tb.Problem(lambda trial: 1.0, space)
    result = tb.tune(problem, backend=tb.backend("sklearn:grid", **options), seed=0)
    return [dict(trial.params) for trial in result.trials]


GRIDS: list[tuple[tb.Parameter, int | None, list[Any]]] = [
    (tb.Float(0, 1), 3, [0.0, 0.5, 1.0]),
    (tb.Float(0, 1), 1, [0.5]),
    (tb.Float(1, 100, log=True), 3, [1.0, 10.0, 100.0]),
    (tb.Float(1e-4, 1e-1, log=True), 4, [1e-4, 1e-3, 1e-2, 1e-1]),
    (tb.Float(0, 1, step=0.5), None, [0.0, 0.5, 1.0]),
    (tb.Float(0, 1, step=0.1), 3, [0.0, 0.5, 1.0]),
    (tb.Float(2, 2), None, [2.0]),
    (tb.Int(0, 3), None, [0, 1, 2, 3]),
    (tb.Int(0, 10), 3, [0, 5, 10]),
    (tb.Int(1, 10, step=3), None, [1, 4, 7, 10]),
    (tb.Int(1, 1000, log=True), 4, [1, 10, 100, 1000]),
    (tb.Int(0, 3), 100, [0, 1, 2, 3]),
    (tb.Ordinal(["a", "b", "c", "d", "e"]), 3, ["a", "c", "e"]),
    (tb.Categorical([1, 2, 3]), 2, [1, 2, 3]),
    (tb.Categorical({"sgd": tb.Space(), "adam": tb.Space()}), None, ["sgd", "adam"]),
    (tb.Constant("x"), 5, ["x"]),
]


@pytest.mark.parametrize(("parameter", "points", "expected"), GRIDS, ids=repr)
def test_the_grid_of_a_parameter_has_the_expected_values(
    parameter: tb.Parameter, points: int | None, expected: list[Any]
) -> None:
    values = parameter.grid(points)
    assert values == (pytest.approx(expected) if isinstance(expected[0], float) else expected)
    assert [type(value) for value in values] == [type(value) for value in expected]


@pytest.mark.parametrize("low", [1e-4, 1e-3, 1e-6])
def test_a_log_grid_includes_its_ends_exactly(low: float) -> None:
    values = tb.Float(low, 1e-1, log=True).grid(3)
    assert (values[0], values[-1]) == (low, 1e-1)


@pytest.mark.parametrize(
    ("parameter", "points", "reason"),
    [
        (tb.Float(0, 1), None, "continuous"),
        (tb.Normal(0, 1), None, "unbounded"),
        (tb.Normal(0, 1), 5, "unbounded"),
    ],
    ids=repr,
)
def test_a_parameter_without_a_grid_says_why(
    parameter: tb.Parameter, points: int | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parameter.grid(points)


def test_one_number_of_points_is_for_the_continuous_parameters_only() -> None:
    continuous = {"x", "optimizer.sgd.momentum", "optimizer.adam.momentum"}
    assert wanted(3) == {node.path: 3 if node.path in continuous else None for node in SPACE.nodes}


def test_no_points_means_all_values() -> None:
    assert set(wanted(None).values()) == {None}


def test_points_by_name_and_by_full_path_and_the_path_wins() -> None:
    assert wanted({"x": 2, "n": 4, "momentum": 5, "optimizer.sgd.momentum": 7}) == {
        "x": 2,
        "n": 4,
        "optimizer": None,
        "optimizer.sgd.momentum": 7,
        "optimizer.adam.momentum": 5,
    }


@pytest.mark.parametrize(
    "points", [0, -1, 1.5, "3", [3], True, {"x": 0}, {"x": 2.0}, {"x": "3"}, {"x": True}]
)
def test_points_that_are_no_positive_integer_are_refused(points: Any) -> None:
    with pytest.raises(tb.OptionError, match=r"points must be an integer >= 1"):
        tb.read_points(SPACE, points)


def test_a_numpy_integer_is_a_number_of_points() -> None:
    assert wanted(np.int64(3))["x"] == 3


def test_a_misspelt_name_in_points_is_refused_and_the_right_one_shown() -> None:
    with pytest.raises(tb.OptionError, match=r"points names 'momentun'.*\n.*Did you mean 'momentum'"):
        tb.read_points(SPACE, {"momentun": 3})


def test_the_grid_of_a_space_is_the_product_with_one_part_per_branch() -> None:
    space = tb.Space(
        n=tb.Int(1, 2),
        optimizer=tb.Categorical(
            {"sgd": tb.Space(m=tb.Ordinal([0.0, 0.9])), "adam": tb.Space(), "none": None}
        ),
    )
    points = grid(space)
    assert len(points) == space.size == 8
    assert {tuple(point.items()) for point in points} == {
        *((("n", n), ("optimizer", "sgd"), ("m", m)) for n in (1, 2) for m in (0.0, 0.9)),
        *((("n", n), ("optimizer", label)) for n in (1, 2) for label in ("adam", "none")),
    }


def test_a_choice_between_empty_branches_keeps_all_its_branches() -> None:
    points = grid(tb.Space(optimizer=tb.Categorical({"sgd": tb.Space(), "adam": tb.Space()})))
    assert [point["optimizer"] for point in points] == ["sgd", "adam"]


def test_weights_do_not_thin_a_grid() -> None:
    points = grid(tb.Space(kind=tb.Categorical(["a", "b"], weights=[1, 1000])))
    assert [point["kind"] for point in points] == ["a", "b"]


def test_a_space_of_constants_is_a_grid_of_one_point() -> None:
    assert grid(tb.Space(a=tb.Constant(1), b=tb.Int(2, 2))) == [{"a": 1, "b": 2}]


def test_a_grid_with_points_visits_the_points() -> None:
    assert [point["x"] for point in grid(tb.Space(x=tb.Float(0, 1)), points=3)] == [0.0, 0.5, 1.0]
