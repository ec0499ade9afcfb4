"""Spaces that grow in the middle of a study: what is a growth, and what becomes of trials before."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.testing import MemoryStore

SMALL: Mapping[str, Any] = {"x": tb.Float(0, 1), "n": tb.Int(1, 5), "kind": tb.Categorical(["a", "b"])}
SETTINGS: Mapping[str, Any] = {"backend": "hyperopt:random", "study": "s", "seed": 0}


def objective(trial: Any) -> float:
    return float((trial["x"] - 0.3) ** 2 + trial["n"])


def tune(store: Any, space: Mapping[str, Any] | tb.Space, n_trials: int = 4, **more: Any) -> tb.Result:
    declared = space if isinstance(space, tb.Space) else tb.Space(space)
    problem = tb.Problem(more.pop("objective", objective), declared)
    return tb.tune(problem, storage=store, n_trials=n_trials, **{**SETTINGS, **more})


def begun(space: Mapping[str, Any] | tb.Space, **more: Any) -> MemoryStore:
    store = MemoryStore()
    tune(store, space, **more)
    return store


LARGER: Mapping[str, Mapping[str, Any]] = {
    "a wider Float": {"x": tb.Float(-1, 1)},
    "a wider Int": {"n": tb.Int(0, 9)},
    "an Int in half steps of before": {"n": tb.Int(1, 9)},
    "one more choice": {"kind": tb.Categorical(["c", "a", "b"])},
    "a constant": {"version": tb.Constant(3)},
    "one parameter of one choice": {"only": tb.Categorical(["a"])},
}


@pytest.mark.parametrize("change", LARGER.values(), ids=LARGER)
def test_a_study_goes_on_in_a_larger_space_with_all_its_trials(change: Mapping[str, Any]) -> None:
    store = begun(SMALL)
    before = tb.load_study(store, "s").trials
    result = tune(store, {**SMALL, **change}, 8, grow=True)
    assert [trial.value for trial in result.trials[:4]] == [trial.value for trial in before]
    for old, now in zip(before, result.trials, strict=False):
        assert old.params.items() <= now.params.items()
    assert len(result.trials) == 8
    assert [grown.trial for grown in result.grown] == [4]
    again = tb.load_study(store, "s")
    assert again.grown == result.grown
    assert [trial.params for trial in again.trials] == [trial.params for trial in result.trials]


SMALLER_STEPS = [
    (tb.Int(0, 8, step=4), tb.Int(0, 8, step=2)),
    (tb.Int(0, 8, step=4), tb.Int(-2, 8, step=2)),
    (tb.Float(0, 1, step=0.5), tb.Float(0, 2, step=0.25)),
    (tb.Float(0, 1, step=0.5), tb.Float(0, 1)),
    (tb.Int(1, 8, log=True), tb.Int(1, 16, log=True)),
    (tb.Ordinal([16, 64]), tb.Ordinal([8, 16, 32, 64])),
    (tb.Categorical(["a", "b"], [1, 2]), tb.Categorical(["a", "b", "c"], [1, 2, 3])),
    (
        tb.Categorical({"p": tb.Space(u=tb.Float(0, 1)), "q": tb.Space()}),
        tb.Categorical({"p": tb.Space(u=tb.Float(0, 2)), "q": tb.Space(), "r": tb.Space(v=tb.Int(1, 3))}),
    ),
]


@pytest.mark.parametrize(("old", "new"), SMALLER_STEPS, ids=repr)
def test_a_parameter_grows_that_holds_all_that_it_held(old: Any, new: Any) -> None:
    store = begun({"x": old}, objective=len)
    assert len(tune(store, {"x": new}, 6, objective=len, grow=True).grown) == 1


NARROWER = [
    (tb.Float(0, 1), tb.Float(0.1, 1), "has lost values"),
    (tb.Float(0, 1), tb.Int(0, 1), "is of another kind"),
    (tb.Float(1, 2), tb.Float(1, 2, log=True), "has another scale"),
    (tb.Float(0, 1), tb.Float(0, 1, step=0.5), "has lost what lies between its steps"),
    (tb.Float(0, 1, step=0.5), tb.Float(0, 1, step=0.2), "has lost values"),
    (tb.Int(0, 8, step=2), tb.Int(0, 8, step=4), "has lost values"),
    (tb.Int(0, 8), tb.Int(0, 8, step=2), "has lost values"),
    (tb.Int(0, 8, step=2), tb.Int(-1, 9, step=2), "has lost values"),
    (tb.Normal(0, 1), tb.Normal(0, 2), "has another distribution"),
    (tb.Ordinal([1, 2]), tb.Ordinal([2, 1, 3]), "has another order"),
    (tb.Ordinal([1, 2]), tb.Categorical([1, 2]), "is of another kind"),
    (tb.Categorical(["a", "b"]), tb.Categorical(["a", "c"]), "has lost"),
    (tb.Categorical({"a": 1}), tb.Categorical({"a": 2, "b": 1}), "has lost a:"),
    (tb.Categorical({"a": len}), tb.Categorical({"a": objective, "b": 1}), "has lost a:"),
    (tb.Categorical({"a": 1}), tb.Categorical({"a": 1, "b": tb.Space()}), "shows labels now"),
    (
        tb.Categorical({"p": tb.Space(u=tb.Float(0, 1))}),
        tb.Categorical({"p": tb.Space(), "q": tb.Space()}),
        "x.p.u: is not in the new space",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), NARROWER, ids=[f"{place} {said}" for place, (*_, said) in enumerate(NARROWER)]
)
def test_a_space_that_has_lost_something_is_refused_with_what_and_what_to_do(
    old: Any, new: Any, said: str
) -> None:
    store = begun({"x": old}, objective=len)
    with pytest.raises(tb.StoreError, match=re.escape(said)) as caught:
        tune(store, {"x": new}, objective=len, grow=True)
    assert "history=" in caught.value.hint
    assert tb.load_study(store, "s").grown == ()


def test_without_grow_a_larger_space_is_refused_and_the_word_is_named() -> None:
    store = begun(SMALL)
    with pytest.raises(tb.StoreError, match="made for another problem") as caught:
        tune(store, {**SMALL, "x": tb.Float(0, 2)})
    assert "grow=True" in caught.value.hint
    with pytest.raises(tb.StoreError, match="made for another problem") as caught:
        tune(store, {**SMALL, "rate": tb.Float(0, 2)})
    assert "grow={'rate': ...}" in caught.value.hint
    with pytest.raises(tb.StoreError, match="made for another problem") as caught:
        tune(store, {**SMALL, "x": tb.Float(0, 0.5)})
    assert "grow" not in caught.value.hint


def test_a_new_parameter_needs_what_it_was_and_old_trials_have_that() -> None:
    store, space = begun(SMALL), {**SMALL, "rate": tb.Float(0, 1)}
    with pytest.raises(tb.StoreError, match="rate: 4 trials of before lack it") as caught:
        tune(store, space, grow=True)
    assert "grow={'rate': ...}" in caught.value.hint
    result = tune(store, space, 6, grow={"rate": 0.25})
    assert [trial.params["rate"] for trial in result.trials[:4]] == [0.25] * 4
    assert [trial.filled for trial in result.trials] == [("rate",)] * 4 + [()] * 2
    assert list(result.to_frame()["filled"]) == ["rate"] * 4 + [""] * 2
    assert str(result.grown[0]).endswith("rate = 0.25 in trials before")


def test_only_trials_that_would_have_had_a_parameter_get_it() -> None:
    kinds = tb.Categorical({"p": tb.Space(), "q": tb.Space()})
    store = begun({"kind": kinds}, n_trials=8, objective=len)
    larger = tb.Categorical({"p": tb.Space(u=tb.Float(0, 1)), "q": tb.Space()})
    result = tune(store, {"kind": larger}, 8, objective=len, grow={"u": 0.5})
    had = {trial.params["kind"]: trial.params.get("u") for trial in result.trials}
    assert had == {"p": 0.5, "q": None}


def test_a_condition_may_change_as_long_as_every_trial_keeps_it() -> None:
    small = {"kind": tb.Categorical(["a", "b"]), "u": tb.Float(0, 1, when={"kind": "a"})}
    more = tb.Categorical(["a", "b", "c"])
    store = begun(small, n_trials=8, objective=len)
    wider = {"kind": more, "u": tb.Float(0, 1, when={"kind": ["a", "c"]})}
    assert not any(one.filled for one in tune(store, wider, 8, objective=len, grow=True).trials)
    with pytest.raises(tb.StoreError, match=r"trial \d: u: is inactive here"):
        tune(store, {**wider, "u": tb.Float(0, 1, when={"kind": "c"})}, 8, objective=len, grow=True)
    with pytest.raises(tb.StoreError, match=r"u: \d trials of before lack it"):
        tune(store, {**wider, "u": tb.Float(0, 1)}, 8, objective=len, grow=True)
    result = tune(store, {**wider, "u": tb.Float(0, 1)}, 8, objective=len, grow={"u": 0.5})
    assert all((trial.params["kind"] == "b") == ("u" in trial.filled) for trial in result.trials)


def test_a_constraint_may_come_that_every_trial_keeps() -> None:
    store = begun(SMALL)

    def ruled(high: int) -> tb.Space:
        return tb.Space(SMALL, constraints=[tb.Constraint(lambda params: params["n"] < high, "small n")])

    with pytest.raises(tb.StoreError, match=r"trial \d: violates the constraint 'small n'"):
        tune(store, ruled(2), grow=True)
    assert len(tune(store, ruled(6), 6, grow=True).trials) == 6


def test_the_earlier_space_is_refused_once_a_study_has_grown() -> None:
    store = begun(SMALL)
    tune(store, {**SMALL, "x": tb.Float(0, 2)}, 6, grow=True)
    tune(store, {**SMALL, "x": tb.Float(0, 2), "n": tb.Int(1, 6)}, 8, grow=True)
    for grow in (False, True):
        with pytest.raises(tb.StoreError, match="had before it grew") as caught:
            tune(store, SMALL, grow=grow)
        assert "it has grown before trial 4: x:" in caught.value.message
        assert "it has grown before trial 6: n:" in caught.value.message
    with pytest.raises(tb.StoreError, match="before trial 6") as caught:
        tune(store, {**SMALL, "x": tb.Float(0, 2)})
    assert "before trial 4" not in caught.value.message


def test_a_study_grows_twice_and_says_so() -> None:
    store = begun(SMALL)
    larger = {**SMALL, "rate": tb.Float(0, 1)}
    tune(store, larger, 6, grow={"rate": 0.25})
    largest = {**larger, "rate": tb.Float(0, 2), "mix": tb.Float(0, 1, when={"rate": tb.Between(0.2, 0.3)})}
    result = tune(store, largest, 8, grow={"rate": 0.25, "mix": 0.5})
    assert all(trial.filled == ("rate", "mix") for trial in result.trials[:4])
    assert all(trial.params["mix"] == 0.5 for trial in result.trials[:4])
    assert [grown.trial for grown in result.grown] == [4, 6]
    assert tb.load_study(store, "s", problem=result.problem).trials == result.trials


def test_the_same_call_goes_on_exactly() -> None:
    store, larger = begun(SMALL), {**SMALL, "rate": tb.Float(0, 1)}
    results = [tune(store, larger, n_trials, grow={"rate": 0.25}) for n_trials in (6, 8, 10)]
    assert [one.carried and one.carried.exact for one in results] == [False, True, True]
    assert [grown.trial for grown in results[-1].grown] == [4]


def test_a_new_study_takes_grow_for_what_it_is() -> None:
    store = MemoryStore()
    assert tune(store, {**SMALL, "rate": tb.Float(0, 1)}, grow={"rate": 0.25}).grown == ()


@pytest.mark.parametrize(
    ("grow", "said"),
    [
        ("yes", "grow must be True, or what new params were"),
        ({1: 2}, "grow must be True, or what new params were"),
        ({"rat": 0.5}, "rat: is no parameter of the space"),
        ({"rate": 2}, r"rate: must be in \[0.0, 1.0\]"),
        ({"rate": 0.5, "x": 0.5}, "x: is not new, and no trial lacks it"),
    ],
)
def test_what_is_said_of_new_params_is_checked(grow: Any, said: str) -> None:
    store = begun(SMALL)
    with pytest.raises(tb.ProblemError, match=said) as caught:
        tune(store, {**SMALL, "rate": tb.Float(0, 1)}, grow=grow)
    assert caught.value.hint


def test_nothing_is_said_otherwise_later() -> None:
    store, larger = begun(SMALL), {**SMALL, "rate": tb.Float(0, 1)}
    tune(store, larger, 6, grow={"rate": 0.25})
    with pytest.raises(tb.ProblemError, match=r"rate: was 0.25 in trials before"):
        tune(store, larger, 6, grow={"rate": 0.5})


@pytest.mark.parametrize(
    ("choices", "was", "other"),
    [
        (["gini", "entropy"], "gini", "entropy"),
        ([False, True], False, True),
        ([None, 3], None, 3),
        ({"svm": tb.Space(), "tree": tb.Space()}, "svm", "tree"),
    ],
)
def test_a_choice_of_before_is_said_as_it_is_written(choices: Any, was: Any, other: Any) -> None:
    store, larger = begun(SMALL), {**SMALL, "how": tb.Categorical(choices)}
    label = larger["how"].labels[0]
    result = tune(store, larger, 6, grow={"how": was})
    assert str(result.grown[0]).endswith(f"; how = {label} in trials before")
    assert str(tb.load_study(store, "s").grown[0]) == str(result.grown[0])
    with pytest.raises(tb.ProblemError, match=re.escape(f"was {was!r} in trials before")) as caught:
        tune(store, larger, 6, grow={"how": other})
    assert str(caught.value.message).endswith(f"got {other!r}")
    assert caught.value.hint == f"write 'how': {was!r}, or leave it out"
    assert len(tune(store, larger, 6, grow={"how": was}).trials) == 6


def test_it_is_said_where_grow_means_nothing() -> None:
    problem = tb.Problem(objective, tb.Space(SMALL))
    with pytest.raises(tb.ProblemError, match="there is no storage"):
        tb.tune(problem, n_trials=1, grow=True)
    with pytest.raises(tb.ProblemError, match="say two things"):
        tune(MemoryStore(), SMALL, grow=True, on_space_change="carry")
    with pytest.raises(tb.ProblemError, match="cannot share a study with grow=True") as caught:
        tune(MemoryStore(), SMALL, grow=True, join=True)
    assert "one process first" in caught.value.hint


def test_history_waits_for_the_next_call() -> None:
    store, larger = begun(SMALL), {**SMALL, "x": tb.Float(0, 2)}
    other = tune(MemoryStore(), larger, study="other")
    with pytest.raises(tb.ProblemError, match="one after the other"):
        tune(store, larger, grow=True, history=other)
    assert tb.load_study(store, "s").grown == ()
    tune(store, larger, 6, grow=True)
    result = tune(store, larger, 8, grow=True, history=other)
    assert result.carried is not None
    assert "were added" in result.carried.reason


def test_an_objective_that_has_changed_needs_its_own_word() -> None:
    store, larger = begun(SMALL), {**SMALL, "rate": tb.Float(0, 1)}

    def other(trial: Any) -> float:
        return objective(trial) + float(trial["rate"])

    with pytest.raises(tb.StoreError, match="objective: was objective, is") as caught:
        tune(store, larger, objective=other, grow={"rate": 0.0})
    assert 'on_objective_change="accept"' in caught.value.hint
    tune(store, larger, 6, objective=other, grow={"rate": 0.0}, on_objective_change="accept")
    assert len(tune(store, larger, 8, objective=other).trials) == 8


def test_a_trial_that_was_interrupted_runs_again_with_what_was_filled_in() -> None:
    store = MemoryStore()
    problem = tb.Problem(objective, tb.Space(SMALL))
    study = tb.open_study(problem, storage=store, n_trials=3, **SETTINGS)
    study.ask()
    store.close()
    seen: list[dict[str, Any]] = []

    def kept(trial: Any) -> float:
        seen.append(dict(trial))
        return objective(trial)

    larger = {**SMALL, "rate": tb.Float(0, 1)}
    result = tune(store, larger, 3, objective=kept, grow={"rate": 0.25}, on_objective_change="accept")
    assert seen[0]["rate"] == 0.25
    assert (result.trials[0].attempt, result.trials[0].filled) == (1, ())
    loaded = tb.load_study(store, "s")
    assert [trial.params for trial in loaded.trials] == seen


def test_the_value_of_a_trial_that_was_reported_before_is_the_best_still() -> None:
    store = begun(SMALL, n_trials=20)
    best = tb.load_study(store, "s").best_trial
    result = tune(store, {**SMALL, "n": tb.Int(1, 9)}, 20, grow=True)
    assert result.best_trial.number == best.number
    assert tb.importances(result).shares.keys() <= {"x", "n", "kind"}


def test_the_page_of_a_study_says_when_it_grew(tmp_path: Path) -> None:
    store = begun(SMALL)
    result = tune(store, {**SMALL, "n": tb.Int(1, 9)}, 6, grow=True)
    page = result.report(tmp_path / "page.md").read_text()
    assert "has grown before trial 4: n: was Int" in page.replace("\\", "")


def test_a_sampler_that_learns_is_warned_of_choices_that_no_trial_had(
    caplog: pytest.LogCaptureFixture,
) -> None:
    larger = {**SMALL, "kind": tb.Categorical(["a", "b", "c"])}
    for backend, is_warned in (("hyperopt:tpe", True), ("hyperopt:random", False)):
        store = begun(SMALL, backend=backend)
        caplog.clear()
        tune(store, larger, 5, backend=backend, grow=True)
        assert ("may never come to them by itself (kind: 'c')" in caplog.text) is is_warned
        caplog.clear()
        tune(store, larger, 6, backend=backend, grow=True)
        assert "may never come" not in caplog.text


def test_objects_conditions_and_groups_grow() -> None:
    def space(*more: Any, net: Mapping[str, Any] = {}) -> tb.Space:
        kinds = {"relu": len, "tanh": max, **dict(more)}
        return tb.Space(
            act=tb.Categorical(kinds),
            order=tb.Ordinal([len, max, *(value for _, value in more)]),
            leak=tb.Float(0, 1, when={"act": len}),
            net=tb.Space(width=tb.Int(1, 9), **net, when={"act": [max]}),
        )

    def counted(trial: Any) -> float:
        return float(len(trial))

    store = begun(space(), n_trials=8, objective=counted)
    larger = space(("elu", min), net={"depth": tb.Int(1, 3)})
    with pytest.raises(tb.StoreError, match=r"net.depth: \d trials of before lack it"):
        tune(store, larger, 8, objective=counted, grow=True)
    result = tune(store, larger, 8, objective=counted, grow={"net.depth": 2})
    assert all(trial.params["act"] in {len, max} for trial in result.trials)
    assert all((trial.filled == ("depth",)) == (trial.params["act"] is max) for trial in result.trials)
    assert tune(store, larger, 9, objective=counted, grow={"depth": 2}).grown == result.grown
