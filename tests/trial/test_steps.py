"""Steps of reports are taken as Optuna takes them: told twice, the first value stands; any order will do."""

import logging
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hyperopt
import optuna
import pytest
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
    WilcoxonPruner,
)

import tunebridge as tb
from tunebridge import TrialState
from tunebridge.testing import MemoryStore
from tunebridge_optuna import to_study

SPACE = tb.Space(x=tb.Float(0.0, 1.0))
STEPS = (3, 0, 7, 7, 1, 3, 12, 2, 9, 0, 4, 11, 6, 12, 5, 10, 8)
"""Of each trial, turned by its number: with repeats, and in no order."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.usefixtures("quiet_libraries"),
]


def reports(number: int, x: float) -> Iterator[tuple[float, int]]:
    """Return values and steps of a trial; a step told again has another value."""
    for place in range(len(STEPS)):
        step = STEPS[(place + 5 * number) % len(STEPS)]
        yield x + 0.3 * math.sin(17.3 * step + 5.1 * number) + 0.001 * place, step


def loss(trial: tb.Trial) -> float:
    for value, step in reports(trial.number, trial["x"]):
        trial.report(value, step)
    return float(trial["x"])


PROBLEM = tb.Problem(loss, SPACE)

PRUNERS: dict[str, tuple[tb.ChosenPruner, Callable[[], BasePruner]]] = {
    "median": (tb.pruner("median"), MedianPruner),
    "percentile": (tb.pruner("percentile", percentile=40.0), lambda: PercentilePruner(40.0)),
    "asha": (tb.pruner("asha", min_resource=1), lambda: SuccessiveHalvingPruner(min_resource=1)),
    "hyperband": (tb.pruner("hyperband", max_resource=12), lambda: HyperbandPruner(max_resource=12)),
    "threshold": (tb.pruner("threshold", upper=0.7), lambda: ThresholdPruner(upper=0.7)),
    "patient": (
        tb.pruner("patient", patience=4, min_delta=0.2),
        lambda: PatientPruner(None, patience=4, min_delta=0.2),
    ),
    "wilcoxon": (tb.pruner("wilcoxon", p_threshold=0.2), lambda: WilcoxonPruner(p_threshold=0.2)),
}


def by_hand(pruner: BasePruner, seed: int) -> optuna.Study:
    """Run the study as a user of Optuna does, who has heard that a known step is dropped."""

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0.0, 1.0)
        for value, step in reports(trial.number, x):
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return x

    study = optuna.create_study(
        study_name=f"tunebridge-{seed}", sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is ignored because this `step=.*` is already reported")
        study.optimize(objective, n_trials=30)
    return study


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("pruner", PRUNERS)
def test_repeated_and_unordered_steps_end_the_trials_that_end_in_optunas_own_run(
    pruner: str, seed: int
) -> None:
    chosen, native = PRUNERS[pruner]
    ours = tb.tune(PROBLEM, backend="optuna:tpe", pruner=chosen, n_trials=30, seed=seed)
    theirs = by_hand(native(), seed).trials
    assert [(trial.state.name, dict(trial.params)) for trial in ours.trials] == [
        (trial.state.name, trial.params) for trial in theirs
    ]
    for mine, other in zip(ours.trials, theirs, strict=True):
        told = [(report.step, report.value) for report in mine.reports]
        assert told == list(other.intermediate_values.items())
    assert TrialState.PRUNED in {trial.state for trial in ours.trials}
    exported = to_study(ours).trials
    assert [trial.value for trial in exported] == [trial.value for trial in theirs]
    assert [list(trial.intermediate_values.items()) for trial in exported] == [
        list(trial.intermediate_values.items()) for trial in theirs
    ]


def test_a_known_step_is_dropped_before_anybody_hears_of_it_and_said_once_in_a_study(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[int] = []

    class Listener:
        @tb.hookimpl
        def tunebridge_trial_reported(self, trial: tb.Trial, report: tb.Report) -> None:
            heard.append(report.step)

    def twice(trial: tb.Trial) -> float:
        assert trial.report(1.0, 0) is None
        assert trial.report(2.0, 0) is None
        trial.report(3.0)
        return 1.0

    with caplog.at_level(logging.WARNING, "tunebridge"):
        result = tb.tune(
            tb.Problem(twice, SPACE), backend="sklearn:random", n_trials=3, observers=[Listener()]
        )
    assert [trial.reports for trial in result.trials] == [(tb.Report(0, 1.0), tb.Report(1, 3.0))] * 3
    assert heard == [0, 1] * 3
    (record,) = [record for record in caplog.records if "twice" in record.getMessage()]
    assert "trial 0 has told step 0 twice: the first value stands, and 2.0 is dropped" in record.getMessage()


def test_the_value_of_a_known_step_still_has_to_be_a_number() -> None:
    def wrong(trial: tb.Trial) -> float:
        trial.report(1.0, 0)
        trial.report("high", 0)
        return 1.0

    (trial,) = tb.tune(tb.Problem(wrong, SPACE), backend="sklearn:random", n_trials=1).trials
    assert trial.state is TrialState.FAILED
    assert "finite number" in (trial.error or "")


def test_a_trial_that_was_told_to_stop_hears_so_again_at_a_known_step() -> None:
    def deaf(trial: tb.Trial) -> float:
        trial.report(5.0, 0, raises=False)
        assert trial.should_prune()
        trial.report(0.0, 0)
        return 1.0

    settings: dict[str, Any] = {"backend": "sklearn:random", "pruner": tb.pruner("threshold", upper=1.0)}
    (trial,) = tb.tune(tb.Problem(deaf, SPACE), n_trials=1, **settings).trials
    assert (trial.state, trial.reports) == (TrialState.PRUNED, (tb.Report(0, 5.0),))
    assert "returned" not in trial.notes


def test_a_step_that_is_left_out_is_the_one_after_the_highest() -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        trial.report(1.0, 4)
        trial.report(2.0, 2)
        yield 3.0
        trial.report(4.0, 0)
        yield 5.0

    (trial,) = tb.tune(tb.Problem(objective, SPACE), backend="sklearn:random", n_trials=1).trials
    assert [report.step for report in trial.reports] == [4, 2, 5, 0, 6]


@pytest.mark.parametrize(("second", "words"), [(1, "got 1 after 3"), (3, "got 3 after 3")])
def test_where_rules_change_params_steps_have_to_rise(second: int, words: str) -> None:
    def objective(trial: tb.Trial) -> float:
        trial.report(1.0, 3)
        trial.report(1.0, second)
        return 1.0

    problem = tb.Problem(objective, SPACE)
    (trial,) = tb.tune(problem, backend="sklearn:random", n_trials=1, adjust=[tb.Plateau("x")]).trials
    assert trial.state is TrialState.FAILED
    error = trial.error or ""
    assert "where rules change params, steps must rise, " + words in error
    assert "without adjust=[...] they may come in any order" in error
    assert [report.step for report in trial.reports] == [3]


def test_a_pruned_trial_has_the_value_of_its_highest_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what hyperopt keeps, and at the study for Optuna's plots."""
    kept: list[hyperopt.Trials] = []

    class Watched(hyperopt.Trials):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(*arguments, **settings)
            kept.append(self)

    monkeypatch.setattr("tunebridge_hyperopt.session.Trials", Watched)

    def objective(trial: tb.Trial) -> float:
        trial.report(1.0, 3)
        trial.report(9.0, 1)
        raise tb.TrialPruned

    result = tb.tune(tb.Problem(objective, SPACE), backend="hyperopt:tpe", n_trials=2, seed=0)
    assert [trial.value for trial in to_study(result).trials] == [1.0, 1.0]
    (trials,) = kept
    assert trials.losses() == [1.0, 1.0]


@pytest.mark.parametrize("form", ["memory", "sqlite", "journal"])
def test_a_resumed_study_keeps_the_order_and_decides_as_if_it_had_never_stopped(
    form: str, tmp_path: Path
) -> None:
    urls: dict[str, Any] = {
        "memory": MemoryStore(),
        "sqlite": f"sqlite:///{tmp_path / 'a.db'}",
        "journal": f"journal:///{tmp_path / 'a.log'}",
    }
    settings: dict[str, Any] = {"backend": "optuna:random", "pruner": "wilcoxon", "seed": 3, "study": "s"}
    whole = tb.tune(PROBLEM, n_trials=9, **settings)
    tb.tune(PROBLEM, n_trials=5, storage=urls[form], **settings)
    result = tb.tune(PROBLEM, n_trials=9, storage=urls[form], **settings)
    loaded = tb.load_study(urls[form], "s", problem=PROBLEM)
    assert {trial.state for trial in whole.trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    for trials in (result.trials, loaded.trials):
        assert [(trial.state, trial.reports) for trial in trials] == [
            (trial.state, trial.reports) for trial in whole.trials
        ]
    assert any(
        [report.step for report in trial.reports] != sorted(report.step for report in trial.reports)
        for trial in loaded.trials
    )


def test_an_imported_trial_keeps_the_order_in_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    first = tb.tune(PROBLEM, backend="optuna:random", n_trials=3, seed=0)
    settings: dict[str, Any] = {"backend": "optuna:random", "n_trials": 1, "seed": 1, "study": "s"}
    tb.tune(PROBLEM, history=[first, to_study(first)], storage=url, **settings)
    stored = tb.load_study(url, "s", problem=PROBLEM)
    again = tb.tune(PROBLEM, storage=url, **{**settings, "n_trials": 2})
    assert again.carried is not None
    assert again.carried.exact
    assert len(stored.trials) == 1


def test_a_replay_tells_what_the_trial_told() -> None:
    result = tb.tune(PROBLEM, backend="optuna:random", n_trials=2, seed=0)
    for record in result.trials:
        assert tb.replay(PROBLEM, record).reports == record.reports


@pytest.mark.parametrize("executor", ["processes", "threads"])
def test_trials_side_by_side_in_a_fixed_order_tell_the_same_twice(executor: str) -> None:
    settings: dict[str, Any] = {"n_trials": 4, "n_jobs": 2, "deterministic": True, "executor": executor}
    results = [
        tb.tune(PROBLEM, backend="optuna:random", pruner="wilcoxon", seed=2, **settings) for _ in range(2)
    ]
    kept = [[(trial.state, trial.reports) for trial in result.trials] for result in results]
    assert kept[0] == kept[1]
    assert all(trial.error is None for trial in results[0].trials)
