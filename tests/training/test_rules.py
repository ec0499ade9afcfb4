"""Feedback rules: Plateau, Schedule, rules of one's own, and what the space allows."""

import math
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge.training.changes import resolve

SPACE = tb.Space(
    lr=tb.Float(1e-3, 1.0, log=True),
    dropout=tb.Float(0, 1, step=0.25),
    layers=tb.Int(1, 4),
    width=tb.Int(10, 50, step=10),
    batch=tb.Ordinal([16, 32, 64]),
    noise=tb.Normal(0.0, 1.0),
    scale=tb.Normal(0.0, 1.0, log=True),
    activation=tb.Categorical({"abs": abs, "round": round}),
    flag=tb.Categorical([1, True, None]),
    optimizer=tb.Categorical(
        {"sgd": tb.Space(momentum=tb.Float(0, 0.9)), "adam": tb.Space(beta=tb.Float(0, 1))}
    ),
    fixed=tb.Constant(3),
)
START = {
    "lr": 0.5,
    "dropout": 0.5,
    "layers": 2,
    "width": 30,
    "batch": 32,
    "noise": 0.5,
    "scale": 1.0,
    "activation": abs,
    "flag": 1,
    "optimizer": "sgd",
    "momentum": 0.5,
    "fixed": 3,
}


def run(*rules: Any, values: Any = (0.0,), direction: str = "minimize", start: Any = START) -> tb.TrialRecord:
    """Run one trial that reports some values, under rules."""

    def objective(trial: tb.Trial) -> Iterator[float]:
        for value in values:  # noqa: UP028  # a list takes no answers, so `yield from` it raises
            yield value

    problem = tb.Problem(objective, SPACE, direction)
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, "initial": [start]}
    (trial,) = tb.tune(problem, adjust=rules, **settings).trials
    assert (trial.state, len(trial.reports)) == (tb.TrialState.COMPLETE, len(values))
    return trial


def asking(**changes: Any) -> tb.TrialRecord:
    """Run one trial of one report whose only rule asks for some changes."""
    return run(lambda training: changes)


def values_of(trial: tb.TrialRecord, name: str) -> dict[int, Any]:
    return {change.step: change.value for change in trial.changes if change.name == name}


# Plateau.

CURVES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 1.0]) | st.floats(-2, 2), min_size=1, max_size=40)

SGD = tb.Space(lr=tb.Float(0.0, 100.0))


def ours(rule: tb.Plateau, curve: list[float], direction: str, start: float) -> list[float]:
    """Return the rate after each report."""
    rates: list[float] = []

    def objective(trial: tb.Trial) -> Iterator[float]:
        for value in curve:
            yield value
            rates.append(trial["lr"])

    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0}
    problem = tb.Problem(objective, SGD, direction)
    (trial,) = tb.tune(problem, adjust=[rule], initial=[{"lr": start}], **settings).trials
    assert trial.faults == ()
    return rates


def theirs(curve: list[float], start: float, **options: Any) -> list[float]:
    """Return the rate after each epoch of a loop with PyTorch's scheduler."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=start)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, cooldown=0, eps=0.0, **options)
    rates = []
    for value in curve:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


@settings(deadline=None, max_examples=60)
@given(
    curve=CURVES,
    direction=st.sampled_from(["minimize", "maximize"]),
    patience=st.integers(0, 5),
    factor=st.sampled_from([0.1, 0.5, 0.9]),
    minimum=st.none() | st.sampled_from([0.0, 0.01, 0.3]),
    min_delta=st.sampled_from([0.0, 0.05, 0.5]),
)
def test_plateau_repeats_reduce_lr_on_plateau(
    curve: list[float], direction: str, patience: int, factor: float, minimum: float | None, min_delta: float
) -> None:
    rule = tb.Plateau("lr", factor=factor, patience=patience, minimum=minimum, min_delta=min_delta)
    by_hand = theirs(
        curve,
        0.4,
        mode=direction.removesuffix("imize"),
        factor=factor,
        patience=patience,
        min_lr=minimum or 0.0,
        threshold=min_delta,
        threshold_mode="abs",
    )
    assert ours(rule, curve, direction, 0.4) == by_hand


def test_plateau_with_its_defaults_repeats_pytorch_with_its_own() -> None:
    """PyTorch's default threshold is relative and 1e-4; a plateau that is flat shows no difference."""
    curve = [1.0] * 40
    assert ours(tb.Plateau("lr"), curve, "minimize", 0.4) == theirs(curve, 0.4)
    assert len(set(ours(tb.Plateau("lr"), curve, "minimize", 0.4))) == 4


def test_plateau_waits_patience_reports_after_the_best_and_acts_at_the_next() -> None:
    trial = run(tb.Plateau("lr", factor=0.5, patience=2), values=[3, 2, 2, 2, 2, 2, 2, 2])
    assert values_of(trial, "lr") == {4: 0.25, 7: 0.125}


def test_plateau_follows_the_direction() -> None:
    rising = [1, 2, 3, 4]
    rule = tb.Plateau("lr", factor=0.5, patience=0)
    assert values_of(run(rule, values=rising, direction="maximize"), "lr") == {}
    assert values_of(run(rule, values=rising), "lr") == {1: 0.25, 2: 0.125, 3: 0.0625}


def test_plateau_stops_at_its_minimum_and_says_nothing_more() -> None:
    trial = run(tb.Plateau("lr", factor=0.1, patience=0, minimum=0.02), values=[1] * 6)
    assert trial.schedule == (tb.Change(1, "lr", 0.05), tb.Change(2, "lr", 0.02))


def test_plateau_is_clipped_at_the_bound_of_the_space_with_a_note_and_then_rests() -> None:
    trial = run(tb.Plateau("lr", factor=0.01, patience=0), values=[1] * 6)
    assert [(change.step, change.value) for change in trial.changes] == [(1, 0.005), (2, 0.001)]
    assert trial.changes[0].note == ""
    assert trial.changes[1].note.startswith("clipped from 5")
    assert trial.faults == ()


def test_plateau_may_raise_a_param_up_to_its_bound() -> None:
    trial = run(tb.Plateau("layers", factor=1.5, patience=0), values=[1] * 4)
    assert values_of(trial, "layers") == {1: 3, 2: 4}
    assert all(type(change.value) is int for change in trial.changes)


def test_plateau_counts_reports_not_steps() -> None:
    def objective(trial: tb.Trial) -> float:
        for step in (0, 10, 20, 30):
            trial.report(1.0, step=step)
        return 1.0

    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, "initial": [START]}
    rule = tb.Plateau("lr", factor=0.5, patience=2)
    (trial,) = tb.tune(tb.Problem(objective, SPACE), adjust=[rule], **settings).trials
    assert values_of(trial, "lr") == {30: 0.25}


def test_plateau_rests_in_a_trial_without_its_param() -> None:
    trial = run(tb.Plateau("beta", patience=0), values=[1] * 4)
    assert (trial.schedule, trial.faults) == ((), ())


# Schedule.


def scheduled(at: dict[int, Any], steps: list[int], name: str = "lr") -> dict[int, Any]:
    def objective(trial: tb.Trial) -> float:
        for step in steps:
            trial.report(1.0, step=step)
        return 1.0

    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0, "initial": [START]}
    (trial,) = tb.tune(tb.Problem(objective, SPACE), adjust=[tb.Schedule(name, at=at)], **settings).trials
    assert trial.faults == ()
    return values_of(trial, name)


@pytest.mark.parametrize(
    ("at", "steps", "expected"),
    [
        ({1: 0.25, 3: 0.125}, [0, 1, 2, 3, 4], {1: 0.25, 3: 0.125}),
        ({0: 0.25}, [0, 1], {0: 0.25}),
        ({0: 0.25}, [3, 4], {3: 0.25}),
        ({1: 0.25}, [0, 5, 6], {5: 0.25}),
        ({1: 0.25, 3: 0.125}, [0, 5], {5: 0.125}),
        ({3: 0.125, 1: 0.25}, [0, 5], {5: 0.125}),
        ({9: 0.25}, [0, 1], {}),
        ({1: 0.5}, [0, 1, 2], {1: 0.5}),
        ({}, [0, 1], {}),
    ],
    ids=[
        "exact",
        "first",
        "first step is later",
        "gap",
        "two in a gap",
        "any order",
        "never",
        "same",
        "empty",
    ],
)
def test_a_schedule_holds_from_the_first_report_at_its_step_or_later(
    at: dict[int, float], steps: list[int], expected: dict[int, float]
) -> None:
    assert scheduled(at, steps) == expected


def test_a_schedule_takes_any_kind_of_param() -> None:
    assert scheduled({1: 64}, [0, 1], "batch") == {1: 64}
    assert scheduled({1: round}, [0, 1], "activation") == {1: round}
    assert scheduled({1: None}, [0, 1], "flag") == {1: None}
    assert scheduled({1: 0.25}, [0, 1], "momentum") == {1: 0.25}


def test_a_schedule_rests_in_a_trial_without_its_param() -> None:
    assert scheduled({1: 0.25}, [0, 1], "beta") == {}


def test_a_schedule_overrides_what_another_rule_did_at_the_same_step() -> None:
    rules = (tb.Plateau("lr", factor=0.5, patience=0), tb.Schedule("lr", at={2: 0.75}))
    trial = run(*rules, values=[1] * 4)
    assert [(change.step, change.value) for change in trial.changes] == [
        (1, 0.25),
        (2, 0.125),
        (2, 0.75),
        (3, 0.375),
    ]


# What the space allows.


@pytest.mark.parametrize(
    ("name", "asked", "value"),
    [
        ("lr", 5.0, 1.0),
        ("lr", 1e-9, 0.001),
        ("lr", -1.0, 0.001),
        ("layers", 9, 4),
        ("layers", 4.4, 4),
        ("layers", 0.6, 1),
        ("width", 99, 50),
        ("width", -3.5, 10),
        ("dropout", 1.1, 1.0),
        ("dropout", -0.1, 0.0),
        ("momentum", 0.99, 0.9),
    ],
)
def test_a_number_beyond_its_bounds_is_clipped_and_says_so(name: str, asked: float, value: float) -> None:
    (change,) = asking(**{name: asked}).changes
    assert (change.name, change.value, type(change.value)) == (name, value, type(value))
    assert change.note == f"clipped from {asked!r}"


@pytest.mark.parametrize(
    ("name", "asked", "value"),
    [
        ("layers", 2.6, 3),
        ("layers", 1.4, 1),
        ("width", 14, 10),
        ("width", 38.0, 40),
        ("dropout", 0.3, 0.25),
        ("dropout", 0.9, 1.0),
    ],
)
def test_a_number_between_two_values_is_rounded_and_says_so(name: str, asked: float, value: float) -> None:
    (change,) = asking(**{name: asked}).changes
    assert (change.value, type(change.value)) == (value, type(value))
    assert change.note == f"rounded from {asked!r}"


@pytest.mark.parametrize(
    ("name", "asked", "value"),
    [
        ("lr", 1, 1.0),
        ("layers", 3.0, 3),
        ("dropout", 0.75, 0.75),
        ("batch", 64, 64),
        ("noise", -3.5, -3.5),
        ("scale", 2, 2.0),
        ("activation", round, round),
        ("flag", None, None),
    ],
    ids=str,
)
def test_a_value_of_the_space_is_taken_as_it_is_in_its_own_type(name: str, asked: Any, value: Any) -> None:
    assert asking(**{name: asked}).schedule == (tb.Change(0, name, value),)
    assert type(asking(**{name: asked}).changes[0].value) is type(value)


@pytest.mark.parametrize(
    ("name", "label", "value"), [("activation", "round", round), ("batch", "64", 64), ("flag", "None", None)]
)
def test_a_choice_may_be_asked_for_by_its_label(name: str, label: str, value: Any) -> None:
    trial = asking(**{name: label})
    assert trial.faults == ()
    assert [(change.name, change.value) for change in trial.changes] == [(name, value)]


def test_a_choice_that_equals_another_is_still_another() -> None:
    (change,) = asking(flag=True).changes
    assert change.value is True


def test_the_objective_is_told_what_was_asked_for_also_where_it_is_so_already() -> None:
    trial = asking(lr=0.5, layers=2, activation=abs, batch=32)
    asked = {change.name: change.value for change in trial.changes}
    assert asked == {"lr": 0.5, "layers": 2, "activation": abs, "batch": 32}
    assert trial.faults == ()


def test_a_clipped_value_that_is_already_so_is_no_change() -> None:
    trial = run(lambda training: {"lr": 7.0}, values=[1, 1], start={**START, "lr": 1.0})
    assert (trial.schedule, trial.faults) == ((), ())


@settings(deadline=None)
@given(asked=st.floats(-100, 200, allow_nan=False), seed=st.integers(0, 99))
def test_every_change_lies_in_the_space(asked: float, seed: int) -> None:
    params = SPACE.sample(seed)
    training = tb.Training(
        number=0,
        params=params,
        reports=[tb.Report(0, 1.0)],
        schedule=(),
        direction=tb.Direction.MINIMIZE,
        names=frozenset(SPACE),
    )
    names = {"lr", "dropout", "layers", "width", "noise"}
    changes = {change.name: change.value for change in resolve(SPACE, training, dict.fromkeys(names, asked))}
    changed = {**params, **changes}
    assert SPACE.contains(changed)
    for name, value in changes.items():
        declared = SPACE[name].read(value)
        assert (value, type(value)) == (declared, type(declared))
        assert changes["noise"] == asked


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate": 0.1}, ["rate", "no active param", "lr"]),
        ({"momentun": 0.1}, ["momentun", "Did you mean 'momentum'?"]),
        ({"beta": 0.1}, ["beta", "no active param"]),
        ({"optimizer": "adam"}, ["optimizer", "cannot change", "branches"]),
        ({"fixed": 3}, ["fixed", "cannot change", "one value only"]),
        ({"batch": 33}, ["batch", "16, 32, 64", "33"]),
        ({"activation": max}, ["activation", "abs, round"]),
        ({"lr": math.nan}, ["lr", "finite", "nan"]),
        ({"lr": math.inf}, ["lr", "finite", "inf"]),
        ({"lr": "0.1"}, ["lr", "finite number", "'0.1'"]),
        ({"lr": None}, ["lr", "None"]),
        ({"layers": True}, ["layers", "True"]),
        ({"scale": -1.0}, ["scale", "> 0", "-1.0"]),
        ({"lr": 0.1, "rate": 1, "batch": 33}, ["rate", "batch"]),
    ],
    ids=str,
)
def test_what_the_space_does_not_allow_is_a_fault_that_changes_nothing(
    changes: Any, words: list[str]
) -> None:
    trial = asking(**changes)
    assert (trial.state, trial.schedule) == (tb.TrialState.COMPLETE, ())
    (fault,) = trial.faults
    assert fault.startswith("step 0: ")
    assert [word for word in words if word not in fault] == []


def test_a_change_that_violates_a_constraint_is_a_fault_that_changes_nothing() -> None:
    """No trial begins outside the constraints, so none is driven outside them."""
    deep = tb.Constraint(
        lambda params: params["layers"] < 4 or params["lr"] < 0.01, "deep nets need a small lr"
    )
    space = tb.Space(lr=tb.Float(1e-3, 1.0), layers=tb.Int(1, 4), constraints=[deep])

    def objective(trial: tb.Trial) -> Iterator[float]:
        yield 1.0

    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 1, "seed": 0}
    initial = [{"lr": 0.005, "layers": 4}]
    problem = tb.Problem(objective, space)
    (trial,) = tb.tune(problem, adjust=[lambda training: {"lr": 0.5}], initial=initial, **settings).trials
    assert trial.schedule == ()
    assert any("deep nets need a small lr" in fault for fault in trial.faults)


@pytest.mark.parametrize("answer", [0.1, "lr", [("lr", 0.1)], {"lr"}], ids=repr)
def test_a_rule_that_returns_no_mapping_is_a_fault(answer: Any) -> None:
    trial = run(lambda training: answer)
    assert (trial.state, trial.schedule, len(trial.faults)) == (tb.TrialState.COMPLETE, (), 1)


@pytest.mark.parametrize("answer", [None, {}])
def test_a_rule_that_has_nothing_to_say_returns_none_or_nothing(answer: Any) -> None:
    trial = run(lambda training: answer)
    assert (trial.schedule, trial.faults) == ((), ())


NEVER: dict[str, Any] = {
    "Plateau": tb.Plateau("learning_rate", patience=0),
    "Schedule": tb.Schedule("learning_rate", at={0: 0.1}),
}


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_for_a_param_that_the_whole_space_lacks_is_not_passed_over_in_silence(rule: str) -> None:
    """Refuse it before the first trial or record a fault: a misspelt name must not look like a plain run."""
    said: list[str] = []
    try:
        said += run(NEVER[rule], values=[1, 1, 1]).faults
    except tb.TunebridgeError as error:
        said.append(str(error))
    assert any("learning_rate" in text for text in said)


# Rules of one's own; those of plugins are in registry/test_rules.py.


def test_a_rule_of_ones_own_is_a_function() -> None:
    def cosine(training: tb.Training) -> dict[str, Any]:
        step = training.reports[-1].step
        return {"lr": 0.5 * (1 + math.cos(math.pi * (step + 1) / 4))}

    def objective(trial: tb.Trial) -> Generator[float, Any, None]:
        for _ in range(3):
            changed = yield trial["lr"]
            assert changed == {"lr": trial["lr"]}

    settings: dict[str, Any] = {"backend": "hyperopt:tpe", "n_trials": 1, "seed": 0}
    (trial,) = tb.tune(tb.Problem(objective, SPACE), adjust=[cosine], **settings).trials
    assert [change.value for change in trial.changes] == pytest.approx([0.85355, 0.5, 0.14645], abs=1e-5)
    assert [report.value for report in trial.reports[1:]] == [change.value for change in trial.changes[:2]]
