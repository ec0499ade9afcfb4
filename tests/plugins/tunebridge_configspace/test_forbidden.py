"""What ConfigSpace forbids breaks a constraint, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from ConfigSpace import (
    Configuration,
    ConfigurationSpace,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenEqualsRelation,
    ForbiddenGreaterThanClause,
    ForbiddenGreaterThanEqualsClause,
    ForbiddenGreaterThanEqualsRelation,
    ForbiddenGreaterThanRelation,
    ForbiddenInClause,
    ForbiddenLessThanClause,
    ForbiddenLessThanEqualsClause,
    ForbiddenLessThanEqualsRelation,
    ForbiddenLessThanRelation,
    ForbiddenOrConjunction,
    OrdinalHyperparameter,
    UniformIntegerHyperparameter,
)
from ConfigSpace.exceptions import ForbiddenValueError

import tunebridge as tb

A = UniformIntegerHyperparameter("a", 0, 4, default_value=0)
B = UniformIntegerHyperparameter("b", 1, 5, default_value=3)
SIZE = OrdinalHyperparameter("size", ["small", "middle", "large"], default_value="middle")
CLAUSES: list[Any] = [
    ForbiddenEqualsClause(A, 2),
    ForbiddenInClause(B, [1, 5]),
    ForbiddenGreaterThanClause(SIZE, "middle"),
    ForbiddenGreaterThanEqualsClause(SIZE, "large"),
    ForbiddenGreaterThanEqualsClause(B, 4),
    ForbiddenLessThanClause(SIZE, "middle"),
    ForbiddenLessThanEqualsClause(B, 2),
    ForbiddenAndConjunction(ForbiddenEqualsClause(A, 2), ForbiddenInClause(SIZE, ["small", "large"])),
    ForbiddenOrConjunction(ForbiddenEqualsClause(A, 3), ForbiddenGreaterThanClause(B, 4)),
    ForbiddenLessThanRelation(B, A),
    ForbiddenEqualsRelation(A, B),
    ForbiddenGreaterThanRelation(A, B),
    ForbiddenLessThanEqualsRelation(B, A),
    ForbiddenGreaterThanEqualsRelation(A, B),
]


@pytest.mark.parametrize("clause", CLAUSES, ids=str)
def test_constraints_hold_where_configspace_allows(clause: Any) -> None:
    space = ConfigurationSpace()
    space.add(A, B, SIZE, clause)
    read = tb.read_space(space).space
    seen = set()
    for a in range(5):
        for b in range(1, 6):
            for size in SIZE.sequence:
                values = {"a": a, "b": b, "size": size}
                assert read.contains(values) is is_allowed(space, values), values
                seen.add(read.contains(values))
    assert seen == {True, False}


def is_allowed(space: ConfigurationSpace, values: dict[str, Any]) -> bool:
    try:
        Configuration(space, values=values)
    except ForbiddenValueError:
        return False
    return True


def test_the_rule_is_told_in_configspaces_words() -> None:
    space = ConfigurationSpace()
    space.add(A, B, SIZE, CLAUSES[7])
    reasons = [constraint.reason for constraint in tb.read_space(space).space.constraints]
    assert reasons == ["forbidden: (a == 2 and size in {'small', 'large'})"]


def test_a_study_proposes_nothing_that_is_forbidden() -> None:
    space = ConfigurationSpace()
    space.add(A, B, SIZE, *CLAUSES[6:9])
    reading = tb.read_space(space)

    def objective(params: Any) -> float:
        return float(reading.params(params)["a"])  # a Configuration checks itself

    result = tb.tune(tb.Problem(objective, reading.space), backend="optuna:tpe", n_trials=12, seed=0)
    assert {record.state for record in result.trials} == {tb.TrialState.COMPLETE}
