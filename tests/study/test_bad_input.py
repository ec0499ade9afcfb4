"""Wrong input is refused, or kept in the record, with its name, the rule and the next step."""

import dataclasses
import math
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest

import tunebridge as tb
from tunebridge import dependencies

UNIT = tb.Float(0, 1)
SPACE = tb.Space(x=UNIT)
space_of: Any = tb.Space
"""`Space`, for arguments that its annotations forbid."""
KINDS = [tb.Ordinal, tb.Categorical]


def faults(parameter: Any) -> str:
    """Return what a Space says of a parameter called `x`."""
    with pytest.raises(tb.SpaceError) as caught:
        tb.Space(x=parameter)
    assert all(fault.startswith("x: ") for fault in caught.value.faults)
    return str(caught.value)


def missing(words: list[str], message: str) -> list[str]:
    """Return the words that the message lacks."""
    return [word for word in words if word not in message]


def tune(objective: Any = lambda trial: trial["x"], space: Any = SPACE, **settings: Any) -> tb.Result:
    """Run a short study."""
    direction = settings.pop("direction", "minimize")
    settings = {"backend": "sklearn:random", "n_trials": 3, "seed": 0, **settings}
    return tb.tune(tb.Problem(objective, space, direction), **settings)


# Parameters.

DECLARATIONS: list[tuple[Callable[[], Any], list[str]]] = [
    (lambda: tb.Float(2, 1), ["low <= high must hold", "low=2.0", "high=1.0", "swap"]),
    (lambda: tb.Int(2, 1), ["low <= high must hold", "low=2", "high=1", "swap"]),
    (lambda: tb.Float(0, 1, log=True), ["log=True needs low > 0", "low=0.0", "raise low or drop log"]),
    (lambda: tb.Float(-1, 1, log=True), ["log=True needs low > 0", "low=-1.0", "raise low or drop log"]),
    (lambda: tb.Int(0, 5, log=True), ["log=True needs low >= 1", "low=0", "raise low or drop log"]),
    (lambda: tb.Float(0.1, 1, log=True, step=0.1), ["log=True with step=0.1", "Ordinal"]),
    (lambda: tb.Int(1, 5, log=True, step=2), ["log=True with step=2", "Ordinal"]),
    (lambda: tb.Float(0, 1, step=0.4), ["step=0.4", "misses high=1.0", "set high to 0.8 or 1.2"]),
    (lambda: tb.Int(1, 9, step=3), ["step=3", "misses high=9", "set high to 7 or 10"]),
    (lambda: tb.Float(0, 1, step=0), ["step must be > 0", "step=0.0"]),
    (lambda: tb.Int(0, 4, step=-2), ["step must be > 0", "step=-2"]),
    (lambda: tb.Float(0, 1, step=math.nan), ["step must be", "nan"]),
    (lambda: tb.Int(0, 4, step=0.5), ["step must be an integer", "0.5"]),  # type: ignore[arg-type]
    (lambda: tb.Float(math.nan, 1), ["finite", "low=nan"]),
    (lambda: tb.Float(0, math.inf), ["finite", "high=inf"]),
    (lambda: tb.Int(0.5, 3), ["integers", "low=0.5"]),  # type: ignore[arg-type]
    (lambda: tb.Normal(0, 0), ["sd > 0", "sd=0"]),
    (lambda: tb.Normal(math.nan, 1), ["finite mean", "nan"]),
    (lambda: tb.Normal(1000, 1, log=True), ["ln(x)", "mean=1000"]),
    (lambda: tb.Ordinal([]), ["at least one value"]),
    (lambda: tb.Ordinal([1, 2, 1]), ["share the label 1"]),
    (lambda: tb.Categorical([]), ["at least one choice"]),
    (lambda: tb.Categorical({}), ["at least one choice"]),
    (lambda: tb.Categorical(["a", "b", "a"]), ["share the label 'a'", "{label: value}"]),
    (lambda: tb.Categorical({1: "a"}), ["labels must be strings", "got 1", "'1'"]),  # type: ignore[dict-item]
    (lambda: tb.Categorical([tb.Space(), 1]), ["needs a label", "Categorical({'label': Space(...)})"]),
    (lambda: tb.Categorical([1, 2], weights=[1]), ["weights", "one finite number > 0 per choice"]),
    (lambda: tb.Categorical([1, 2], weights=[1, 0]), ["weights", "> 0"]),
    (lambda: tb.Categorical([1, 2], weights=[1, -1]), ["weights", "> 0"]),
    (lambda: tb.Categorical([1, 2], weights=[1, math.nan]), ["weights", "finite"]),
    (lambda: tb.Categorical([1, 2], weights=[1, math.inf]), ["weights", "finite"]),
    (lambda: tb.Categorical({"a": 1, "b": 2}, weights={"a": 1, "c": 2}), ["weights", "a, b"]),
    (lambda: tb.Categorical({"a": 1, "b": 2}, weights={"a": 1}), ["weights", "a, b"]),
]


@pytest.mark.parametrize(("declare", "words"), DECLARATIONS, ids=[words[0] for _, words in DECLARATIONS])
def test_a_declaration_that_breaks_a_rule_names_the_rule_and_the_way_out(
    declare: Callable[[], Any], words: list[str]
) -> None:
    assert missing(words, faults(declare())) == []


@pytest.mark.parametrize("wrong", [True, np.True_, None, "0", 1j, Decimal(0), np.array([0.0])], ids=repr)
@pytest.mark.parametrize("kind", [tb.Float, tb.Int])
def test_a_bound_that_is_no_number_is_refused(kind: Any, wrong: Any) -> None:
    assert repr(wrong) in faults(kind(wrong, 5))


AMBIGUOUS: dict[str, Callable[[], Any]] = {
    "Float(0.1, 1, 0.1)": lambda: tb.Float(0.1, 1, 0.1),  # type: ignore[arg-type]
    "Int(1, 10, 3)": lambda: tb.Int(1, 10, 3),  # type: ignore[arg-type]
    "log='no'": lambda: tb.Float(0.1, 1, log="no"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_step_in_the_place_of_log_is_refused_not_taken_for_log(text: str) -> None:
    assert "log" in faults(AMBIGUOUS[text]())


BEYOND_FLOATS: dict[str, Callable[[], Any]] = {
    "high": lambda: tb.Float(0, 10**400),
    "tiny step": lambda: tb.Float(0, 1, step=1e-320),
    "many steps": lambda: tb.Float(0, 1e300, step=1e-20),
    "width": lambda: tb.Float(-1.7e308, 1.7e308),
    "log int": lambda: tb.Int(1, 10**400, log=True),
    "int step": lambda: tb.Int(0, 10**400, step=3),
    "sd": lambda: tb.Normal(0, 10**400),
    "weights": lambda: tb.Categorical([1, 2], weights=[1e308, 1e308]),
}


@pytest.mark.parametrize("what", BEYOND_FLOATS)
def test_numbers_beyond_floats_are_a_space_error_not_an_overflow(what: str) -> None:
    faults(BEYOND_FLOATS[what]())


def test_an_int_beyond_floats_is_a_space_error_or_can_be_drawn() -> None:
    try:
        space = tb.Space(x=tb.Int(0, 10**400))
    except tb.SpaceError:
        return
    assert space.contains(space.sample(0))


@pytest.mark.parametrize(("high", "step"), [(10**8 + 1, 10**8), (10**15 + 1, 10)])
def test_an_int_step_that_misses_high_by_a_hair_is_refused(high: int, step: int) -> None:
    assert f"misses high={high}" in faults(tb.Int(0, high, step=step))


WRONG_KIND: dict[str, Callable[[], Any]] = {
    "Categorical(None)": lambda: tb.Categorical(None),  # type: ignore[arg-type]
    "Categorical(5)": lambda: tb.Categorical(5),  # type: ignore[arg-type]
    "Ordinal(None)": lambda: tb.Ordinal(None),  # type: ignore[arg-type]
    "Ordinal(5)": lambda: tb.Ordinal(5),  # type: ignore[arg-type]
    "weights=3": lambda: tb.Categorical([1, 2], weights=3),  # type: ignore[arg-type]
    "weights='ab'": lambda: tb.Categorical([1, 2], weights="ab"),  # type: ignore[arg-type]
    "weights=[1, None]": lambda: tb.Categorical([1, 2], weights=[1, None]),  # type: ignore[list-item]
    "weights=[1, 1j]": lambda: tb.Categorical([1, 2], weights=[1, 1j]),  # type: ignore[list-item]
}


@pytest.mark.parametrize("what", WRONG_KIND)
def test_choices_and_weights_of_the_wrong_kind_are_a_space_error(what: str) -> None:
    with pytest.raises(tb.SpaceError):
        tb.Space(x=WRONG_KIND[what]())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "choice",
    [tb.Float(0, 1), tb.Int(0, 1), {"gamma": tb.Float(0, 1)}, [tb.Int(0, 1)], ({"a": [tb.Space()]},)],
    ids=repr,
)
def test_a_parameter_as_a_choice_is_refused_not_handed_to_the_objective(kind: Any, choice: Any) -> None:
    assert "Space" in faults(kind([choice, 2]))


def test_a_parameter_under_a_label_is_refused_not_handed_to_the_objective() -> None:
    assert "Space" in faults(tb.Categorical({"a": tb.Float(0, 1), "b": 2}))
    assert "Space" in faults(tb.Categorical({"a": {"gamma": tb.Float(0, 1)}, "b": {}}))


def test_spaces_in_an_ordinal_are_refused_for_they_would_never_be_searched() -> None:
    assert "Categorical" in faults(tb.Ordinal([tb.Space(), tb.Space(a=tb.Int(0, 1))]))


# Spaces.


def test_all_faults_of_one_declaration_come_in_one_error_with_their_paths() -> None:
    with pytest.raises(tb.SpaceError) as caught:
        tb.Space(
            {"": tb.Float(0, 1)},
            lr=tb.Float(1, 0, log=True, step=0.1),
            n=tb.Int(1, 9, step=3),
            kind=tb.Categorical([], weights=[1]),
            fixed=3,  # type: ignore[arg-type]
            constraints=[lambda params: True],  # type: ignore[list-item]
        )
    paths = [fault.partition(": ")[0] for fault in caught.value.faults]
    assert paths == ["''", "lr", "lr", "n", "kind", "kind", "fixed", "constraints"]
    assert str(caught.value).splitlines() == list(caught.value.faults)


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (
            lambda: space_of(lr=UNIT, o=tb.Categorical({"sgd": tb.Space(lr=UNIT), "a": 1})),
            ["o.sgd.lr", "'lr'", "also used by lr", "rename one"],
        ),
        (lambda: space_of(x=3), ["x: must be a parameter", "got 3", "Constant(3)"]),
        (lambda: space_of(x=tb.Float), ["x: must be a parameter"]),
        (lambda: space_of({"x": UNIT}, x=UNIT), ["x: is given twice"]),
        (lambda: space_of({1: UNIT}), ["1: ", "name must be a string"]),
        (lambda: space_of(x=UNIT, constraints=[5]), ["constraints", "Constraint(predicate, reason)"]),
        (lambda: space_of(5), ["mapping", "5"]),
        (lambda: space_of([("x", UNIT)]), ["mapping"]),
        (lambda: space_of(x=UNIT, constraints=tb.Constraint(bool, "r")), ["constraints", "list"]),
        (lambda: space_of(x=UNIT, constraints=None), ["constraints"]),
    ],
    ids=[
        "outer name", "plain value", "class", "given twice", "name 1", "no constraint", "number",
        "pairs", "one constraint", "constraints=None",
    ],
)  # fmt: skip
def test_a_space_that_breaks_a_rule_names_the_path_and_the_way_out(declare: Any, words: list[str]) -> None:
    with pytest.raises(tb.SpaceError) as caught:
        declare()
    assert missing(words, str(caught.value)) == []


# Problems, budgets, settings.


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tb.Problem(3, SPACE), ["objective", "function of one trial", "got 3"]),  # type: ignore[arg-type]
        (lambda: tb.Problem(len, {"x": 1}), ["space", "tunebridge.Space"]),  # type: ignore[arg-type]
        (lambda: tb.Problem(len, SPACE, "minimise"), ["'minimise'", "direction", "Did you mean 'minimize'?"]),
        (lambda: tb.Problem(len, SPACE, []), ["directions is empty", "one direction per objective"]),
        (lambda: tb.Problem(len, SPACE, ["minimize", "up"]), ["'up'", "direction", "maximize, minimize"]),
        (lambda: tb.Problem(len, SPACE, None), ["None", "direction"]),  # type: ignore[arg-type]
        (lambda: tb.Problem(len, SPACE, 5), ["5", "direction"]),  # type: ignore[arg-type]
    ],
    ids=["objective", "space", "misspelt", "no directions", "second", "None", "number"],
)
def test_a_problem_that_breaks_a_rule_says_which(make: Any, words: list[str]) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        make()
    assert missing(words, str(caught.value)) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_trials": 0}, ["n_trials", ">= 1", "got 0"]),
        ({"n_trials": 1.5}, ["n_trials", "integer", "got 1.5"]),
        ({"n_trials": True}, ["n_trials", "got True"]),
        ({"max_seconds": 0}, ["max_seconds", "> 0", "got 0"]),
        ({"max_seconds": math.nan}, ["max_seconds", "got nan"]),
        ({"max_seconds": "1"}, ["max_seconds", "got '1'"]),
        ({"max_seconds": True}, ["max_seconds", "got True"]),
        ({"n_trials": None}, ["nothing limits", "sklearn:random", "give n_trials or max_seconds"]),
        ({"seed": -1}, ["seed", "0 <= seed < 2**32", "got -1"]),
        ({"seed": 2**32}, ["seed", "0 <= seed < 2**32"]),
        ({"on_error": "rais"}, ["on_error", "'record' or 'raise'", "Did you mean 'raise'?"]),
        ({"on_lossy": "wran"}, ["on_lossy", "'error' or 'warn'", "Did you mean 'warn'?"]),
    ],
    ids=repr,
)
def test_a_setting_out_of_its_bounds_is_a_problem_error(settings: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        tune(**settings)
    assert missing(words, str(caught.value)) == []


@pytest.mark.parametrize(
    ("initial", "words"),
    [
        ([{"x": 0.5}, {"x": 2}], ["initial[1].x", "[0.0, 1.0]", "got 2"]),
        ([{}], ["initial[0].x", "missing", "Float(0.0, 1.0)"]),
        ([{"x": 0.5, "y": 1}], ["initial[0].y", "no parameter of the space"]),
        ([{"x": 7}, {"x": "a"}], ["initial[0].x", "initial[1].x"]),
        ({"x": 0.5}, ["initial", "list"]),
        ([5], ["initial[0]", "5"]),
        ([None], ["initial[0]", "None"]),
    ],
    ids=["outside", "empty", "unknown", "all at once", "a mapping", "a number", "None"],
)
def test_an_initial_point_outside_the_space_is_refused_with_its_place(initial: Any, words: list[str]) -> None:
    with pytest.raises(tb.SpaceError) as caught:
        tune(initial=initial)
    assert missing(words, str(caught.value)) == []


def test_an_initial_point_that_violates_a_constraint_is_refused_with_the_constraint() -> None:
    space = tb.Space(x=tb.Float(0, 1), constraints=[tb.Constraint(lambda p: p["x"] < 0.5, "x is small")])
    with pytest.raises(tb.SpaceError, match=r"initial\[0\].*'x is small'"):
        tune(space=space, initial=[{"x": 0.9}])


def test_something_that_is_no_problem_is_a_problem_error() -> None:
    with pytest.raises(tb.ProblemError, match="Problem"):
        tb.tune(lambda trial: 1.0, backend="sklearn:random", n_trials=1)  # type: ignore[arg-type]


def test_a_misspelt_setting_is_a_type_error_that_names_it() -> None:
    with pytest.raises(TypeError, match="n_trails"):
        tune(n_trails=3)


# Backends.


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sklern", ["'sklern'", "Did you mean 'sklearn'?", "sklearn:grid"]),
        ("sklearn:rndom", ["'sklearn:rndom'", "Did you mean 'sklearn:random'?"]),
        ("sklearn:tpe", ["'sklearn:tpe'", "sklearn:grid"]),
        (3, ["3", "'optuna:tpe'"]),
    ],
    ids=repr,
)
def test_an_unknown_backend_is_refused_and_the_closest_shown(name: Any, words: list[str]) -> None:
    with pytest.raises(tb.UnknownNameError) as caught:
        tune(backend=name)
    assert missing(words, str(caught.value)) == []


def test_an_unknown_option_is_refused_and_the_closest_shown() -> None:
    with pytest.raises(tb.OptionError, match=r"'pionts'[\s\S]*Did you mean 'points'"):
        tb.backend("sklearn:grid", pionts=3)
    with pytest.raises(tb.OptionError, match=r"sklearn:random has no option 'points'[\s\S]*there are none"):
        tb.backend("sklearn:random", points=3)


def test_an_unknown_option_that_others_know_names_them() -> None:
    with pytest.raises(
        tb.OptionError, match=r"'remember' is an option of hyperopt:tpe, optuna:gp, optuna:tpe"
    ):
        tb.backend("optuna:random", remember=500)
    with pytest.raises(tb.OptionError, match="'max_resource' is an option of hyperband"):
        tb.pruner("asha", max_resource=9)


def test_an_option_of_a_member_is_told_to_go_with_it() -> None:
    with pytest.raises(tb.OptionError) as caught:
        tb.backend("auto", remember=500)
    assert "members={'hyperopt:tpe': {'remember': 500}, ...}" in caught.value.hint
    assert "Did you mean" not in caught.value.hint
    auto = tb.backend("auto", members={"hyperopt:tpe": {"remember": 500}, "optuna:tpe": {}})
    assert len(tune(backend=auto, n_trials=3).trials) == 3


def test_options_beside_a_chosen_backend_are_not_dropped_silently() -> None:
    chosen = tb.backend("sklearn:grid")
    with pytest.raises(tb.OptionError):
        tb.backend(chosen, pionts=3)
    try:
        merged = tb.backend(chosen, points=3)
    except tb.OptionError:
        return
    assert dict(merged.options) == {"points": 3}


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def installed(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(dependencies, "_version", installed)
    with pytest.raises(tb.MissingLibraryError, match=r"hyperopt:random[\s\S]*hyperopt") as caught:
        tune(backend="hyperopt:random")
    assert 'pip install "tunebridge[hyperopt]"' in caught.value.hint


def test_a_missing_library_of_a_foreign_plugin_is_named_with_its_own_command() -> None:
    spec = dataclasses.replace(tb.backend("sklearn:random").spec, requires=("no-such-library",), extra="")
    with pytest.raises(tb.MissingLibraryError, match="needs no-such-library") as caught:
        tune(backend=tb.Backend(spec, {}))
    assert "pip install no-such-library" in caught.value.hint


def test_a_grid_on_a_continuous_parameter_without_points_is_refused_with_the_call_that_helps() -> None:
    with pytest.raises(tb.TranslationError) as caught:
        tune(backend="sklearn:grid")
    words = [
        "sklearn:grid",
        "x",
        "Float(0.0, 1.0)",
        "continuous",
        "tunebridge.backend(name, points=",
    ]
    assert missing(words, str(caught.value)) == []


def test_a_capability_that_a_backend_lacks_names_those_that_have_it() -> None:
    with pytest.raises(tb.UnsupportedError, match=r"multi_objective.*hyperopt:random[\s\S]*sklearn:random"):
        tune(backend="hyperopt:random", direction=["minimize", "maximize"])


# Constraints that nothing keeps.

NEVER = tb.Constraint(lambda params: False, "never true")


@pytest.mark.parametrize(
    ("backend", "parameter"),
    [
        ("sklearn:random", tb.Float(0, 1)),
        ("hyperopt:random", tb.Float(0, 1)),
        ("sklearn:random", tb.Ordinal([1, 2])),
        ("sklearn:grid", tb.Ordinal([1, 2])),
    ],
    ids=repr,
)
def test_a_constraint_that_nothing_keeps_ends_the_study_with_the_constraint_and_the_result(
    backend: str, parameter: Any
) -> None:
    with pytest.raises(tb.InfeasibleError, match="'never true'") as caught:
        tune(space=tb.Space(x=parameter, constraints=[NEVER]), backend=backend)
    assert caught.value.hint
    assert (caught.value.result.trials, caught.value.result.stop_reason) == ([], "failed")


def test_trials_before_a_constraint_that_nothing_keeps_are_in_the_result() -> None:
    space = tb.Space(x=tb.Float(0, 1), constraints=[tb.Constraint(lambda p: p["x"] == 0.5, "x is a half")])
    with pytest.raises(tb.InfeasibleError) as caught:
        tune(space=space, initial=[{"x": 0.5}])
    assert [trial.params for trial in caught.value.result.trials] == [{"x": 0.5}]


# What an objective returns, or raises.


def raises(trial: Any) -> float:
    """Raise, as objectives do."""
    raise ZeroDivisionError("no data")


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("0.5", ["must return a number", "got '0.5'", "return one finite number"]),
        ((0.5,), ["must return a number", "got (0.5,)"]),
        ([0.5], ["must return a number", "got [0.5]"]),
        ({"loss": 0.5, "status": "ok"}, ["must return a number", "return the number", "result['loss']"]),
        (None, ["must return a number", "got None", "return"]),
        (math.nan, ["finite number", "got nan"]),
        (math.inf, ["finite number", "got inf"]),
        (-math.inf, ["finite number", "got -inf"]),
        (1j, ["must return a number", "got 1j"]),
        (np.array([1.0, 2.0]), ["must return a number", "got array"]),
        (10**400, ["must return a", "finite"]),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, list) else "",
)
def test_a_return_that_is_no_finite_number_is_a_failed_trial_that_says_so(
    returned: Any, words: list[str]
) -> None:
    (trial,) = tune(lambda trial: returned, n_trials=1).trials
    assert (trial.state, trial.value, list(trial.params)) == (tb.TrialState.FAILED, None, ["x"])
    assert missing(words, trial.error or "") == []
    assert "Traceback" not in (trial.error or "")


@pytest.mark.parametrize(
    "returned", [1, True, np.float32(1), np.int64(1), np.array(1.0), np.bool_(True), Decimal(1)], ids=repr
)
def test_a_numpy_scalar_or_other_number_is_accepted_as_a_float(returned: Any) -> None:
    (trial,) = tune(lambda trial: returned, n_trials=1).trials
    assert (trial.state, trial.value, type(trial.value)) == (tb.TrialState.COMPLETE, 1.0, float)


@pytest.mark.parametrize(
    "returned",
    [1.0, (1.0,), (1.0, 2.0, 3.0), {"a": 1, "b": 2}, "ab", None, (1.0, math.nan), (1.0, "2"), {1.0, 2.0}],
    ids=repr,
)
def test_a_return_that_is_not_one_number_per_direction_is_a_failed_trial(returned: Any) -> None:
    (trial,) = tune(lambda trial: returned, n_trials=1, direction=["minimize", "maximize"]).trials
    assert (trial.state, trial.values) == (tb.TrialState.FAILED, None)
    assert "must return" in (trial.error or "")


def test_an_objective_that_raises_is_a_failed_trial_with_params_and_traceback() -> None:
    (trial,) = tune(raises, n_trials=1).trials
    assert (trial.state, trial.values, list(trial.params)) == (tb.TrialState.FAILED, None, ["x"])
    assert missing(["Traceback", "in raises", "ZeroDivisionError: no data"], trial.error or "") == []
