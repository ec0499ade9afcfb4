"""What is no point of a space is refused, whichever library it is said to come from."""

import math
from typing import Any

import pytest

import tunebridge as tb

BACKENDS = ["hyperopt:tpe", "optuna:tpe", "sklearn:random"]

BRANCHED = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(lr=tb.Float(0, 1), nesterov=tb.Categorical([True, False])),
            "adam": tb.Space(lr=tb.Float(3, 4), size=tb.Ordinal([8, 16])),
        }
    ),
    seed=tb.Constant(7),
)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "native",
    [
        {},
        {"optimizer": "sgd"},
        {"optimizer": "rmsprop"},
        {"optimizer": 0},
        {"optimizer": 5},
        None,
        3,
        [],
    ],
    ids=str,
)
def test_a_point_of_another_space_is_refused_and_shown(native: Any, backend: str) -> None:
    with pytest.raises(tb.TranslationError, match=f"is no point of this space on {backend}") as caught:
        tb.decode(BRANCHED, backend, native)
    assert repr(native) in str(caught.value)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("parameter", "native"),
    [
        (tb.Float(0, 1), 1.5),
        (tb.Float(0, 1), -0.5),
        (tb.Float(0, 1), math.nan),
        (tb.Float(0, 1), "1"),
        (tb.Float(0, 1), "a"),
        (tb.Float(0, 1), None),
        (tb.Float(0, 1), True),
        (tb.Int(1, 3), 7),
        (tb.Int(1, 3), 1.5),
        (tb.Ordinal(["a", "b"]), 9),
        (tb.Ordinal(["a", "b"]), -3),
        (tb.Float(0, 1, step=0.5), 0.3),
    ],
    ids=str,
)
def test_a_value_outside_its_parameter_is_refused(
    parameter: tb.AnyParameter, native: Any, backend: str
) -> None:
    with pytest.raises(tb.TranslationError, match="no point"):
        tb.decode(tb.Space(p=parameter), backend, {"p": native})


def test_a_place_is_no_value_of_an_ordinal_where_values_travel() -> None:
    with pytest.raises(tb.TranslationError, match="no point"):
        tb.decode(tb.Space(p=tb.Ordinal(["a", "b"])), "sklearn:random", {"p": 1})
