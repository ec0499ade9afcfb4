"""What a pruner hears of a search, what becomes of the candidates that it ends, and what jobs change."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import joblib
import numpy as np
import optuna
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneRandomizedSearchCV, TuneSearchCV

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:120] / 16.0, Y[:120]
CV = StratifiedKFold(3, shuffle=True, random_state=0)
SPLITS = list(CV.split(X, Y))
SMOOTHING = tb.Space(var_smoothing=tb.Float(1e-9, 1.0, log=True))
ALPHA = tb.Space(alpha=tb.Float(1e-6, 10.0, log=True))
SGD = SGDClassifier(max_iter=5, tol=None, random_state=0)
EARLY = tb.pruner("median", n_startup_trials=2)
"""Begins to prune soon enough for short searches."""


class Heard:
    """A pruner that notes what it is told, and ends the trials of some numbers at a step."""

    def __init__(self, *ended: int, at: int = 1) -> None:
        self.ended, self.at = ended, at
        self.reports: dict[int, list[tuple[int, float]]] = {}

    def report(self, trial: tb.Trial, step: int, value: float) -> tb.Decision:
        self.reports.setdefault(trial.number, []).append((step, value))
        over = trial.number in self.ended and step >= self.at
        return tb.Decision.PRUNE if over else tb.Decision.CONTINUE

    def finish(self, record: tb.TrialRecord) -> None:
        pass

    def chosen(self, *, paired: bool = False) -> tb.ChosenPruner:
        spec = tb.PrunerSpec(name="heard", summary="notes", open=lambda request: self, paired=paired)
        return tb.ChosenPruner(spec, {})


def search(estimator: BaseEstimator, space: Any, **settings: Any) -> TuneSearchCV:
    """Return a short search, on candidates that depend on nothing."""
    settings = {"backend": "optuna:random", "n_trials": 4, "cv": CV, "random_state": 0, **settings}
    return TuneSearchCV(estimator, space, **settings)


def fitted(estimator: BaseEstimator, space: Any, **settings: Any) -> TuneSearchCV:
    found: TuneSearchCV = search(estimator, space, **settings).fit(X, Y)
    return found


def splits_of(found: TuneSearchCV, row: int, metric: str = "score") -> list[float]:
    return [float(found.cv_results_[f"split{split}_test_{metric}"][row]) for split in range(found.n_splits_)]


def without_times(found: TuneSearchCV) -> dict[str, Any]:
    """Return `cv_results_` in a form that is equal if all of it is, but for the times."""
    results = found.cv_results_
    return {name: repr(list(value)) for name, value in results.items() if not name.endswith("_time")}


# Folds.


def test_a_pruner_hears_the_mean_of_the_folds_so_far() -> None:
    heard = Heard()
    found = fitted(GaussianNB(), SMOOTHING, pruner=heard.chosen())
    for row, reports in heard.reports.items():
        scores = splits_of(found, row)
        assert reports == [(1, scores[0]), (2, fmean(scores[:2])), (3, fmean(scores))]
    assert heard.reports.keys() == {0, 1, 2, 3}


def test_a_pruner_that_tests_in_pairs_hears_each_fold_by_itself_and_never_epochs() -> None:
    heard = Heard()
    found = fitted(SGD, ALPHA, pruner=heard.chosen(paired=True))
    assert heard.reports == {row: [*enumerate(splits_of(found, row), 1)] for row in range(4)}


def test_of_several_metrics_a_pruner_hears_the_one_that_refit_names() -> None:
    heard = Heard()
    scoring = ["accuracy", "neg_log_loss"]
    found = fitted(
        GaussianNB(), {"var_smoothing": [1e-9, 1.0]}, pruner=heard.chosen(), scoring=scoring, refit=scoring[1]
    )
    assert heard.reports[1][0] == (1, splits_of(found, 1, "neg_log_loss")[0])
    assert found.cv_results_.keys() >= {"partial_mean_test_accuracy", "partial_mean_test_neg_log_loss"}


def by_hand(
    scores: Callable[[dict[str, float]], Sequence[float]], pruner: optuna.pruners.BasePruner, n_trials: int
) -> optuna.Study:
    """Write the same search with Optuna alone: report `scores`, which are steps 1, 2, ..., one by one."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=4)
    study = optuna.create_study(
        study_name="tunebridge-0", direction="maximize", sampler=sampler, pruner=pruner
    )

    def objective(trial: optuna.Trial) -> float:
        value = math.nan
        for step, value in enumerate(scores({"alpha": trial.suggest_float("alpha", 1e-6, 10, log=True)}), 1):
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    study.optimize(objective, n_trials=n_trials)
    return study


def each_fold(params: dict[str, float]) -> list[float]:
    model = SGD.set_params(**params)
    return [float(clone(model).fit(X[a], Y[a]).score(X[b], Y[b])) for a, b in SPLITS]


def folds_so_far(params: dict[str, float]) -> list[float]:
    scores = each_fold(params)
    return [fmean(scores[:count]) for count in range(1, len(scores) + 1)]


def each_epoch(params: dict[str, float]) -> list[float]:
    means = []
    models = [clone(SGD).set_params(**params, random_state=np.random.RandomState(0)) for _ in SPLITS]
    for _ in range(5):
        for model, (train, _) in zip(models, SPLITS, strict=True):
            model.partial_fit(X[train], Y[train], classes=np.unique(Y))
        means.append(fmean(model.score(X[b], Y[b]) for model, (_, b) in zip(models, SPLITS, strict=True)))
    return means


TPE = tb.backend("optuna:tpe", n_startup_trials=4)
PARITY: dict[str, tuple[Any, optuna.pruners.BasePruner, str, Callable[[dict[str, float]], list[float]]]] = {
    "median of folds": (EARLY, optuna.pruners.MedianPruner(n_startup_trials=2), "folds", folds_so_far),
    "median of epochs": (EARLY, optuna.pruners.MedianPruner(n_startup_trials=2), "auto", each_epoch),
    "asha of epochs": ("asha", optuna.pruners.SuccessiveHalvingPruner(), "epochs", each_epoch),
    "hyperband of epochs": (
        tb.pruner("hyperband", max_resource=6, reduction_factor=2),
        optuna.pruners.HyperbandPruner(max_resource=6, reduction_factor=2),
        "auto",
        each_epoch,
    ),
}


@pytest.mark.parametrize("case", PARITY)
def test_decisions_and_proposals_are_those_of_optuna_on_the_same_numbers(case: str) -> None:
    pruner, native, feedback, scores = PARITY[case]
    study = by_hand(scores, native, 12)
    found = fitted(SGD, ALPHA, backend=TPE, n_trials=12, pruner=pruner, feedback=feedback)
    results = found.cv_results_
    assert [params["alpha"] for params in results["params"]] == [t.params["alpha"] for t in study.trials]
    pruned = [trial.state is optuna.trial.TrialState.PRUNED for trial in study.trials]
    assert results["pruned"].tolist() == pruned
    assert any(pruned)
    last = [trial.intermediate_values[trial.last_step or 0] for trial in study.trials]
    assert results["partial_mean_test_score"].tolist() == pytest.approx(last, rel=1e-15)
    assert found.best_score_ == pytest.approx(study.best_value, rel=1e-15)
    assert found.best_params_ == study.best_params


def test_wilcoxon_decides_as_optunas_does_on_each_fold() -> None:
    cv = StratifiedKFold(10, shuffle=True, random_state=0)
    space = {"alpha": [1e-4, 3.0, 1e-3, 10.0, 5.0]}
    found = fitted(SGD, space, cv=cv, n_trials=5, pruner=tb.pruner("wilcoxon", p_threshold=0.2))
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        native = optuna.pruners.WilcoxonPruner(p_threshold=0.2)
    study = optuna.create_study(direction="maximize", pruner=native)
    expected = []
    for params in found.cv_results_["params"]:
        trial, scores = study.ask(), []
        for step, (train, test) in enumerate(cv.split(X, Y), 1):
            model = clone(SGD).set_params(**params).fit(X[train], Y[train])
            scores.append(model.score(X[test], Y[test]))
            trial.report(scores[-1], step)
            if trial.should_prune():
                break
        state = optuna.trial.TrialState.PRUNED if len(scores) < 10 else optuna.trial.TrialState.COMPLETE
        study.tell(trial, None if len(scores) < 10 else fmean(scores), state=state)
        expected.append(scores)
    for row, scores in enumerate(expected):
        assert found.cv_results_["pruned"][row] == (len(scores) < 10)
        assert [score for score in splits_of(found, row) if not math.isnan(score)] == scores
    assert 0 < sum(found.cv_results_["pruned"]) < 5


# Epochs.


def test_reports_by_epochs_are_the_means_of_all_folds_after_each_epoch() -> None:
    heard = Heard()
    found = fitted(SGD, ALPHA, n_trials=2, pruner=heard.chosen())
    for row, params in enumerate(found.cv_results_["params"]):
        expected = each_epoch(params)
        assert [step for step, _ in heard.reports[row]] == [1, 2, 3, 4, 5]
        assert [value for _, value in heard.reports[row]] == expected
        assert found.cv_results_["mean_test_score"][row] == pytest.approx(expected[-1], rel=1e-15)


# Without a pruner.


def test_without_a_pruner_auto_fits_at_once_and_a_named_feedback_is_kept() -> None:
    plain = cross_validate(clone(SGD).set_params(alpha=1e-2), X, Y, cv=CV)["test_score"].tolist()
    space = {"alpha": [1e-2]}
    assert splits_of(fitted(SGD, space, n_trials=1), 0) == plain
    epochs = fitted(SGD, space, n_trials=1, feedback="epochs")
    assert fmean(splits_of(epochs, 0)) == pytest.approx(each_epoch({"alpha": 1e-2})[-1], rel=1e-15)
    assert not any("partial" in name or name == "pruned" for name in epochs.cv_results_)


def test_the_drop_in_classes_choose_by_themselves() -> None:
    heard = Heard()
    settings = {"n_iter": 2, "cv": CV, "random_state": 0, "pruner": heard.chosen()}
    TuneRandomizedSearchCV(SGD, {"alpha": [1e-4, 1e-2]}, **settings).fit(X, Y)
    assert [len(reports) for reports in heard.reports.values()] == [5, 5]


# What a pruned candidate leaves.


def test_a_candidate_pruned_by_folds_keeps_the_splits_that_ran() -> None:
    heard = Heard(1, at=2)
    found = fitted(GaussianNB(), SMOOTHING, n_trials=3, pruner=heard.chosen())
    results = found.cv_results_
    assert results["pruned"].tolist() == [False, True, False]
    params = results["params"][1]
    plain = cross_validate(GaussianNB(**params), X, Y, cv=CV)["test_score"].tolist()
    assert splits_of(found, 1)[:2] == plain[:2]
    assert math.isnan(splits_of(found, 1)[2])
    assert np.isnan(results["mean_test_score"]).tolist() == [False, True, False]
    assert np.isnan(results["std_test_score"]).tolist() == [False, True, False]
    assert results["partial_mean_test_score"].tolist() == [
        results["mean_test_score"][0],
        fmean(plain[:2]),
        results["mean_test_score"][2],
    ]
    assert results["rank_test_score"][1] == 3

    assert found.best_index_ != 1


class Fast:
    """A clock that goes on as ever, and can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead


class Slow(SGDClassifier):  # type: ignore[misc]  # scikit-learn has no annotations
    """Takes 1,000 s for an epoch, by a clock of its own."""

    clock = Fast()

    def partial_fit(self, *given: Any, **named: Any) -> Slow:
        self.clock.ahead += 1000.0
        super().partial_fit(*given, **named)
        return self


def test_the_times_of_a_pruned_candidate_are_those_of_what_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunebridge_sklearn.fold.time", Slow.clock)
    slow = Slow(max_iter=5, random_state=0)
    found = fitted(slow, ALPHA, n_trials=2, pruner=Heard(1, at=1).chosen(), feedback="epochs")
    results = found.cv_results_
    assert 5000.0 <= results["mean_fit_time"][0] < 6000.0, "five epochs"
    assert 1000.0 <= results["mean_fit_time"][1] < 2000.0, "one epoch"
    assert results["mean_score_time"][1] > 0
    by_folds = fitted(GaussianNB(), {"var_smoothing": [1e-9, 0.1]}, n_trials=2, pruner=Heard(1).chosen())
    assert by_folds.cv_results_["mean_fit_time"][1] > 0
    assert by_folds.cv_results_["std_fit_time"][1] == pytest.approx(0), "only one fold was timed"


def test_a_candidate_pruned_by_epochs_has_no_split_that_ran_to_its_end() -> None:
    found = fitted(SGD, ALPHA, n_trials=3, pruner=Heard(0, at=2).chosen(), return_train_score=True)
    results = found.cv_results_
    assert np.isnan(splits_of(found, 0)).all()
    assert np.isnan(results["mean_train_score"]).tolist() == [True, False, False]
    assert results["partial_mean_test_score"][0] == pytest.approx(
        each_epoch(results["params"][0])[1], rel=1e-15
    )
    assert results["pruned"].tolist() == [True, False, False]
    assert results["rank_test_score"][0] == 3


def test_a_pruned_and_a_failed_candidate_are_both_last() -> None:
    space = {"var_smoothing": [1e-9, -1.0, 0.1]}
    with pytest.warns(FitFailedWarning, match="3 fits failed"):
        found = fitted(GaussianNB(), space, backend="sklearn:grid", n_trials=3, pruner=Heard(2).chosen())
    assert found.cv_results_["rank_test_score"].tolist() == [1, 2, 2]
    assert found.cv_results_["pruned"].tolist() == [False, False, True]


def test_all_candidates_pruned_is_an_error_that_names_the_pruner() -> None:
    never = search(GaussianNB(), SMOOTHING, pruner=tb.pruner("threshold", lower=2.0))
    with pytest.raises(ValueError, match="all 4 candidates were pruned by 'threshold'"):
        never.fit(X, Y)
    assert not hasattr(never, "best_estimator_")


# Jobs.


@pytest.mark.parametrize("feedback", ["folds", "epochs"])
@pytest.mark.parametrize("place", ["threading", "loky"])
def test_the_number_of_jobs_changes_nothing_but_the_time(feedback: str, place: str) -> None:
    settings = {"backend": TPE, "n_trials": 8, "pruner": EARLY, "feedback": feedback}
    alone = fitted(SGD, ALPHA, **settings)
    with joblib.parallel_config(place, n_jobs=2):
        together = fitted(SGD, ALPHA, **settings)
    assert without_times(alone) == without_times(together)
    assert any(alone.cv_results_["pruned"])
    assert np.array_equal(alone.best_estimator_.coef_, together.best_estimator_.coef_)


def test_the_number_of_jobs_may_be_the_searchs_own() -> None:
    settings = {"backend": TPE, "n_trials": 6, "pruner": EARLY, "feedback": "folds"}
    assert without_times(fitted(SGD, ALPHA, n_jobs=2, **settings)) == without_times(
        fitted(SGD, ALPHA, **settings)
    )


@pytest.mark.parametrize("feedback", ["folds", "epochs"])
def test_more_jobs_than_folds_evaluate_several_candidates_at_once(feedback: str) -> None:
    heard, cv = Heard(), StratifiedKFold(2)
    with joblib.parallel_config("threading", n_jobs=5):
        found = fitted(SGD, ALPHA, n_trials=5, cv=cv, pruner=heard.chosen(), feedback=feedback)
    first = list(heard.reports)[:2]
    assert first == [0, 1]
    assert len(found.cv_results_["params"]) == 5
    alone = fitted(SGD, ALPHA, n_trials=5, cv=cv, pruner=Heard().chosen(), feedback=feedback)
    assert without_times(found) == without_times(alone), "the backend learns nothing"


def test_models_that_travel_by_file_can_be_trained_on() -> None:
    """joblib hands arrays above 1 MB to processes as files, which are read-only by default."""
    rng = np.random.default_rng(0)
    wide, target = rng.normal(size=(40, 500)), np.arange(40) % 2
    model = MLPClassifier((400,), max_iter=2, random_state=0)
    settings = {"n_trials": 1, "feedback": "epochs", "cv": 2}
    with joblib.parallel_config("loky", n_jobs=2):
        found = search(model, {"alpha": [0.1]}, **settings).fit(wide, target)
    alone = search(model, {"alpha": [0.1]}, **settings).fit(wide, target)
    assert without_times(found) == without_times(alone)


@pytest.mark.parametrize(
    "estimator",
    [Ridge(), GradientBoostingRegressor(n_estimators=4, random_state=0)],
    ids=["folds", "stages"],
)
def test_regressors_are_judged_too(estimator: BaseEstimator) -> None:
    heard = Heard()
    name = "alpha" if isinstance(estimator, Ridge) else "learning_rate"
    fitted(estimator, {name: [0.1, 0.5]}, n_trials=2, pruner=heard.chosen(), cv=3)
    assert [[step for step, _ in reports] for reports in heard.reports.values()] == (
        [[1, 2, 3]] * 2 if isinstance(estimator, Ridge) else [[1, 2, 4]] * 2
    )
