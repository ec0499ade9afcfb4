"""Optuna's Gaussian process with some params fixed."""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

import pytest

import tunebridge as tb
from tunebridge_optuna.given import GivenSession

SPACE = tb.Space(
    x=tb.Float(0, 1),
    rate=tb.Float(1e-4, 1e-1, log=True),
    n=tb.Int(1, 8),
    even=tb.Int(0, 8, step=2),
    size=tb.Ordinal([16, 32, 64]),
    stepped=tb.Float(0.1, 0.5, step=0.1),
    noise=tb.Normal(0, 1),
    kind=tb.Categorical(["a", "b"]),
    branch=tb.Categorical({"p": tb.Space(m=tb.Float(0, 1)), "q": tb.Space()}),
    gate=tb.Float(0, 1, when={"n": tb.Between(3, None)}),
    only=tb.Int(3, 3),
)
FLAT = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1), t=tb.Int(0, 100))


def session(space: tb.Space, n_startup: int = 3) -> Any:
    """Open a session through the registered spec."""
    chosen = tb.backend("optuna:gp", n_startup_trials=n_startup)
    return chosen.spec.open(
        tb.OpenRequest(
            space=space,
            translation=tb.explain(space, chosen),
            options=chosen.options,
            directions=(tb.Direction.MAXIMIZE,),
            seed=0,
            n_trials=None,
            study_name="given",
        )
    )


def tell(opened: Any, params: Mapping[str, Any], value: float, number: int | None = None) -> None:
    complete = tb.OutcomeState.COMPLETE
    opened.tell(tb.Outcome(suggestion_id=number, params=params, state=complete, values=(value,)))


def best(t: int) -> float:
    return 0.1 + 0.8 * t / 100


@pytest.mark.parametrize("trend", [0.0, 1.0], ids=["values alike at all times", "values that fall with time"])
def test_it_follows_a_best_place_that_moves_with_the_fixed_param(trend: float) -> None:
    opened, misses = session(FLAT), []
    for t in range(0, 100, 4):
        suggestion = opened.ask_given({"t": t})
        assert suggestion.params["t"] == t
        gap = suggestion.params["x"] - best(t)
        tell(opened, suggestion.params, trend * (100 - t) / 100 - gap**2, suggestion.id)
        misses += [abs(gap)] * (t >= 60)
    assert fmean(misses) < 0.25  # 0.4 for one that ignores it


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", 0.25), ("n", 7), ("even", 6), ("size", 64), ("stepped", 0.5), ("noise", -0.5), ("only", 3)],
)
def test_every_number_on_a_linear_scale_is_fixed_to_the_last_bit(name: str, value: Any) -> None:
    space = tb.Space({one: SPACE[one] for one in ("x", "even", "size", "stepped", "noise", "only")})
    space = tb.Space({**dict(space), "n": tb.Int(1, 8)})
    opened = session(space)
    for number in range(5):
        tell(opened, space.sample(number), float(number))
    for _ in range(2):
        suggestion = opened.ask_given({name: value})
        assert suggestion.params[name] == value
        assert type(suggestion.params[name]) is type(value)
        tell(opened, suggestion.params, 1.0, suggestion.id)


def test_params_are_fixed_in_a_space_with_branches_too() -> None:
    opened = session(SPACE)
    for number in range(6):
        tell(opened, SPACE.sample(number), float(number))
    assert opened.ask_given({"x": 0.5, "size": 32}).params.items() >= {"x": 0.5, "size": 32}.items()


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 0.01), ("kind", "a"), ("branch", "p"), ("n", 3), ("gate", 0.5)]
)
def test_what_cannot_be_fixed_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(tb.UnsupportedError, match=rf"^{name}: .* cannot propose") as caught:
        session(SPACE).ask_given({name: value})
    assert "linear scale" in caught.value.hint


def test_what_is_not_in_the_space_is_an_error() -> None:
    with pytest.raises(tb.SpaceError, match="nothing: no param"):
        session(SPACE).ask_given({"nothing": 1})
    with pytest.raises(tb.SpaceError, match="x: "):
        session(SPACE).ask_given({"x": 3.0})


def test_asking_so_leaves_the_sampler_as_it_was() -> None:
    opened = session(FLAT)
    assert isinstance(opened, GivenSession)
    for number in range(4):
        tell(opened, FLAT.sample(number), float(number))
    given, free = opened.ask_given({"t": 50}), opened.ask()
    assert given is not None
    assert free is not None
    assert given.params["t"] == 50
    assert free.params["t"] != 50
    tell(opened, free.params, 1.0, free.id)
    tell(opened, given.params, 1.0, given.id)


def test_the_same_is_proposed_again_for_the_same_seed() -> None:
    both = []
    for _ in range(2):
        opened = session(FLAT)
        for number in range(6):
            tell(opened, FLAT.sample(number), FLAT.sample(number)["x"])
        both.append([opened.ask_given({"t": 90}).params for _ in range(2)])
    assert both[0] == both[1]
    assert both[0][0] != both[0][1]
