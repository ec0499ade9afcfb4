"""Optuna's pruners: their options, their study of reports, and what Optuna's samplers see of them."""

import logging
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import optuna
import pytest
from optuna.pruners import BasePruner, HyperbandPruner
from optuna.samplers import TPESampler

import tunebridge as tb
import tunebridge_optuna

SPACE = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 8))

N_STEPS = 9


def train(trial: tb.Trial) -> Iterator[float]:
    for step in range(N_STEPS):
        yield trial["x"] * (step + 1) / N_STEPS + 0.5**step


def tune(
    objective: Any = train, space: tb.Space = SPACE, direction: str = "minimize", **settings: Any
) -> tb.Result:
    settings = {"backend": "sklearn:random", "n_trials": 20, "seed": 0, **settings}
    return tb.tune(tb.Problem(objective, space, direction), **settings)


Studies = list[optuna.Study]


@pytest.fixture
def studies(monkeypatch: pytest.MonkeyPatch) -> Studies:
    """Return the list of native studies that are made from now on: the pruner's, then the sampler's."""
    made: Studies = []
    create = optuna.create_study

    def keep(**settings: Any) -> optuna.Study:
        made.append(create(**settings))
        return made[-1]

    monkeypatch.setattr(optuna, "create_study", keep)
    return made


# Options.


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("median", {"n_startup_trials": -1}, ["n_startup_trials", "-1"]),
        ("median", {"interval_steps": 0}, ["interval_steps", "0"]),
        ("median", {"n_min_trials": 0}, ["n_min_trials", "0"]),
        ("median", {"n_startup_trials": "5"}, ["'5'"]),
        ("percentile", {}, ["percentile"]),
        ("percentile", {"percentile": 200}, ["200"]),
        ("asha", {"min_resource": 0}, ["min_resource", "0"]),
        ("asha", {"reduction_factor": 1}, ["reduction_factor", "1"]),
        ("asha", {"bootstrap_count": 1}, ["bootstrap_count", "min_resource"]),
        ("hyperband", {"min_resource": 0}, ["min_resource", "0"]),
        ("hyperband", {"min_resource": 0, "max_resource": 9}, ["min_resource", "0"]),
        ("hyperband", {"reduction_factor": 1}, ["reduction_factor", "1"]),
        ("hyperband", {"reduction_factor": 1, "max_resource": 9}, ["reduction_factor", "1"]),
        ("hyperband", {"max_resource": 0}, ["max_resource", "0"]),
        ("hyperband", {"max_resource": "9"}, ["max_resource", "9"]),
        ("hyperband", {"bootstrap_count": 1}, ["bootstrap_count", "max_resource"]),
        ("threshold", {}, ["lower or upper"]),
        ("threshold", {"lower": 2, "upper": 1}, ["lower", "upper"]),
        ("threshold", {"lower": "low"}, ["'low'"]),
        ("patient", {"patience": -1}, ["patience", "-1"]),
        ("patient", {"min_delta": -1.0}, ["min_delta", "-1.0"]),
        ("patient", {"around": "median"}, ["around", "'median'", "tunebridge.pruner('median')"]),
        pytest.param(
            "patient", {"around": optuna.pruners.NopPruner()}, ["around", "NopPruner"], id="patient-nop"
        ),
        ("patient", {"around": tb.pruner("percentile")}, ["percentile"]),
        ("wilcoxon", {"p_threshold": 2}, ["p_threshold", "2"]),
        ("wilcoxon", {"n_startup_steps": -1}, ["n_startup_steps", "-1"]),
    ],
    ids=str,
)
def test_a_value_that_the_library_would_choke_on_is_an_option_error_before_the_first_trial(
    name: str, options: dict[str, Any], words: list[str]
) -> None:
    """Optuna checks some options of Hyperband at the first report only: every trial would fail there."""
    with pytest.raises(tb.OptionError) as caught:
        tb.open_study(tb.Problem(train, SPACE), backend="sklearn:random", pruner=tb.pruner(name, **options))
    assert [word for word in words if word not in str(caught.value)] == []


def test_patient_takes_any_pruner_of_optunas_even_another_patient_one() -> None:
    inner = tb.pruner("patient", around=tb.pruner("median", n_startup_trials=1), patience=1)
    result = tune(pruner=tb.pruner("patient", around=inner, patience=1))
    assert {trial.state for trial in result.trials} <= {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}


def test_patient_around_nothing_ends_what_has_stopped_improving() -> None:
    def falling_then_flat(trial: tb.Trial) -> Iterator[float]:
        yield from (3.0, 2.0, 2.0, 2.5, 3.0, 3.5)

    for trial in tune(falling_then_flat, pruner=tb.pruner("patient", patience=1), n_trials=3).trials:
        assert (trial.state.name, len(trial.reports)) == ("PRUNED", 5)


def test_a_pruner_of_another_library_is_refused_inside_patient() -> None:
    foreign = tb.PrunerSpec(name="mine", summary="none of Optuna's", open=lambda request: None)  # type: ignore[arg-type, return-value]
    around = tb.ChosenPruner(foreign, {})
    with pytest.raises(tb.OptionError, match="around must be one of Optuna's pruners"):
        tune(pruner=tb.pruner("patient", around=around))


# The study of reports.


def test_the_pruners_study_has_the_name_the_direction_and_every_end(studies: Studies) -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        for value in train(trial):
            if trial.number == 4:
                raise ValueError
            yield -value

    result = tune(objective, direction="maximize", pruner=tb.pruner("median", n_startup_trials=3), seed=5)
    (study,) = studies
    assert (study.study_name, study.direction.name) == ("tunebridge-5", "MAXIMIZE")
    words = {"FAILED": "FAIL"}
    expected = [words.get(trial.state.name, trial.state.name) for trial in result.trials]
    assert [trial.state.name for trial in study.trials] == expected
    assert {"COMPLETE", "PRUNED", "FAIL"} == set(expected)
    for native, trial in zip(study.trials, result.trials, strict=True):
        assert native.number == trial.number
        assert native.intermediate_values == {report.step: report.value for report in trial.reports}


def test_what_an_interrupted_attempt_reported_is_forgotten_with_its_trial(studies: Studies) -> None:
    request = tb.PrunerRequest(direction=tb.Direction.MINIMIZE, options={}, study_name="s")
    pruner = tb.pruner("median").spec.open(request)
    record = tune(n_trials=1).trials[0]
    for attempt, last in enumerate((3, 2)):
        for number in (0, 1):
            trial = tb.Trial({}, number=number, seed=0)
            for step in range(last if number == 0 else attempt):
                pruner.report(trial, step + (1 - attempt), float(10 * attempt + step))
        state = tb.TrialState.INTERRUPTED if attempt == 0 else tb.TrialState.COMPLETE
        pruner.finish(replace(record, number=0, state=state, values=(1.0,)))
    native = studies[-1].trials
    assert [trial.state.name for trial in native] == ["COMPLETE", "RUNNING"]
    assert [trial.intermediate_values for trial in native] == [{0: 10.0, 1: 11.0}, {0: 10.0}]


def halving(**options: Any) -> tb.Pruner:
    request = tb.PrunerRequest(direction=tb.Direction.MINIMIZE, options=options, study_name="s")
    return tb.pruner("asha").spec.open(request)


@pytest.mark.parametrize("bootstrap_count", [0, 2])
def test_a_paused_trial_goes_on_as_soon_as_it_is_among_the_best_of_its_rung(bootstrap_count: int) -> None:
    options = {"min_resource": 1, "reduction_factor": 3, "bootstrap_count": bootstrap_count}
    pruner = halving(resume=True, **options)
    values = random.Random(3).sample(range(1000), 60)
    paused: set[int] = set()
    for number in range(len(values)):
        rung = sorted(values[: number + 1])
        best = rung[: max(len(rung) // 3, 1)] if len(rung) > bootstrap_count else []
        for one in [number, *sorted(paused)]:
            decision = pruner.report(tb.Trial({}, number=one, seed=0), 1, values[one])
            is_best = values[one] in best
            assert decision is (tb.Decision.CONTINUE if is_best else tb.Decision.PAUSE)
            paused = paused - {one} if is_best else paused | {one}


def test_a_trial_that_was_promoted_is_judged_at_the_next_rung_and_not_before() -> None:
    pruner = halving(resume=True, min_resource=1, reduction_factor=2)
    first, second, third = (tb.Trial({}, number=number, seed=0) for number in range(3))
    said = [(first, 1, 0.1), (second, 1, 0.2), (third, 1, 0.3), (second, 1, 0.2)]
    assert [pruner.report(*one).name for one in said] == ["CONTINUE", "PAUSE", "PAUSE", "PAUSE"]
    assert pruner.report(tb.Trial({}, number=3, seed=0), 1, 0.4) is tb.Decision.PAUSE
    assert pruner.report(second, 1, 0.2) is tb.Decision.CONTINUE
    assert [pruner.report(first, step, 0.1).name for step in (2, 3)] == ["CONTINUE", "CONTINUE"]
    assert [pruner.report(second, step, 0.2).name for step in (2,)] == ["PAUSE"]


def test_without_resume_it_ends_what_it_would_pause() -> None:
    for options in ({}, {"resume": False}):
        pruner = halving(min_resource=1, reduction_factor=2, **options)
        decisions = [
            pruner.report(tb.Trial({}, number=number, seed=0), 1, float(number)) for number in range(4)
        ]
        assert decisions == [tb.Decision.CONTINUE, *[tb.Decision.PRUNE] * 3]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("asha", {"resume": 1}, "resume of asha must be True or False, got 1"),
        (
            "patient",
            {"around": tb.pruner("asha", resume=True)},
            "'patient' ends trials, and cannot pause them",
        ),
    ],
)
def test_resume_where_it_means_nothing_is_refused(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(tb.OptionError, match=re.escape(words)):
        tune(pruner=tb.pruner(name, **options), n_trials=1)


@pytest.mark.parametrize(
    "name", sorted({"hyperband", "median", "percentile", "threshold", "patient", "wilcoxon"})
)
def test_resume_is_refused_by_the_name_of_every_other_pruner(name: str) -> None:
    with pytest.raises(tb.OptionError, match=f"{name} has no option 'resume'"):
        tb.pruner(name, resume=True)


def test_pruning_says_nothing_on_the_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        tune(backend="optuna:tpe", pruner=tb.pruner("patient", around=tb.pruner("median")), n_trials=3)
        tune(backend="optuna:tpe", pruner="wilcoxon", n_trials=3)
    assert [record.getMessage() for record in caplog.records if "xperimental" in record.getMessage()] == []
    assert capfd.readouterr() == ("", "")


def test_numbers_are_the_studys_own_when_rejected_suggestions_use_up_native_ones(studies: Studies) -> None:
    space = tb.Space(SPACE, constraints=[tb.Constraint(lambda params: params["x"] > 0.5, "x is large")])
    result = tune(space=space, backend="optuna:random", pruner=tb.pruner("median", n_startup_trials=2))
    reports, proposals = studies
    assert len(proposals.trials) > len(reports.trials) == len(result.trials)
    assert [trial.state.name for trial in reports.trials] == [trial.state.name for trial in result.trials]


# What Optuna's samplers see.


def test_the_sampler_has_the_pruner_of_the_study(studies: Studies) -> None:
    tune(backend="optuna:tpe", pruner="hyperband", n_trials=2)
    reports, proposals = studies
    assert isinstance(proposals.pruner, HyperbandPruner)
    assert proposals.pruner is reports.pruner
    assert proposals.study_name == reports.study_name == "tunebridge-0"


def test_a_sampler_of_optunas_has_no_pruner_of_its_own_when_the_study_has_none(studies: Studies) -> None:
    tune(backend="optuna:tpe", n_trials=2)
    (proposals,) = studies
    assert isinstance(proposals.pruner, optuna.pruners.NopPruner)


class Disguised(BasePruner):
    """Hyperband's decisions under a type for which Optuna makes no study of the bracket."""

    def __init__(self, hyperband: HyperbandPruner) -> None:
        self.hyperband = hyperband

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        return self.hyperband.prune(study, trial)


@pytest.mark.usefixtures("quiet_libraries")
def test_under_hyperband_optunas_own_tpe_sees_the_trials_of_all_brackets() -> None:
    """Show a fact of Optuna 5.0: its samplers look past the study of the bracket, at the whole history.

    If this fails, Optuna has changed, and the docstrings that say what its samplers see have to, too.
    """

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        for step in range(27):
            trial.report(x * (step + 1) / 27 + 0.5**step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return x

    def proposals(pruner: BasePruner) -> list[float]:
        study = optuna.create_study(study_name="tunebridge-0", sampler=TPESampler(seed=0), pruner=pruner)
        study.optimize(objective, n_trials=60)
        return [trial.params["x"] for trial in study.trials]

    hyperband = HyperbandPruner(min_resource=1, max_resource=27)
    filtered = proposals(hyperband)
    unfiltered = proposals(Disguised(HyperbandPruner(min_resource=1, max_resource=27)))
    assert filtered == unfiltered


# The result as a study of Optuna's.


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe"])
def test_a_pruned_trial_is_exported_as_pruned_with_its_reports(backend: str) -> None:
    result = tune(backend=backend, pruner=tb.pruner("median", n_startup_trials=2))
    states = {trial.state.name for trial in result.trials}
    assert states == {"COMPLETE", "PRUNED"}
    exported = tunebridge_optuna.to_study(result).trials
    assert [trial.state.name for trial in exported] == [trial.state.name for trial in result.trials]
    for native, trial in zip(exported, result.trials, strict=True):
        assert native.intermediate_values == {report.step: report.value for report in trial.reports}


def test_a_paused_trial_is_asked_about_again_in_a_study_that_hears_of_it_after_the_others() -> None:
    """So a study goes on: what had paused the trial would not pause it any more when it is told again."""
    chosen = tb.pruner("asha", resume=True, min_resource=1, reduction_factor=2)
    request = tb.PrunerRequest(direction=tb.Direction.MINIMIZE, options=chosen.options, study_name="s")
    waiting, pruner = tb.Trial({}, number=1, seed=0), chosen.spec.open(request)
    for number, value in ((0, 0.1), (2, 0.9), (3, 0.8)):
        pruner.report(tb.Trial({}, number=number, seed=0), 1, value)
    assert pruner.report(waiting, 1, 0.2) is tb.Decision.CONTINUE
    pruner.report(waiting, 2, 0.2)
    assert pruner.report(waiting, 1, 0.2) is tb.Decision.CONTINUE
    for number, value in ((4, 0.05), (5, 0.04), (6, 0.03)):
        pruner.report(tb.Trial({}, number=number, seed=0), 1, value)
    assert pruner.report(waiting, 1, 0.2) is tb.Decision.PAUSE
