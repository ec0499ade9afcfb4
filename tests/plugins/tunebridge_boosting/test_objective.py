"""A booster as an objective, and callbacks for the libraries' own training, in every executor."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.metrics import log_loss

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, MODELS, halves, made
from tests.trial.tuned import ended_by_first
from tunebridge import TrialState
from tunebridge_boosting import apply, catboost_callback, lightgbm_callback, training, xgboost_callback

TRAIN, VALID = halves(CANCER)
BOTH = pytest.mark.parametrize("library", MODELS)
SPACE = tb.Space(learning_rate=tb.Float(0.05, 0.5, log=True))
SAMPLED: dict[str, Any] = {
    "xgboost": {"subsample": 0.5},
    "lightgbm": {"subsample": 0.5, "subsample_freq": 1},
}
SETTINGS: list[dict[str, Any]] = [{}, *({"n_jobs": 2, "executor": one} for one in ("threads", "processes"))]
RUN: dict[str, Any] = {"backend": "sklearn:random", "seed": 0, "n_trials": 3}
BAD = tb.pruner("threshold", upper=0.0)
"""Ends every trial at its first report."""


def objective(library: str, n_rounds: int = 25, **more: Any) -> Any:
    def build(trial: tb.Trial) -> Any:
        return made(library, n_rounds, **SAMPLED[library], **trial)

    return training(build, train=TRAIN, valid=VALID, scoring="neg_log_loss", **more)


@BOTH
def test_reports_are_the_scores_of_whole_fits(library: str) -> None:
    whole = objective(library, keep_model=True)
    record = tb.tune(tb.Problem(whole, SPACE, direction="maximize"), **RUN).trials[0]
    for report in record.reports:
        sampled = {"xgboost": {"subsample": 0.5}, "lightgbm": {"subsample": 0.5, "subsample_freq": 1}}[
            library
        ]
        model = made(library, report.step, **sampled, **record.params).fit(*TRAIN)
        assert report.value == -log_loss(VALID[1], model.predict_proba(VALID[0]))
    assert [report.step for report in record.reports] == [10, 20, 25]
    kept = record.artifact("model")
    assert record.value == -log_loss(VALID[1], kept.predict_proba(VALID[0]))


@BOTH
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_trials_side_by_side_are_those_one_after_the_other(library: str, executor: str) -> None:
    problem = tb.Problem(objective(library), SPACE, direction="maximize")
    values = [one.value for one in tb.tune(problem, **RUN).trials]
    beside = tb.tune(problem, n_jobs=2, executor=executor, deterministic=True, **RUN)
    assert [one.value for one in beside.trials] == values


@BOTH
def test_a_rule_to_stop_early_leaves_a_number_of_rounds(library: str) -> None:
    name = {"xgboost": "early_stopping_rounds", "lightgbm": "early_stopping_round"}[library]

    def build(trial: tb.Trial) -> Any:
        return made(library, 400, **{name: 5}, **trial)

    problem = tb.Problem(training(build, train=TRAIN, valid=VALID), SPACE, direction="maximize")
    for record in tb.tune(problem, **RUN).trials:
        rounds = record.notes["rounds"]
        assert 0 < rounds < 400
        assert record.value == made(library, rounds, **record.params).fit(*TRAIN).score(*VALID)


@BOTH
def test_rules_change_the_model_and_what_no_round_reads_is_refused_before_trial_1(library: str) -> None:
    problem = tb.Problem(objective(library), SPACE, direction="maximize")
    plain = tb.tune(problem, **RUN).trials
    ruled = tb.tune(problem, adjust=[tb.Schedule("learning_rate", {10: 0.001})], **RUN).trials
    for one, other in zip(plain, ruled, strict=True):
        assert one.reports[0].value == other.reports[0].value
        assert one.value != other.value
    structure = tb.Space(max_bin=tb.Int(16, 255))
    with pytest.raises(tb.LiveParamError, match="max_bin: the trees that there are"):
        tb.tune(
            tb.Problem(objective(library), structure, direction="maximize"),
            adjust=[tb.Schedule("max_bin", {10: 20})],
            **RUN,
        )


@pytest.mark.parametrize("make", [xgboost_callback, lightgbm_callback, catboost_callback])
def test_what_a_callback_cannot_report_with_is_refused_as_it_is_made(make: Callable[..., object]) -> None:
    trial = tb.Trial({}, number=0, seed=0)
    for given, metric in (({}, "a"), ("a", trial)):
        with pytest.raises(tb.ProblemError, match="the trial that the objective is called with"):
            make(given, metric)
    with pytest.raises(tb.ProblemError, match="metric must be the name"):
        make(trial, 3)
    with pytest.raises(tb.ProblemError, match="every must be an integer >= 1, got 0"):
        make(trial, "a", every=0)


def test_arguments_that_fit_nothing_are_named() -> None:
    with pytest.raises(tb.ProblemError, match="build_model must be a function"):
        training(made("xgboost", 3), train=TRAIN, valid=VALID)
    with pytest.raises(tb.ProblemError, match="valid must be a pair"):
        training(lambda trial: None, train=TRAIN, valid=TRAIN[0])
    for name in ("train", "valid"):
        pairs: dict[str, Any] = {"train": TRAIN, "valid": VALID} | {name: (TRAIN[0], VALID[1][:3])}
        with pytest.raises(
            tb.ProblemError, match=rf"{name} must be rows, and as many targets: .*inconsistent"
        ):
            training(lambda trial: None, **pairs)
    with pytest.raises(tb.ProblemError, match="params must be those of fit, by name, got 3"):
        training(lambda trial: None, train=TRAIN, valid=VALID, params=3)  # type: ignore[arg-type]
    with pytest.raises(
        tb.ProblemError, match=r"scoring must be .* got 'roc_acu'\n  hint: Did you mean 'roc_auc'"
    ):
        training(lambda trial: None, train=TRAIN, valid=VALID, scoring="roc_acu")
    with pytest.raises(tb.ProblemError, match="report_every must be"):
        training(lambda trial: None, train=TRAIN, valid=VALID, report_every=0)
    objective = training(lambda trial: "no model", train=TRAIN, valid=VALID)
    wrong = tb.Problem(objective, SPACE, direction="maximize")
    record = tb.tune(wrong, on_error="record", **{**RUN, "n_trials": 1}).trials[0]
    assert "build_model must return a booster" in str(record.error)


def by_fit(library: str, trial: tb.Trial) -> float:
    if library == "xgboost":
        callbacks = [xgboost_callback(trial, "validation_0-logloss")]
        model = made(library, 12, eval_metric="logloss", callbacks=callbacks, **trial)
        model.fit(*TRAIN, eval_set=[VALID], verbose=False)
        return float(model.evals_result()["validation_0"]["logloss"][-1])
    model = made(library, 12, **trial)
    callbacks = [lightgbm_callback(trial, "valid_0-binary_logloss")]
    model.fit(*TRAIN, eval_X=VALID[0], eval_y=VALID[1], callbacks=callbacks)
    return float(model.evals_result_["valid_0"]["binary_logloss"][-1])


def by_train(library: str, trial: tb.Trial) -> float:
    rate = {"learning_rate": trial["rate"], "verbosity": -1 if library == "lightgbm" else 0, "seed": 0}
    names = {"rate": "learning_rate"}
    found: dict[str, Any] = {}
    if library == "xgboost":
        data, valid = xgboost.DMatrix(*TRAIN), xgboost.DMatrix(*VALID)
        params = {**rate, "objective": "binary:logistic", "nthread": 1}
        callbacks = [xgboost_callback(trial, "valid-logloss", every=3, names=names)]
        xgboost.train(
            params,
            data,
            12,
            evals=[(valid, "valid")],
            evals_result=found,
            verbose_eval=False,
            callbacks=callbacks,
        )
        return float(found["valid"]["logloss"][-1])
    whole = lightgbm.Dataset(*TRAIN)
    booster = lightgbm.train(
        {**rate, "objective": "binary", "num_threads": 1},
        whole,
        12,
        valid_sets=[lightgbm.Dataset(*VALID, reference=whole)],
        callbacks=[
            lightgbm.record_evaluation(found),
            lightgbm_callback(trial, "valid_0-binary_logloss", every=3, names=names),
        ],
    )
    assert booster.current_iteration() > 0
    return float(found["valid_0"]["binary_logloss"][-1])


@BOTH
@pytest.mark.parametrize(
    "settings", [{}, {"n_jobs": 2, "executor": "threads"}, {"n_jobs": 2, "executor": "processes"}]
)
def test_a_callback_reports_each_round_of_a_fit_and_ends_it(library: str, settings: dict[str, Any]) -> None:
    def train(trial: tb.Trial) -> float:
        return by_fit(library, trial)

    problem = tb.Problem(train, SPACE)
    for record in tb.tune(problem, **RUN, **settings).trials:
        assert [report.step for report in record.reports] == list(range(1, 13))
        assert record.reports[-1].value == record.value
    for record in tb.tune(problem, pruner=BAD, **RUN, **settings).trials:
        assert (record.state, len(record.reports)) == (TrialState.PRUNED, 1)
        assert record.notes["returned"] == record.reports[0].value


@BOTH
def test_a_callback_of_train_applies_what_a_rule_changes(library: str) -> None:
    def train(trial: tb.Trial) -> float:
        return by_train(library, trial)

    problem = tb.Problem(train, tb.Space(rate=tb.Float(1e-6, 0.5)))
    plain = tb.tune(problem, **RUN).trials
    ruled = tb.tune(problem, adjust=[tb.Schedule("rate", {3: 1e-6})], **RUN).trials
    for one, other in zip(plain, ruled, strict=True):
        assert [report.step for report in one.reports] == [3, 6, 9, 12]
        assert one.reports[-1].value != other.reports[-1].value
        assert np.ptp([report.value for report in other.reports]) < 1e-4


@BOTH
def test_a_metric_that_is_not_measured_is_named_with_those_that_are(library: str) -> None:
    make = {"xgboost": xgboost_callback, "lightgbm": lightgbm_callback}[library]

    def train(trial: tb.Trial) -> float:
        model = made(library, 3)
        if library == "xgboost":
            model.set_params(callbacks=[make(trial, "validation_0-auc")])
            model.fit(*TRAIN, eval_set=[VALID], verbose=False)
        else:
            callbacks = [make(trial, "valid_0-auc")]
            model.fit(*TRAIN, eval_X=VALID[0], eval_y=VALID[1], callbacks=callbacks)
        return 0.0

    error = ended_by_first(lambda: tb.tune(tb.Problem(train, SPACE), **RUN))
    measured = {"xgboost": "'validation_0-logloss'", "lightgbm": "'valid_0-binary_logloss'"}[library]
    assert f"-auc', but under {measured}" in error.message
    assert f"Did you mean {measured}?" in error.hint
    assert "eval_set" in error.hint


@BOTH
def test_a_training_without_validation_rows_is_told_to_give_eval_set(library: str) -> None:
    make = {"xgboost": xgboost_callback, "lightgbm": lightgbm_callback}[library]

    def train(trial: tb.Trial) -> float:
        callbacks = [make(trial, "validation_0-logloss")]
        if library == "xgboost":
            made(library, 3, callbacks=callbacks).fit(*TRAIN)
        else:
            made(library, 3).fit(*TRAIN, callbacks=callbacks)
        return 0.0

    error = ended_by_first(lambda: tb.tune(tb.Problem(train, SPACE), **RUN))
    assert "'validation_0-logloss', nor under any other" in error.message
    assert "eval_set=[(X_valid, y_valid)]" in error.hint


@BOTH
def test_names_of_params_that_no_trial_has_end_the_study_with_the_one_that_was_meant(library: str) -> None:
    make = {"xgboost": xgboost_callback, "lightgbm": lightgbm_callback}[library]

    def train(trial: tb.Trial) -> float:
        make(trial, "valid", names={"rat": "learning_rate"})
        return 0.0

    error = ended_by_first(lambda: tb.tune(tb.Problem(train, tb.Space(rate=tb.Float(0, 1))), **RUN))
    assert "names renames 'rat', and no param is called so" in error.message
    assert "Did you mean 'rate'?" in error.hint


@BOTH
def test_a_callback_without_its_library_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    make = {"xgboost": xgboost_callback, "lightgbm": lightgbm_callback}[library]
    monkeypatch.setitem(sys.modules, f"{library}.callback", None)
    with pytest.raises(tb.MissingLibraryError) as caught:
        make(tb.Trial({}, number=0, seed=0), "valid")
    assert caught.value.message == f"{library}_callback needs {library}, which is not installed"
    assert caught.value.hint == f'run: pip install "tunebridge[{library}]"'


def test_an_objective_without_scikit_learn_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "tunebridge_boosting.objective", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(tb.MissingLibraryError, match=r'pip install "tunebridge\[sklearn\]"'):
        objective("xgboost")


def test_apply_changes_bare_boosters_and_refuses_by_name() -> None:
    data = xgboost.DMatrix(*TRAIN)
    bare = xgboost.Booster({"nthread": 1, "objective": "binary:logistic"}, [data])
    other = lightgbm.Booster({"verbosity": -1, "objective": "binary"}, lightgbm.Dataset(*TRAIN))
    for booster in (bare, other):
        apply(booster, {"learning_rate": 0.5})
        apply(booster, {})
        with pytest.raises(tb.LiveParamError, match="max_bin: the trees that there are"):
            apply(booster, {"max_bin": 16})
        with pytest.raises(tb.LiveParamError, match="n_estimators: the rounds of a model"):
            apply(booster, {"n_estimators": 100})
    with pytest.raises(tb.LiveParamError, match="objective: the trees that there are"):
        apply(bare, {"objective": "reg:squarederror"})  # the default of XGBRegressor, and not what it has
    linear = xgboost.Booster({"booster": "gblinear", "nthread": 1}, [data])
    with pytest.raises(tb.LiveParamError, match="max_depth: no round of this model reads it"):
        apply(linear, {"max_depth": 3})
    with pytest.raises(tb.LiveParamError, match="apply takes a Booster"):
        apply(made("xgboost", 2), {"learning_rate": 0.5})


@pytest.mark.parametrize("scoring", [None, "roc_auc", "neg_log_loss"])
def test_a_score_that_is_to_be_minimized_is_refused_unless_it_is_the_users_own(scoring: str | None) -> None:
    objective = training(lambda trial: made("xgboost", 3), train=TRAIN, valid=VALID, scoring=scoring)
    with pytest.raises(
        tb.ProblemError, match="are to be maximized, and the problem's direction is 'minimize'"
    ):
        tb.Problem(objective, SPACE)
    loss = training(lambda trial: made("xgboost", 3), train=TRAIN, valid=VALID, scoring=len)
    assert tb.Problem(loss, SPACE).direction == "minimize"
