"""Boosters grow by rounds, side by side, into what one fit makes of them, to the last bit."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from lightgbm import LGBMClassifier, LGBMRegressor, early_stopping
from sklearn.base import clone
from xgboost import XGBClassifier, XGBRegressor

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, DATA, KINDS, MODELS, SAMPLINGS, halves, made
from tests.waiting import until

BOTH = pytest.mark.parametrize("library", MODELS)


def begun(model: Any, X: Any, y: Any, valid: Any = None, **params: Any) -> tb.Growth:
    spec = tb.grower_of(model)
    assert spec is not None
    return spec.begin(tb.GrowthRequest(model=model, X=X, y=y, params=params, valid=valid))


def same(one: Any, other: Any, X: Any) -> bool:
    names = [name for name in ("predict", "predict_proba") if hasattr(other, name)]
    return all(np.array_equal(getattr(one, name)(X), getattr(other, name)(X)) for name in names)


@pytest.mark.parametrize(
    ("library", "kind", "data"),
    # LightGBM draws balanced bags of two classes alone.
    [(*one, data) for one in KINDS for data in DATA if one[1] != "balanced bagging" or data != "digits"],
)
def test_two_that_grow_in_turns_are_after_each_stop_what_one_fit_of_as_many_rounds_is(
    library: str, kind: str, data: str
) -> None:
    sampling = SAMPLINGS[library][kind]
    parts = halves(DATA[data])
    growths = [begun(made(library, 12, **sampling), *part) for part in parts]
    for n_rounds in (1, 5, 12):
        for growth, part in zip(growths, parts, strict=True):
            whole = made(library, n_rounds, **sampling).fit(*part)
            assert same(growth.grow(n_rounds), whole, CANCER[0] if data == "breast cancer" else part[0])
    assert all(growth.is_over for growth in growths)
    assert all(growth.n_rounds is None for growth in growths)


@BOTH
def test_the_estimator_itself_is_fitted_at_the_end_and_can_be_copied(library: str) -> None:
    model = made(library, 4)
    params = model.get_params()
    found = begun(model, *CANCER).grow(4)
    assert found is model
    assert model.get_params() == params
    assert same(clone(model).fit(*CANCER), model, CANCER[0])


@BOTH
def test_regressors_grow_too(library: str) -> None:
    X, _ = CANCER
    kind: Any = {"xgboost": XGBRegressor, "lightgbm": LGBMRegressor}[library]
    options: dict[str, Any] = {"n_jobs": 1, "subsample": 0.5} | (
        {"verbose": -1} if library == "lightgbm" else {}
    )
    growth = begun(kind(n_estimators=8, **options), X, X[:, 0])
    for n_rounds in (3, 8):
        assert same(growth.grow(n_rounds), kind(n_estimators=n_rounds, **options).fit(X, X[:, 0]), X)


@BOTH
def test_weights_categories_metrics_and_the_device_reach_the_fit(library: str) -> None:
    X, y = CANCER
    frame = pd.DataFrame({"a": X[:, 0], "kind": pd.Categorical((X[:, 1] // 4).astype(int))})
    weights = np.linspace(0.5, 2.0, len(y))
    given: dict[str, Any] = {"sample_weight": weights}
    own: dict[str, Any] = {}
    if library == "xgboost":
        own = {"enable_categorical": True, "eval_metric": ["auc", "error"], "device": "cpu"}
        given["eval_set"] = [(frame, y)]
    else:
        own = {"device_type": "cpu"}
        given |= {"eval_X": frame, "eval_y": y, "eval_metric": ["auc", "binary_error"]}
    growth = begun(made(library, 8, **own), frame, y, **given)
    silent = {"verbose": False} if library == "xgboost" else {}
    for n_rounds in (3, 8):
        whole = made(library, n_rounds, **own).fit(frame, y, **given, **silent)
        assert same(growth.grow(n_rounds), whole, frame)
    shown = growth.grow(8)
    results = shown.evals_result() if library == "xgboost" else shown.evals_result_
    assert [*next(iter(results.values()))][:1] == ["auc"]


def stopping(library: str, n_rounds: int = 300) -> Any:
    name = {"xgboost": "early_stopping_rounds", "lightgbm": "early_stopping_round"}[library]
    return made(library, n_rounds, **{name: 5})


@BOTH
def test_a_rule_to_stop_early_goes_by_the_validation_rows_and_says_how_many_rounds_it_has_left(
    library: str,
) -> None:
    train, valid = halves(CANCER)
    growth = begun(stopping(library), *train, valid=valid)
    steps = [step for step in range(10, 301, 10) if not growth.is_over and growth.grow(step)]
    assert growth.is_over
    assert steps[-1] < 300
    n_rounds = growth.n_rounds
    assert n_rounds is not None
    assert 0 < n_rounds <= steps[-1]
    assert same(growth.grow(300), made(library, n_rounds).fit(*train), CANCER[0])


@BOTH
def test_without_validation_rows_the_rule_is_put_aside(library: str) -> None:
    growth = begun(stopping(library, 6), *CANCER)
    found = growth.grow(6)
    assert growth.n_rounds is None
    assert same(found, made(library, 6).fit(*CANCER), CANCER[0])
    assert not {name for name in found.get_params() if "stop" in name and found.get_params()[name]}


def test_rules_that_are_callbacks_are_known_too() -> None:
    train, valid = halves(CANCER)
    rule = xgboost.callback.EarlyStopping(rounds=5)
    growth = begun(made("xgboost", 300, callbacks=[rule]), *train, valid=valid)
    growth.grow(300)
    assert (growth.n_rounds or 300) < 300
    growth = begun(made("lightgbm", 300), *train, valid=valid, callbacks=[early_stopping(5, verbose=False)])
    growth.grow(300)
    assert (growth.n_rounds or 300) < 300


@BOTH
def test_one_that_is_let_go_leaves_no_thread(library: str) -> None:
    before = threading.active_count()
    closed = begun(made(library, 50), *CANCER)
    closed.grow(10)
    closed.close()
    closed.close()
    dropped = begun(made(library, 50), *CANCER)
    dropped.grow(10)
    del dropped
    begun(made(library, 50), *CANCER).close()
    gc.collect()
    until(lambda: threading.active_count() <= before)


@BOTH
def test_what_a_fit_raises_is_raised_where_it_is_waited_for(library: str) -> None:
    X, y = CANCER
    growth = begun(made(library, 5), X, y[:-1])
    with pytest.raises(ValueError, match=r"(?i)label|inconsistent"):
        growth.grow(5)
    assert growth.is_over


def test_a_score_of_xgboost_copies_no_model_and_sees_all_rounds_and_what_a_subclass_predicts() -> None:
    class Own(XGBClassifier):
        def predict(self, X: Any, **more: Any) -> Any:
            return 1 - super().predict(X, **more)

    train, valid = halves(CANCER)
    model = Own(n_estimators=300, n_jobs=1, learning_rate=1.0, early_stopping_rounds=8)
    growth = begun(model, *train, valid=valid)
    first = growth.grow(2)
    later = growth.grow(7)
    assert first.get_booster() is later.get_booster()
    assert later.get_booster().num_boosted_rounds() == 7
    whole = XGBClassifier(n_estimators=7, n_jobs=1, learning_rate=1.0).fit(*train)
    assert np.array_equal(later.predict(valid[0]), 1 - whole.predict(valid[0]))
    assert np.array_equal(later.predict_proba(valid[0]), whole.predict_proba(valid[0]))
    growth.close()


@pytest.mark.parametrize("kind", SAMPLINGS["xgboost"])
@pytest.mark.parametrize("data", DATA)
def test_rows_that_xgboost_predicts_by_its_new_trees_alone_are_predicted_to_the_last_bit(
    kind: str, data: str
) -> None:
    train, valid = halves(DATA[data])
    growth = begun(made("xgboost", 9, **SAMPLINGS["xgboost"][kind]), *train, valid=valid)
    for n_rounds in (2, 5, 8):
        grown = growth.grow(n_rounds)
        whole = made("xgboost", n_rounds, **SAMPLINGS["xgboost"][kind]).fit(*train)
        assert same(grown, whole, valid[0])
        assert same(grown, whole, train[0])
    growth.close()


@pytest.mark.parametrize(
    ("library", "own", "said"),
    [
        ("xgboost", {"device": "nowhere"}, "nowhere"),
        ("lightgbm", {"device_type": "nowhere"}, "(?i)unknown device"),
        ("xgboost", {"eval_metric": "nothing"}, "nothing"),
    ],
)
def test_a_device_and_a_metric_that_a_library_does_not_know_are_refused_by_it(
    library: str, own: dict[str, Any], said: str
) -> None:
    given = {"eval_set": [CANCER]} if "eval_metric" in own else {}
    with pytest.raises(Exception, match=said):
        begun(made(library, 3, **own), *CANCER, **given).grow(3)


def test_models_of_others_forests_and_remote_ones_are_not_taken() -> None:
    assert tb.grower_of(xgboost.XGBRFClassifier()) is None
    assert tb.grower_of(object()) is None

    class Own(XGBClassifier):
        pass

    class Mine(LGBMClassifier):
        pass

    for model, name in ((Own(), "xgboost"), (Mine(), "lightgbm")):
        spec = tb.grower_of(model)
        assert spec is not None
        assert (spec.name, spec.rounds(model)) == (name, 100)
    spec = tb.grower_of(Mine())
    assert spec is not None
    assert spec.rounds(LGBMClassifier(num_boost_round=7)) == 7
