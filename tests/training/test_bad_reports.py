"""Wrong reports, pruners, rules and stoppers: what is said names the fault and what to do."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import optuna
import pytest

import tunebridge as tb
from tests.trial.tuned import SPACE, ended_by_first, tune, yielding
from tunebridge import TrialState, dependencies


def missing(words: list[str], message: str) -> list[str]:
    """Return the words that the message lacks."""
    return [word for word in words if word not in message]


def reporting(*steps: Any) -> Any:
    """Return an objective that reports at some steps."""

    def objective(trial: tb.Trial) -> float:
        for step in steps:
            trial.report(1.0, step)
        return 1.0

    return objective


def failed(result: tb.Result) -> tb.TrialRecord:
    """Return the only trial, which has failed for a report."""
    (trial,) = result.trials
    assert (trial.state, trial.value) == (TrialState.FAILED, None)
    assert "Traceback" not in (trial.error or "")
    return trial


# Steps.


@pytest.mark.parametrize(
    ("steps", "words", "kept"),
    [
        ([-1], ["from 0", "got -1"], []),
        ([3, -1], ["from 0", "got -1"], [3]),
        ([0.5], ["integers", "got 0.5"], []),
        ([1.0], ["integers", "got 1.0"], []),
        (["1"], ["integers", "got '1'"], []),
        ([True], ["integers", "got True"], []),
        ([math.nan], ["integers", "got nan"], []),
    ],
    ids=["negative", "negative later", "half", "float", "string", "bool", "nan"],
)
def test_a_step_that_is_no_integer_from_0_fails_the_trial_and_is_not_dropped_silently(
    steps: list[Any], words: list[str], kept: list[int]
) -> None:
    trial = failed(tune(reporting(*steps)))
    assert missing([*words, "hint: "], trial.error or "") == []
    assert [report.step for report in trial.reports] == kept


def test_a_report_error_may_be_caught_and_the_trial_goes_on_with_the_next_step() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0, step=4)
        with pytest.raises(tb.ReportError):
            trial.report(2.0, step=-4)
        trial.report(3.0)
        return 1.0

    (trial,) = tune(objective).trials
    assert [(report.step, report.value) for report in trial.reports] == [(4, 1.0), (5, 3.0)]


# Values.


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, np.float32("nan"), "0.5", None, b"1", [1.0], (1.0, 2.0), 1j, object],
    ids=repr,
)
def test_a_report_that_is_no_finite_number_fails_the_trial_at_once(value: Any) -> None:
    reached: list[int] = []

    def objective(trial: tb.Trial) -> Iterator[Any]:
        yield 1.0
        yield value
        reached.append(1)
        yield 2.0

    trial = failed(tune(objective))
    assert missing(["a report must be a finite number", f"got {value!r}", "hint: "], trial.error or "") == []
    assert ([report.value for report in trial.reports], reached) == ([1.0], [])


@pytest.mark.parametrize("value", [math.nan, "0.5", None], ids=repr)
def test_a_plain_report_that_is_no_finite_number_raises_a_report_error(value: Any) -> None:
    with tb.open_study(tb.Problem(len, SPACE), backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        with pytest.raises(tb.ReportError, match="finite number"):
            trial.report(value)
        assert not trial.should_prune()
        assert study.tell(trial, 1.0).reports == ()


@pytest.mark.parametrize(
    ("metric", "reported", "words"),
    [
        ("accuracy", {"accuracyy": 0.5}, ["'accuracy'", "Did you mean 'accuracyy'?"]),
        ("accuracy", {"loss": 0.5, "f1": 0.1}, ["'accuracy'", "known: f1, loss"]),
        ("accuracy", {}, ["{}", "'accuracy'", "there are none"]),
        (None, {"loss": 0.5}, ["{'loss': 0.5}", "Problem(..., metric='...')"]),
    ],
    ids=["misspelt", "absent", "empty", "no metric named"],
)
def test_a_dict_that_does_not_hold_the_metric_ends_the_study_in_its_first_trial(
    metric: str | None, reported: Any, words: list[str]
) -> None:
    error = ended_by_first(lambda: tune(yielding(reported), metric=metric, n_trials=20))
    assert missing([*words, "hint: "], str(error)) == []


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        ({"loss": math.nan}, ["finite number", "{'loss': nan}"]),
        ({"loss": 0.5, "note": "good"}, ["finite number", "'note': 'good'"]),
        ({"loss": 0.5, "other": None}, ["finite number", "'other': None"]),
    ],
    ids=["nan", "string beside", "None beside"],
)
def test_a_dict_that_holds_more_than_numbers_fails_the_trial(reported: Any, words: list[str]) -> None:
    trial = failed(tune(yielding(reported), metric="loss"))
    assert missing([*words, "hint: "], trial.error or "") == []


def test_wrong_reports_count_as_failures_in_a_row() -> None:
    with pytest.raises(tb.StudyFailedError, match="10 trials in a row failed") as caught:
        tune(yielding(math.nan), n_trials=20)
    assert isinstance(caught.value.__cause__, tb.ReportError)


def test_on_error_raise_lets_a_wrong_report_through() -> None:
    with pytest.raises(tb.ReportError, match="finite number"):
        tune(yielding("good"), on_error="raise")


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_a_wrong_report_is_told_as_a_failure(backend: str) -> None:
    plain = tune(lambda trial: 1 / 0, backend=backend)
    assert tune(yielding(math.nan), backend=backend).trials[0].told == plain.trials[0].told


# After the end, and with several objectives.


def test_a_report_after_the_trial_was_told_is_an_error_and_changes_no_record() -> None:
    with tb.open_study(tb.Problem(len, SPACE), backend="sklearn:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        trial.report(1.0)
        record = study.tell(trial, 2.0)
        with pytest.raises(tb.TrialError, match=r"trial 0 takes no reports[\s\S]*hint: "):
            trial.report(3.0)
    assert study.result.trials == [record]
    assert record.reports == (tb.Report(0, 1.0),)


def test_a_report_after_the_study_was_closed_is_an_error() -> None:
    study = tb.open_study(tb.Problem(len, SPACE), backend="sklearn:random", seed=0)
    trial = study.ask()
    assert trial is not None
    study.close()
    with pytest.raises(tb.TrialError, match="trial 0 takes no reports"):
        trial.report(3.0)


def test_a_report_from_a_trial_that_outlived_its_objective_is_an_error() -> None:
    kept: list[tb.Trial] = []

    def objective(trial: tb.Trial) -> float:
        kept.append(trial)
        return 1.0

    tune(objective, n_trials=2)
    for trial in kept:
        with pytest.raises(tb.TrialError, match=f"trial {trial.number} takes no reports"):
            trial.report(1.0)


def test_trap_l12_a_report_with_several_objectives_is_a_report_error_as_it_raises_in_optuna() -> None:
    native = optuna.create_study(directions=["minimize", "maximize"]).ask()
    with pytest.raises(NotImplementedError, match="not supported for multi-objective"):
        native.report(1.0, step=0)

    def objective(trial: tb.Trial) -> tuple[float, float]:
        trial.report(1.0)
        return 1.0, 2.0

    for backend in ("optuna:tpe", "sklearn:random"):
        trial = failed(tune(objective, ["minimize", "maximize"], backend=backend))
        assert missing(["2 objectives", "no reports", "return the values"], trial.error or "") == []
        assert trial.reports == ()


# Pruners.


def test_trap_b7_a_trial_that_asha_stops_is_told_to_optuna_as_pruned_never_as_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Look at the studies that Optuna itself holds, the sampler's and the pruner's."""
    studies: list[optuna.Study] = []
    create = optuna.create_study

    def keep(**settings: Any) -> optuna.Study:
        studies.append(create(**settings))
        return studies[-1]

    monkeypatch.setattr(optuna, "create_study", keep)

    def objective(trial: tb.Trial) -> Iterator[float]:
        for step in range(9):
            yield trial["x"] + step * (trial.number % 3)

    pruner = tb.pruner("asha", min_resource=1, reduction_factor=3)
    result = tune(objective, backend="optuna:tpe", pruner=pruner, n_trials=20)
    expected = [trial.state.name for trial in result.trials]
    assert {"COMPLETE", "PRUNED"} == set(expected)
    assert len(studies) == 2
    for study in studies:
        assert [trial.state.name for trial in study.trials] == expected
        for native, trial in zip(study.trials, result.trials, strict=True):
            if trial.state is TrialState.PRUNED:
                assert native.value == trial.reports[-1].value
                assert native.intermediate_values == {report.step: report.value for report in trial.reports}
                assert trial.told == f"PRUNED with {len(trial.reports)} reports"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("medain", ["no pruner is called 'medain'", "Did you mean 'median'?", "asha, hyperband"]),
        ("successive halving", ["'successive halving'", "asha"]),
        ("optuna:median", ["'optuna:median'", "Did you mean 'median'?"]),
        ("", ["''", "median"]),
        (5, ["a pruner is named by a string", "got 5"]),
        (tb.Plateau("x"), ["a pruner is named by a string", "Plateau"]),
    ],
    ids=repr,
)
def test_an_unknown_pruner_is_refused_before_the_first_trial_and_the_closest_shown(
    name: Any, words: list[str]
) -> None:
    with pytest.raises(tb.UnknownNameError) as caught:
        tune(len, pruner=name)
    assert missing(words, str(caught.value)) == []


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("asha", "min_resourse", ["asha has no option 'min_resourse'", "Did you mean 'min_resource'?"]),
        ("asha", "max_resource", ["asha has no option 'max_resource'", "reduction_factor"]),
        ("median", "percentile", ["median has no option 'percentile'", "n_startup_trials"]),
        ("patient", "wrapped_pruner", ["patient has no option 'wrapped_pruner'", "around"]),
    ],
)
def test_an_unknown_option_of_a_pruner_is_refused_and_the_closest_shown(
    name: str, option: str, words: list[str]
) -> None:
    with pytest.raises(tb.OptionError) as caught:
        tb.pruner(name, **{option: 3})
    assert missing(words, str(caught.value)) == []


def test_options_beside_a_chosen_pruner_are_not_dropped_silently() -> None:
    chosen = tb.pruner("asha", reduction_factor=3)
    with pytest.raises(tb.OptionError):
        tb.pruner(chosen, min_resourse=3)
    try:
        merged = tb.pruner(chosen, min_resource=3)
    except tb.OptionError:
        return
    assert dict(merged.options) == {"reduction_factor": 3, "min_resource": 3}


def test_a_pruner_is_refused_for_several_objectives_and_the_hint_is_about_pruners() -> None:
    with pytest.raises(tb.UnsupportedError) as caught:
        tune(len, ["minimize", "maximize"], pruner="median")
    assert missing(["the pruner 'median'", "one objective", "has 2"], caught.value.message) == []
    assert caught.value.hint
    assert "best_trials" not in caught.value.hint


def test_a_missing_library_behind_a_pruner_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = dependencies.installed_version
    monkeypatch.setattr(
        dependencies, "installed_version", lambda name: None if name == "optuna" else installed(name)
    )
    with pytest.raises(tb.MissingLibraryError) as caught:
        tune(len, pruner="median")
    words = ["'median' needs optuna", "not installed", 'pip install "tunebridge[optuna]"']
    assert missing(words, str(caught.value)) == []
    assert tune(lambda trial: 1.0).best_value == 1.0


# Rules and stoppers.


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tb.Plateau("x", factor=0), ["factor > 0", "factor=0"]),
        (lambda: tb.Plateau("x", factor=-0.5), ["factor > 0", "factor=-0.5"]),
        (lambda: tb.Plateau("x", factor=1), ["other than 1", "factor=1"]),
        (lambda: tb.Plateau("x", factor=math.nan), ["factor", "nan"]),
        (lambda: tb.Plateau("x", factor=math.inf), ["factor", "inf"]),
        (lambda: tb.Plateau("x", factor="0.5"), ["factor", "'0.5'"]),  # type: ignore[arg-type]
        (lambda: tb.Plateau("x", patience=-1), ["patience >= 0", "patience=-1"]),
        (lambda: tb.Plateau("x", patience="3"), ["patience", "'3'"]),  # type: ignore[arg-type]
        (lambda: tb.Plateau("x", patience=math.nan), ["patience", "nan"]),  # type: ignore[arg-type]
        (lambda: tb.Plateau("x", min_delta=-0.1), ["min_delta >= 0", "min_delta=-0.1"]),
        (lambda: tb.Plateau("x", minimum="low"), ["minimum", "'low'"]),  # type: ignore[arg-type]
        (lambda: tb.Plateau("x", minimum=math.nan), ["minimum", "nan"]),
        (lambda: tb.Plateau(3), ["name", "3"]),  # type: ignore[arg-type]
        (lambda: tb.Schedule("x", at=[0.5]), ["at", "[0.5]"]),  # type: ignore[arg-type]
        (lambda: tb.Schedule("x", at={-1: 0.5}), ["-1"]),
        (lambda: tb.Schedule("x", at={1.5: 0.5}), ["1.5"]),  # type: ignore[dict-item]
        (lambda: tb.Schedule("x", at={"3": 0.5}), ["'3'"]),  # type: ignore[dict-item]
        (lambda: tb.Patience(0), ["n_trials >= 1", "0"]),
        (lambda: tb.Patience(-3), ["n_trials >= 1", "-3"]),
        (lambda: tb.Patience("3"), ["n_trials", "'3'"]),  # type: ignore[arg-type]
        (lambda: tb.Patience(3, min_delta=-1), ["min_delta >= 0", "-1"]),
        (lambda: tb.Patience(3, min_delta=math.nan), ["min_delta", "nan"]),
        (lambda: tb.MaxSeconds(0), ["seconds > 0", "0"]),
        (lambda: tb.MaxSeconds(-5), ["seconds > 0", "-5"]),
        (lambda: tb.MaxSeconds(math.nan), ["seconds > 0", "nan"]),
        (lambda: tb.MaxSeconds("60"), ["seconds", "'60'"]),  # type: ignore[arg-type]
        (lambda: tb.Target(math.nan), ["Target", "nan"]),
        (lambda: tb.Target("0.9"), ["Target", "'0.9'"]),  # type: ignore[arg-type]
        (lambda: tb.Target(None), ["Target", "None"]),  # type: ignore[arg-type]
    ],
    ids=[
        "factor 0", "factor < 0", "factor 1", "factor nan", "factor inf", "factor text", "patience < 0",
        "patience text", "patience nan", "min_delta < 0", "minimum text", "minimum nan", "name", "at list",
        "at < 0", "at 1.5", "at text", "Patience 0", "Patience < 0", "Patience text", "Patience delta < 0",
        "Patience delta nan", "MaxSeconds 0", "MaxSeconds < 0", "MaxSeconds nan", "MaxSeconds text",
        "Target nan", "Target text", "Target None",
    ],
)  # fmt: skip
def test_a_rule_or_stopper_out_of_its_bounds_is_a_problem_error_when_it_is_made(
    make: Callable[[], Any], words: list[str]
) -> None:
    with pytest.raises(tb.ProblemError) as caught:
        make()
    assert missing(words, str(caught.value)) == []


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "adjust is one rule": ({"adjust": tb.Plateau("x")}, ["adjust", "list"]),
    "adjust holds a name": ({"adjust": ["plateau"]}, ["adjust", "'plateau'"]),
    "adjust holds a class": ({"adjust": [tb.Plateau]}, ["adjust", "Plateau"]),
    "adjust holds a stopper": ({"adjust": [tb.Target(1)]}, ["adjust", "Target"]),
    "adjust is a string": ({"adjust": "plateau"}, ["adjust"]),
    "stop is one stopper": ({"stop": tb.Target(1)}, ["stop", "list"]),
    "stop holds a function": ({"stop": [lambda trial: True]}, ["stop"]),
    "stop holds a number": ({"stop": [60]}, ["stop", "60"]),
    "stop holds a rule": ({"stop": [tb.Plateau("x")]}, ["stop", "Plateau"]),
    "stop holds a class": ({"stop": [tb.Target]}, ["stop", "Target"]),
}


@pytest.mark.parametrize("what", WRONG_SETTINGS)
def test_rules_and_stoppers_of_the_wrong_kind_are_refused_before_the_first_trial(what: str) -> None:
    evaluated: list[int] = []

    def objective(trial: tb.Trial) -> Iterator[float]:
        evaluated.append(trial.number)
        yield 1.0

    settings, words = WRONG_SETTINGS[what]
    with pytest.raises(tb.ProblemError) as caught:
        tune(objective, **settings)
    assert missing(words, str(caught.value)) == []
    assert evaluated == []


def test_rules_for_several_objectives_are_refused_for_there_are_no_reports_to_act_on() -> None:
    problem = tb.Problem(lambda trial: (1.0, 2.0), SPACE, ["minimize", "maximize"])
    with pytest.raises(tb.UnsupportedError, match="objective"):
        tb.tune(problem, backend="optuna:tpe", n_trials=1, seed=0, adjust=[tb.Plateau("x")])


def test_a_study_that_is_refused_leaves_no_session_open() -> None:
    """A stopper that does not fit is found before the library is, or the session is closed again."""
    events: list[str] = []
    installed = tb.backend("sklearn:random").spec

    class Session:
        def __init__(self, request: tb.OpenRequest) -> None:
            events.append("open")

        def ask(self) -> None:
            return None

        def tell(self, outcome: tb.Outcome) -> str:
            return "told"

        def close(self) -> None:
            events.append("close")

    spec = tb.BackendSpec(
        name="fake:session",
        summary="counts",
        translate=installed.translate,
        open=Session,
        capabilities=tb.Capabilities(multi_objective=True),
    )
    problem = tb.Problem(len, SPACE, ["minimize", "maximize"])
    with pytest.raises(tb.UnsupportedError):
        tb.open_study(problem, backend=tb.Backend(spec, {}), n_trials=1, stop=[tb.Target(1.0)])
    assert events in ([], ["open", "close"])
