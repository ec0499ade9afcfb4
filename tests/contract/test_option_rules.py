"""What the values of options have to be: said in words, and checked as something is chosen."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tunebridge as tb
from tunebridge.contract.option_rules import check_options
from tunebridge.contract.spec import PluginSpec
from tunebridge.registry import plugins

UNRULED = {"points", "members", "around", "step"}
"""Options that their plugins check: they depend on space or others, or the plugin is a foreign one."""


def learners() -> Iterator[PluginSpec]:
    """Yield the backends and pruners of this repository."""
    registry = plugins.registry()
    for spec in [*registry.backends.values(), *registry.pruners.values()]:
        if type(spec).__module__.startswith("tunebridge") and "scipy:" not in spec.name:
            yield spec


RULED = [
    pytest.param(spec, option, id=f"{spec.name}-{option}") for spec in learners() for option in spec.rules
]


@pytest.mark.parametrize(
    ("rule", "words", "fitting", "others"),
    [
        (tb.Whole(1), "an integer >= 1", [1, 7, np.int64(3)], [0, 1.0, "1", True, None, math.nan]),
        (tb.Number(), "a finite number", [0, -1.5, np.float64(2)], [math.inf, math.nan, "0", False, None]),
        (tb.Number(above=0), "a number > 0", [1e-9, 3], [0, -1, math.inf]),
        (tb.Number(low=0, high=1), "a number >= 0 and <= 1", [0, 1, 0.5], [-0.1, 1.1]),
        (tb.OneOf(True, False), "True or False", [True, False, np.bool_(True)], [1, 0, "True", None]),
        (tb.OneOf(0, 1, None), "0, 1 or None", [0, 1, None, np.int64(1)], [True, 2, "0", 1.0]),
        (tb.OneOf("auto"), "'auto'", ["auto"], ["Auto", None]),
        (tb.Either(tb.Whole(2), tb.OneOf("auto")), "an integer >= 2, or 'auto'", [2, "auto"], [1, "x"]),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_a_rule_says_what_fits_and_takes_nothing_else(
    rule: tb.OptionRule, words: str, fitting: list[Any], others: list[Any]
) -> None:
    assert str(rule) == words
    assert [value for value in fitting if not rule.fits(value)] == []
    assert [value for value in others if rule.fits(value)] == []
    assert str(pickle.loads(pickle.dumps(rule))) == words


def test_all_wrong_values_are_named_at_once_and_a_text_that_shows_the_value_is_read() -> None:
    auto = tb.Either(tb.Whole(1), tb.OneOf("auto"))
    rules: dict[str, tb.OptionRule] = {
        "n": tb.Whole(1),
        "on": tb.OneOf(True, False),
        "x": tb.Number(low=0),
        "size": auto,
    }
    with pytest.raises(tb.OptionError) as caught:
        check_options("a:b", rules, {"n": "5", "on": "false", "x": -1, "size": "Auto", "free": object()})
    assert caught.value.message == (
        "n of a:b must be an integer >= 1, got '5'; on of a:b must be True or False, got 'false'; "
        "x of a:b must be a number >= 0, got -1; size of a:b must be an integer >= 1, or 'auto', got 'Auto'"
    )
    assert caught.value.hint == "Did you mean 'auto'? (known: auto); write n=5, on=False"


def test_every_option_of_our_backends_and_pruners_has_a_rule_or_is_named_here() -> None:
    missing = {
        (spec.name, option) for spec in learners() for option in spec.options if option not in spec.rules
    }
    assert {option for _, option in missing} <= UNRULED


@pytest.mark.parametrize(("spec", "option"), RULED)
def test_a_wrong_type_is_refused_as_the_option_is_given(spec: PluginSpec, option: str) -> None:
    choose: Any = tb.backend if isinstance(spec, tb.BackendSpec) else tb.pruner
    for wrong in (object(), "5 of them", [1]):
        with pytest.raises(tb.OptionError, match=f"{option} of {spec.name} must be"):
            choose(spec.name, **{option: wrong})


def test_the_libraries_own_defaults_fit_the_rules() -> None:
    n_checked = 0
    for spec in (one for one in learners() if isinstance(one, tb.BackendSpec)):
        defaults = spec.settings({})
        given = {name: defaults[name] for name in spec.rules if name in defaults}
        assert dict(tb.backend(spec.name, **given).options) == given
        n_checked += len(given)
    assert n_checked > 40


def test_a_chosen_backend_whose_options_are_added_to_is_checked_too() -> None:
    chosen = tb.backend("optuna:tpe", n_startup_trials=3)
    with pytest.raises(tb.OptionError, match="n_ei_candidates of optuna:tpe must be an integer >= 1, got 0"):
        tb.backend(chosen, n_ei_candidates=0)
