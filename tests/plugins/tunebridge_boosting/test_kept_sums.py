"""Rows that are validated on are predicted from sums that LightGBM keeps, to the last bit."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, DATA, SAMPLINGS, halves, made

TRAIN, VALID = halves(CANCER)
HOLES = [np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X) for X, _ in (TRAIN, VALID)]
KEPT = [kind for kind in SAMPLINGS["lightgbm"] if kind not in ("dart", "forest")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what boosters are asked to predict with all their trees."""
    found: list[Any] = []
    plain = lightgbm.Booster.predict

    def predict(booster: Any, rows: Any, *args: Any, **more: Any) -> Any:
        found.append(rows)
        return plain(booster, rows, *args, **more)

    monkeypatch.setattr(lightgbm.Booster, "predict", predict)
    return found


def begun(model: Any, train: Any, valid: Any, **params: Any) -> tb.Growth:
    spec = tb.grower_of(model)
    assert spec is not None
    return spec.begin(tb.GrowthRequest(model=model, X=train[0], y=train[1], params=params, valid=valid))


def predicted(model: Any, rows: Any) -> Any:
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


def is_kept(asked: list[Any], growth: tb.Growth, made: Any, train: Any, rows: Any, **params: Any) -> bool:
    """Check predictions of rows at three stops, and return whether no tree was asked again for them."""
    is_plain = []
    for n_rounds in (1, 5, 8):
        whole = predicted(made(n_rounds).fit(*train, **params), rows)
        asked.clear()
        found = predicted(growth.grow(n_rounds), rows)
        is_plain.append(bool(asked))
        assert np.array_equal(found, whole)
        assert found.flags.c_contiguous == whole.flags.c_contiguous
    assert growth.grow(12).evals_result_ == {}
    assert len(set(is_plain)) == 1
    return not is_plain[0]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("kind", KEPT)
def test_no_tree_is_asked_again_for_rows_that_are_known(kind: str, data: str, asked: list[Any]) -> None:
    if (kind, data) == ("balanced bagging", "digits"):
        return  # LightGBM draws balanced bags of two classes alone.
    sampling = SAMPLINGS["lightgbm"][kind]
    train, valid = halves(DATA[data])
    growth = begun(made("lightgbm", 12, **sampling), train, valid)
    assert is_kept(asked, growth, lambda n: made("lightgbm", n, **sampling), train, valid[0])


@pytest.mark.parametrize("objective", ["regression", "gamma", "quantile", "cross_entropy"])
def test_regressors_are_predicted_so_too(objective: str, asked: list[Any]) -> None:
    options: dict[str, Any] = {"objective": objective, "n_jobs": 1, "num_leaves": 7, "verbose": -1}
    train, valid = [(X, X[:, 0] / X[:, 0].max()) for X, _ in (TRAIN, VALID)]
    growth = begun(LGBMRegressor(n_estimators=12, **options), train, valid)
    assert is_kept(asked, growth, lambda n: LGBMRegressor(n_estimators=n, **options), train, valid[0])


def test_holes_in_rows_names_of_classes_and_weights_change_nothing_of_it(asked: list[Any]) -> None:
    names = np.array(["no", "yes"])
    train, valid = (HOLES[0], names[TRAIN[1]]), (HOLES[1], names[VALID[1]])
    weights = {"sample_weight": np.linspace(0.1, 2.0, len(train[1]))}
    options = {"class_weight": "balanced", "zero_as_missing": True}
    growth = begun(made("lightgbm", 12, **options), train, valid, **weights)
    assert is_kept(asked, growth, lambda n: made("lightgbm", n, **options), train, valid[0], **weights)


def test_columns_that_exclude_one_another_in_training_rows_alone_are_told_apart(asked: list[Any]) -> None:
    rng = np.random.default_rng(0)
    X = np.zeros((600, 8))
    X[np.arange(600), rng.integers(8, size=600)] = rng.integers(1, 6, size=600)
    y = (X @ rng.normal(size=8) > 0).astype(int)
    rows = rng.integers(0, 6, size=(200, 8))
    growth = begun(made("lightgbm", 12), (X, y), (rows, y[:200]))
    assert is_kept(asked, growth, lambda n: made("lightgbm", n), (X, y), rows)


@pytest.mark.parametrize("kind", ["dart", "forest", "linear trees", "categories", "unknown class", "labels"])
def test_where_no_sums_are_kept_trees_are_asked(kind: str, asked: list[Any]) -> None:
    options: dict[str, Any] = {**SAMPLINGS["lightgbm"].get(kind, {})}
    params: dict[str, Any] = {}
    train, valid, own = TRAIN, VALID, LGBMClassifier
    match kind:
        case "linear trees":
            options["linear_tree"] = True
        case "categories":
            params["categorical_feature"] = [3]
            train, valid = ((np.floor(X), y) for X, y in (TRAIN, VALID))
        case "unknown class":
            valid = (VALID[0], VALID[1] + 1)
        case "labels":
            own, options["objective"] = LGBMRegressor, "gamma"
            train, valid = (TRAIN[0], TRAIN[0][:, 0]), (VALID[0], -VALID[0][:, 0])
        case _:
            pass
    options |= {"n_jobs": 1, "random_state": 3, "num_leaves": 7, "verbose": -1}
    growth = begun(own(n_estimators=12, **options), train, valid, **params)
    assert not is_kept(asked, growth, lambda n: own(n_estimators=n, **options), train, valid[0], **params)


def test_what_the_user_measures_is_measured_on_the_rows_of_the_user_alone() -> None:
    sizes = set()

    def metric(y: Any, found: Any) -> tuple[str, float, bool]:
        sizes.add(len(y))
        return "own", 0.0, True

    own = {"eval_X": VALID[0][:50], "eval_y": VALID[1][:50]}
    growth = begun(made("lightgbm", 9), TRAIN, VALID, eval_metric=metric, **own)
    growth.grow(3).predict_proba(VALID[0])
    growth.grow(9)
    assert sizes == {50}


def test_a_rule_to_stop_early_and_what_is_recorded_know_nothing_of_these_rows() -> None:
    seen: list[Any] = []
    model = made("lightgbm", 60, early_stopping_round=5)
    growth = begun(model, TRAIN, VALID, callbacks=[lambda env: seen.append(env.evaluation_result_list)])
    for n_rounds in range(10, 60, 10):
        growth.grow(n_rounds).predict_proba(VALID[0])
    found = growth.grow(60)
    whole = made("lightgbm", 60, early_stopping_round=5)
    whole.fit(*TRAIN, eval_X=VALID[0], eval_y=VALID[1])
    assert found.best_iteration_ == whole.best_iteration_
    assert found.evals_result_ == whole.evals_result_
    assert found.best_score_ == whole.best_score_
    assert {len(one) for one in seen} == {1}


def test_trees_after_a_change_count_as_they_are() -> None:
    growth = begun(made("lightgbm", 20, colsample_bytree=0.5), TRAIN, VALID)
    growth.grow(3).predict_proba(VALID[0])
    growth.change({"learning_rate": 0.5, "num_leaves": 4})
    found = growth.grow(9)
    assert np.array_equal(found.predict_proba(VALID[0]), found.predict_proba(VALID[0].copy()))
    growth.close()


def test_what_was_shown_predicts_after_the_end_as_the_model_does() -> None:
    growth = begun(made("lightgbm", 9), TRAIN, VALID)
    shown = growth.grow(3)
    shown.predict_proba(VALID[0])
    assert np.array_equal(growth.grow(9).predict_proba(VALID[0]), shown.predict_proba(VALID[0]))
