"""A copy's params stay in their domains, and move: rule 7 of what follows for live changes."""

import random
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.population.moves import drawn, moved

NUMBERS: list[Any] = [
    tb.Float(0.0, 1.0),
    tb.Float(-3.0, 2.0),
    tb.Float(1e-5, 1e-1, log=True),
    tb.Float(0.0, 1.0, step=0.25),
    tb.Int(0, 5),
    tb.Int(1, 2),
    tb.Int(-4, 4),
    tb.Int(1, 1024, log=True),
    tb.Int(0, 100, step=20),
    tb.Normal(0.0, 1.0),
    tb.Normal(0.0, 1.0, log=True),
    tb.Ordinal([16, 32, 64, 128]),
    tb.Ordinal(["low", "high"]),
]


@pytest.mark.parametrize("parameter", NUMBERS, ids=repr)
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_move_stays_in_the_domain_and_always_moves(parameter: Any, factor: float) -> None:
    for q in [0.0, 1.0, *(index / 37 for index in range(1, 37))]:
        value = parameter.quantile(q)
        for _ in range(50):
            before, value = value, moved(parameter, value, factor)
            assert parameter.read(value) == value
            assert type(value) is type(before)
            assert value != before


@pytest.mark.parametrize(
    ("parameter", "value", "factor", "expected"),
    [
        (tb.Float(0.0, 1.0), 0.5, 1.2, 0.6),
        (tb.Float(0.0, 1.0), 0.9, 1.2, 1.0),
        (tb.Float(0.0, 1.0), 0.0, 0.8, 0.05),
        (tb.Float(0.0, 1.0), 0.0, 1.2, 0.05),
        (tb.Float(0.0, 1.0), 1.0, 1.2, 0.95),
        (tb.Float(1e-4, 1e-1, log=True), 1e-3, 0.8, 8e-4),
        (tb.Int(0, 9), 0, 1.2, 1),
        (tb.Int(0, 9), 1, 1.2, 2),
        (tb.Int(0, 9), 1, 0.8, 0),
        (tb.Int(0, 9), 9, 1.2, 8),
        (tb.Int(1, 100), 50, 1.2, 60),
        (tb.Int(0, 100, step=20), 20, 1.2, 40),
        (tb.Ordinal([32, 64, 128]), 32, 0.8, 64),
        (tb.Ordinal([32, 64, 128]), 64, 0.8, 32),
        (tb.Ordinal([32, 64, 128]), 64, 1.2, 128),
        (tb.Categorical(["a", "b", "c"]), "b", 1.2, "b"),
    ],
)
def test_moves_are_by_the_factor_or_else_by_one_step(
    parameter: Any, value: Any, factor: float, expected: Any
) -> None:
    assert moved(parameter, value, factor) == pytest.approx(expected)


def test_what_is_drawn_anew_is_in_the_domain_and_a_choice_without_order_is_another_one() -> None:
    rng = random.Random(0)
    choice = tb.Categorical(["a", "b", "c"], weights=[1, 3, 1])
    found = [drawn(choice, "a", rng) for _ in range(400)]
    assert set(found) == {"b", "c"}
    assert found.count("b") == pytest.approx(300, abs=30)
    assert drawn(tb.Categorical(["only"]), "only", rng) == "only"
    number = tb.Float(1e-5, 1e-1, log=True)
    drawn_anew = [drawn(number, 1e-3, rng) for _ in range(200)]
    assert all(number.read(value) == value for value in drawn_anew)
    assert sum(value < 1e-3 for value in drawn_anew) == pytest.approx(100, abs=30)
