"""What is active in ConfigSpace is active here, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ConfigSpace import (
    AndConjunction,
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenGreaterThanClause,
    GreaterThanCondition,
    InCondition,
    LessThanCondition,
    NormalIntegerHyperparameter,
    NotEqualsCondition,
    OrConjunction,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from scipy import stats

import tunebridge as tb
import tunebridge_configspace

N = 400
"""How many points are compared each way."""
Conditions = Callable[[dict[str, Any]], list[Any]]

ONE_CONDITION: dict[str, Conditions] = {
    "equals": lambda h: [EqualsCondition(h["x"], h["model"], "svm")],
    "not equals": lambda h: [NotEqualsCondition(h["x"], h["model"], "svm")],
    "in": lambda h: [InCondition(h["x"], h["model"], ["svm", "net"])],
    "an integer equals": lambda h: [EqualsCondition(h["x"], h["layers"], 3)],
    "an integer differs": lambda h: [NotEqualsCondition(h["x"], h["layers"], 3)],
    "an integer in": lambda h: [InCondition(h["x"], h["layers"], [1, 3, 4])],
    "an integer below": lambda h: [LessThanCondition(h["x"], h["layers"], 3)],
    "a float above": lambda h: [GreaterThanCondition(h["x"], h["rate"], 0.25)],
    "a float below": lambda h: [LessThanCondition(h["x"], h["rate"], 0.25)],
    "an ordinal above": lambda h: [GreaterThanCondition(h["x"], h["size"], "small")],
    "an ordinal below": lambda h: [LessThanCondition(h["x"], h["size"], "large")],
    "all of": lambda h: [
        AndConjunction(
            EqualsCondition(h["x"], h["model"], "net"), GreaterThanCondition(h["x"], h["layers"], 2)
        )
    ],
    "a range": lambda h: [
        AndConjunction(
            LessThanCondition(h["x"], h["rate"], 0.75), GreaterThanCondition(h["x"], h["rate"], 0.25)
        )
    ],
    "any of": lambda h: [
        OrConjunction(EqualsCondition(h["x"], h["model"], "net"), LessThanCondition(h["x"], h["rate"], 0.5))
    ],
    "any of all of": lambda h: [
        OrConjunction(
            AndConjunction(
                EqualsCondition(h["x"], h["model"], "net"), EqualsCondition(h["x"], h["size"], "large")
            ),
            AndConjunction(
                NotEqualsCondition(h["x"], h["model"], "net"),
                OrConjunction(
                    LessThanCondition(h["x"], h["layers"], 2), EqualsCondition(h["x"], h["layers"], 4)
                ),
            ),
        )
    ],
    "a chain": lambda h: [
        EqualsCondition(h["size"], h["model"], "net"),
        EqualsCondition(h["x"], h["size"], "large"),
    ],
    "a chain of ranges": lambda h: [
        GreaterThanCondition(h["rate"], h["layers"], 2),
        LessThanCondition(h["x"], h["rate"], 0.5),
    ],
    "not equals on what may be inactive": lambda h: [
        EqualsCondition(h["size"], h["model"], "svm"),
        NotEqualsCondition(h["x"], h["size"], "small"),
    ],
    "not equals, two levels up": lambda h: [
        AndConjunction(
            InCondition(h["size"], h["model"], ["svm", "net"]), LessThanCondition(h["size"], h["rate"], 0.75)
        ),
        NotEqualsCondition(h["x"], h["size"], "small"),
    ],
    "a range and its rest": lambda h: [
        OrConjunction(
            LessThanCondition(h["x"], h["rate"], 0.75), GreaterThanCondition(h["x"], h["rate"], 0.25)
        )
    ],
    "a range and its rest of what may be inactive": lambda h: [
        EqualsCondition(h["layers"], h["model"], "svm"),
        OrConjunction(
            LessThanCondition(h["x"], h["layers"], 3), GreaterThanCondition(h["x"], h["layers"], 1)
        ),
    ],
    "any of two, or neither": lambda h: [
        OrConjunction(
            EqualsCondition(h["x"], h["model"], "svm"),
            AndConjunction(
                NotEqualsCondition(h["x"], h["model"], "svm"), LessThanCondition(h["x"], h["rate"], 0.5)
            ),
            AndConjunction(
                NotEqualsCondition(h["x"], h["model"], "svm"), GreaterThanCondition(h["x"], h["rate"], 0.25)
            ),
        )
    ],
    "a constant that is always there": lambda h: [EqualsCondition(h["x"], h["fixed"], "v")],
    "a constant that is there at times": lambda h: [
        EqualsCondition(h["fixed"], h["model"], "svm"),
        EqualsCondition(h["x"], h["fixed"], "v"),
    ],
    "a whole range of what may be inactive": lambda h: [
        EqualsCondition(h["size"], h["model"], "svm"),
        InCondition(h["x"], h["size"], ["small", "middle", "large"]),
    ],
}


def hyperparameters() -> dict[str, Any]:
    made = [
        CategoricalHyperparameter("model", ["svm", "net", "forest"]),
        UniformIntegerHyperparameter("layers", 1, 4),
        UniformFloatHyperparameter("rate", 0.0, 1.0),
        OrdinalHyperparameter("size", ["small", "middle", "large"], default_value="middle"),
        Constant("fixed", "v"),
        UniformFloatHyperparameter("x", 0.0, 1.0),
    ]
    return {one.name: one for one in made}


def space_with(conditions: Conditions) -> ConfigurationSpace:
    made = hyperparameters()
    space = ConfigurationSpace(seed=1)
    space.add(*made.values())
    space.add(*conditions(made))
    return space


def plain(configuration: Any) -> dict[str, Any]:
    return {name: one.item() if isinstance(one, np.generic) else one for name, one in configuration.items()}


@pytest.mark.parametrize("name", ONE_CONDITION)
def test_the_same_points_are_possible_and_as_likely(name: str) -> None:
    space = space_with(ONE_CONDITION[name])
    reading = tb.read_space(space)
    theirs = [plain(one) for one in space.sample_configuration(N)]
    assert [one for one in theirs if not reading.space.contains(one)] == []
    ours = [reading.space.sample(seed) for seed in range(N)]
    for one in ours:
        reading.params(one).check_valid_configuration()
    counts = [Counter(tuple(sorted(one)) for one in points) for points in (theirs, ours)]
    shapes = sorted(counts[0] | counts[1])
    assert all(set(count) == set(shapes) for count in counts)
    assert len(shapes) < 2 or (
        stats.chi2_contingency([[count[shape] for shape in shapes] for count in counts]).pvalue > 1e-4
    )


def emulated() -> ConfigurationSpace:
    trees = UniformIntegerHyperparameter("trees", 1, 50, log=True)
    depth = NormalIntegerHyperparameter("depth", 5, 2, lower=1, upper=10)
    x, y, z = (UniformFloatHyperparameter(name, 0.0, 1.0) for name in "xyz")
    space = ConfigurationSpace(seed=1)
    space.add(trees, depth, x, y, z)
    space.add(
        LessThanCondition(x, trees, 7),
        InCondition(y, depth, [3, 4, 8]),
        OrConjunction(EqualsCondition(z, trees, 1), GreaterThanCondition(z, depth, 6)),
    )
    return space


def test_conditions_on_what_is_emulated_hold_at_the_very_values() -> None:
    space = emulated()
    reading = tb.read_space(space)
    seen = Counter[tuple[bool, bool, bool]]()
    for seed in range(N):
        values = plain(reading.params(reading.space.sample(seed)))
        expected = (
            values["trees"] < 7,
            values["depth"] in (3, 4, 8),
            values["trees"] == 1 or values["depth"] > 6,
        )
        assert ("x" in values, "y" in values, "z" in values) == expected
        seen[expected] += 1
    assert len(seen) >= 6


def test_what_can_never_be_active_is_no_param() -> None:
    made = hyperparameters()
    space = ConfigurationSpace()
    space.add(*made.values())
    never = AndConjunction(
        EqualsCondition(made["x"], made["model"], "svm"), EqualsCondition(made["x"], made["model"], "net")
    )
    space.add(never)
    reading = tb.read_space(space)
    assert "x" not in reading.space
    assert {row.path: row.reason for row in reading.parameters}["x"].startswith("is never active")


def test_forbidden_clauses_say_nothing_of_what_is_inactive() -> None:
    made = hyperparameters()
    space = ConfigurationSpace(seed=1)
    space.add(*made.values())
    space.add(EqualsCondition(made["size"], made["model"], "svm"))
    space.add(
        ForbiddenGreaterThanClause(made["size"], "middle"),
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(made["size"], "small"), ForbiddenEqualsClause(made["layers"], 1)
        ),
    )
    reading = tb.read_space(space)
    assert all(reading.space.contains(plain(one)) for one in space.sample_configuration(N))
    for seed in range(N):
        reading.params(reading.space.sample(seed))


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_backends_propose_configurations(backend: str) -> None:
    reading = tb.read_space(space_with(ONE_CONDITION["any of all of"]))

    def objective(params: Any) -> float:
        return float(reading.params(params).get("x", 1.0))  # a Configuration checks itself

    result = tb.tune(tb.Problem(objective, reading.space), backend=backend, n_trials=15, seed=0)
    assert {record.state for record in result.trials} == {tb.TrialState.COMPLETE}


def test_the_default_configuration_is_a_point_to_begin_with() -> None:
    import tunebridge_configspace

    for space in (emulated(), space_with(ONE_CONDITION["any of all of"])):
        reading = tb.read_space(space)
        initial = tunebridge_configspace.initial(space)
        assert reading.params(initial) == space.get_default_configuration()
        result = tb.tune(
            tb.Problem(lambda params: 1.0, reading.space),
            backend="optuna:tpe", n_trials=1, seed=0, initial=[initial],
        )  # fmt: skip
        assert reading.params(result.trials[0]) == space.get_default_configuration()


def test_initial_of_something_else_than_a_space_says_what_it_takes() -> None:
    given: Any = {"x": 1}
    with pytest.raises(tb.SpaceError, match=r"initial takes a ConfigurationSpace, got an object of dict"):
        tunebridge_configspace.initial(given)
