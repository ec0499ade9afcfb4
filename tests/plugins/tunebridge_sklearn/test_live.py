"""Params of real estimators that change in mid-training take effect, or are refused by name."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
from tunebridge_sklearn import apply, cross_validation

X, y = load_iris(return_X_y=True)
LABELS = np.unique(y)


def sgd(**params: Any) -> SGDClassifier:
    """Return a model after an epoch."""
    given = {"learning_rate": "constant", "eta0": 0.1, "shuffle": False, "random_state": 0} | params
    return SGDClassifier(**given).partial_fit(X, y, classes=LABELS)


def refusal(model: BaseEstimator, **changed: Any) -> str:
    """Return the error of a change, which leaves the model as it was."""
    before = model.get_params()
    with pytest.raises(tb.LiveParamError) as caught:
        apply(model, changed)
    assert model.get_params() == before
    return str(caught.value)


def test_a_change_is_in_force_from_the_next_epoch_on() -> None:
    changed, untouched = sgd(), sgd()
    apply(changed, {"eta0": 0.001})
    for model in (changed, untouched):
        model.partial_fit(X, y)
    assert changed.eta0 == 0.001
    assert not np.array_equal(changed.coef_, untouched.coef_)


def test_trying_a_change_out_leaves_the_model_and_the_random_numbers_of_the_process_alone() -> None:
    model = sgd()
    coefficients, state = model.coef_.copy(), str(np.random.get_state())  # noqa: NPY002
    apply(model, {"alpha": 0.5})
    assert np.array_equal(model.coef_, coefficients)
    assert str(np.random.get_state()) == state  # noqa: NPY002


@pytest.mark.parametrize(
    ("model", "changed", "reason"),
    [
        (sgd(), {"power_t": 0.1}, "power_t: its training does not read it any more"),
        (sgd(), {"learning_rate": "adaptive"}, "does not read it any more"),
        (sgd(), {"average": True}, "average: its training raises AttributeError"),
        (sgd(learning_rate="optimal"), {"eta0": 0.5}, "does not read it any more"),
        (sgd(), {"eta0": -1.0}, "must be a float in the range (0.0, inf)"),
        (sgd(), {"rate": 1.0}, "rate: it has no such param"),
        (sgd(), {"random_state": 1}, "it says how the training is repeated"),
    ],
)
def test_what_epochs_would_ignore_is_refused_by_name(
    model: BaseEstimator, changed: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(model, **changed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate_init", 0.1),
        ("momentum", 0.5),
        ("beta_1", 0.5),
        ("learning_rate", "adaptive"),
        ("solver", "sgd"),
        ("activation", "tanh"),
        ("hidden_layer_sizes", (3,)),
    ],
)
def test_an_mlp_keeps_the_optimizer_and_the_layers_of_its_first_epoch(name: str, value: Any) -> None:
    model = MLPClassifier((4,), random_state=0).partial_fit(X, y, classes=LABELS)
    assert f"cannot take {name}: " in refusal(model, **{name: value})
    apply(model, {"alpha": 0.1, "batch_size": 10})


def test_a_warm_start_of_an_mlp_reads_the_rate() -> None:
    model = MLPClassifier((4,), random_state=0, warm_start=True, max_iter=2)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, y)
    apply(model, {"learning_rate_init": 0.1})
    assert model.learning_rate_init == 0.1


def test_what_acts_on_trees_that_are_there_is_refused() -> None:
    model = GradientBoostingClassifier(n_estimators=3, warm_start=True, random_state=0).fit(X, y)
    assert "learning_rate: it acts on what was trained before, too" in refusal(model, learning_rate=0.5)
    assert "loss: the trees that there are fit another loss" in refusal(model, loss="exponential")
    assert "n_estimators: there are 3 already" in refusal(model, n_estimators=2)
    apply(model, {"subsample": 0.5, "max_depth": 2, "n_estimators": 6})


def test_histogram_boosting_takes_a_rate_for_new_trees_but_no_other_bins() -> None:
    model = HistGradientBoostingRegressor(max_iter=3, warm_start=True).fit(X, y)
    apply(model, {"learning_rate": 0.5})
    assert "max_bins: the trees that there are have split other bins" in refusal(model, max_bins=20)


def test_trees_to_come_take_what_a_little_data_does_not_show() -> None:
    model = HistGradientBoostingRegressor(max_iter=3, warm_start=True).fit(X, y)
    apply(model, {"max_leaf_nodes": 500, "l2_regularization": 1e-9})
    assert model.max_leaf_nodes == 500


def test_all_of_a_change_is_made_or_nothing() -> None:
    assert "cannot take power_t: " in refusal(sgd(), eta0=0.5, power_t=0.1)


def test_a_model_that_is_not_fitted_or_begins_anew_takes_any_param() -> None:
    for model in (SGDClassifier(), RandomForestClassifier(3).fit(X, y)):
        apply(model, {"n_jobs": 1, "random_state": 3})
        assert model.random_state == 3


def test_of_a_pipeline_only_the_last_step_changes() -> None:
    scaler = StandardScaler().fit(X)
    model = make_pipeline(scaler, sgd())
    apply(model, {"sgdclassifier__alpha": 0.5})
    assert model[-1].alpha == 0.5
    message = refusal(model, standardscaler__with_mean=False)
    assert "standardscaler__with_mean: the other steps of a pipeline are fitted once" in message


def test_a_pipeline_within_a_pipeline_is_no_way_around() -> None:
    model = make_pipeline(StandardScaler().fit(X), make_pipeline(StandardScaler().fit(X), sgd()))
    apply(model, {"pipeline__sgdclassifier__eta0": 0.5})
    assert model[-1][-1].eta0 == 0.5
    message = refusal(model, pipeline__sgdclassifier__power_t=0.1)
    assert "pipeline__sgdclassifier__power_t: its training does not read it any more" in message
    assert "are fitted once" in refusal(model, pipeline__standardscaler__with_mean=False)


def test_a_pipeline_whose_last_step_passes_rows_through_has_nothing_that_trains() -> None:
    model = make_pipeline(StandardScaler(), "passthrough").fit(X)
    apply(model, {"standardscaler__with_mean": False})
    assert model[0].with_mean is False


@pytest.mark.parametrize("alpha", [0.5, 1e-4])
def test_the_models_within_one_against_the_rest_were_copied_before(alpha: float) -> None:
    model = OneVsRestClassifier(SGDClassifier(alpha=0.01, random_state=0)).partial_fit(X, y, classes=LABELS)
    assert "estimator__alpha: its training does not read it any more" in refusal(
        model, estimator__alpha=alpha
    )


def test_members_to_come_take_params_of_the_estimator_within() -> None:
    model = BaggingClassifier(DecisionTreeClassifier(), n_estimators=2, warm_start=True, random_state=0)
    model.fit(X, y)
    apply(model, {"estimator__max_depth": 1, "n_estimators": 4})
    assert [tree.get_depth() for tree in model.fit(X, y).estimators_][2:] == [1, 1]


SPACE = tb.Space(
    alpha=tb.Float(1e-5, 1.0, log=True), eta0=tb.Float(1e-3, 1.0, log=True), power_t=tb.Float(0, 1)
)


def problem(estimator: Any = None, space: Any = SPACE, **settings: Any) -> tb.Problem:
    model = SGDClassifier(
        learning_rate="constant", eta0=0.1, shuffle=False, max_iter=4, tol=None, random_state=0
    )
    given: dict[str, Any] = {"cv": 2, "feedback": "epochs"} | settings
    return cross_validation(model if estimator is None else estimator, X, y, space, **given)


def run(searched: tb.Problem, *rules: Any, n_trials: int = 2) -> tb.Result:
    return tb.tune(searched, backend="sklearn:random", n_trials=n_trials, seed=0, adjust=rules)


def test_a_rule_reaches_the_models_of_all_folds_as_the_loop_by_hand_would() -> None:
    searched = problem(return_train_score=False)
    result = run(searched, tb.Schedule("eta0", {2: 0.001}))
    for record in result.trials:
        params = {name: record.params[name] for name in ("alpha", "eta0", "power_t")}
        scores = []
        for train, test in searched.objective.setting.splits:  # type: ignore[attr-defined]
            model = clone(searched.objective.estimator).set_params(**params)  # type: ignore[attr-defined]
            for epoch in range(1, 5):
                model.partial_fit(X[train], y[train], classes=LABELS)
                if epoch == 2:
                    model.set_params(eta0=0.001)
            scores.append(model.score(X[test], y[test]))
        assert record.value == pytest.approx(np.mean(scores))
        assert [change.value for change in record.changes] == [0.001]


@pytest.mark.parametrize(
    ("searched", "name", "reason"),
    [
        (problem(), "power_t", "its training does not read it any more"),
        (problem(feedback="folds"), "alpha", "each model is trained at once"),
        (problem(space=tb.Space(max_iter=tb.Int(2, 4))), "max_iter", "the steps of a trial are planned"),
    ],
)
def test_a_rule_for_what_no_candidate_can_change_is_refused_before_the_first(
    searched: tb.Problem, name: str, reason: str
) -> None:
    with pytest.raises(tb.LiveParamError, match=f"{name}: {reason}"):
        run(searched, tb.Plateau(name))


@pytest.mark.parametrize("feedback", ["folds", "epochs"])
def test_a_change_that_no_check_foresaw_fails_its_trial_by_name(feedback: str) -> None:
    record = run(problem(feedback=feedback), lambda training: {"power_t": 0.25}, n_trials=1).trials[0]
    assert record.state is tb.TrialState.FAILED
    assert "while a candidate trains, it cannot change power_t" in str(record.error)


def test_tries_of_a_model_that_talks_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    model = GradientBoostingClassifier(n_estimators=2, warm_start=True, verbose=2).fit(X, y)
    capfd.readouterr()
    apply(model, {"subsample": 0.37, "verbose": 0})
    assert "learning_rate" in refusal(model, learning_rate=0.37)
    assert capfd.readouterr() == ("", "")
    assert model.verbose == 0


def test_a_refusal_names_what_can_change() -> None:
    hint = refusal(sgd(), power_t=0.1).partition("hint: ")[2]
    named = set(hint.partition("(")[2].rstrip(")").split(", "))
    assert {"alpha", "eta0"} <= named
    assert not named & {"power_t", "l1_ratio", "n_jobs", "verbose", "max_iter"}
    for name in named:
        apply(sgd(), {name: not sgd().get_params()[name] if name in ("shuffle", "fit_intercept") else 0.3})


def test_regression_and_models_without_classes_are_tried_out_too() -> None:
    model = SGDRegressor(random_state=0).partial_fit(X, y)
    apply(model, {"eta0": 0.5})
    assert "epsilon: its training does not read it any more" in refusal(model, epsilon=0.5)


@pytest.mark.parametrize(
    ("given", "rule", "step"),
    [
        ((SGDClassifier, {"alpha": 0.1}), "apply takes a model of scikit-learn's", "not its class"),
        ((None, {"alpha": 0.1}), "apply takes a model of scikit-learn's", "that you fit"),
        ((sgd(), None), "changed must be new values by name, got None", "changed or {}"),
        ((sgd(), 0.1), "changed must be new values by name, got 0.1", '{"alpha": 0.1}'),
    ],
)
def test_an_argument_that_is_something_else_is_named(given: Any, rule: str, step: str) -> None:
    with pytest.raises(tb.LiveParamError) as error:
        apply(*given)
    assert rule in error.value.message
    assert step in (error.value.hint or "")
