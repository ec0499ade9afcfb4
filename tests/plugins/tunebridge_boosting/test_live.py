"""Params of boosters that change between rounds, as the table of the docs has them."""

from __future__ import annotations

from typing import Any

import catboost
import numpy as np
import pytest

import tunebridge as tb
from tests.docs.tables import check_table
from tests.plugins.tunebridge_boosting.kinds import CANCER, made

X, Y = CANCER

MODELS: list[tuple[str, str, dict[str, Any]]] = [
    ("`XGBModel`", "xgboost", {"max_depth": 4}),
    ('`XGBModel(booster="dart")`', "xgboost", {"booster": "dart", "rate_drop": 0.05, "max_depth": 4}),
    ('`XGBModel(booster="gblinear")`', "xgboost", {"booster": "gblinear", "max_depth": None}),
    ("`LGBMModel`", "lightgbm", {"num_leaves": 15}),
    ('`LGBMModel(boosting_type="dart")`', "lightgbm", {"boosting_type": "dart", "num_leaves": 15}),
    (
        '`LGBMModel(boosting_type="rf")`',
        "lightgbm",
        {"boosting_type": "rf", "num_leaves": 15, "subsample": 0.7, "subsample_freq": 1},
    ),
]
"""Kinds of boosters, by the name that the docs give them."""

VALUES: dict[str, Any] = {
    "colsample_bylevel": 0.3,
    "colsample_bynode": 0.3,
    "colsample_bytree": 0.3,
    "drop_rate": 0.9,
    "feature_fraction_bynode": 0.3,
    "gamma": 2.0,
    "learning_rate": 0.03,
    "max_delta_step": 0.2,
    "max_depth": 2,
    "max_drop": 1,
    "max_leaves": 3,
    "min_child_samples": 60,
    "min_child_weight": 20.0,
    "min_split_gain": 2.0,
    "num_leaves": 3,
    "one_drop": 1,
    "path_smooth": 5.0,
    "rate_drop": 0.9,
    "reg_alpha": 2.0,
    "reg_lambda": 20.0,
    "scale_pos_weight": 5.0,
    "skip_drop": 0.9,
    "subsample": 0.5,
}
"""Other values than the defaults."""

OTHERS: dict[str, dict[str, Any]] = {
    "xgboost": {
        "booster": "gblinear",
        "objective": "binary:hinge",
        "base_score": 0.1,
        "tree_method": "exact",
        "max_bin": 16,
        "grow_policy": "lossguide",
        "num_parallel_tree": 3,
        "random_state": 5,
        "n_estimators": 9,
    },
    "lightgbm": {
        "boosting_type": "dart",
        "objective": "cross_entropy",
        "max_bin": 15,
        "data_sample_strategy": "goss",
        "subsample": 0.4,
        "subsample_freq": 2,
        "cat_smooth": 3.0,
        "extra_trees": True,
        "random_state": 5,
        "n_estimators": 9,
    },
}
"""Params that cannot change, where they are no live ones of another kind."""

OF_CATBOOST = (
    "border_count",
    "depth",
    "iterations",
    "l2_leaf_reg",
    "learning_rate",
    "random_strength",
    "rsm",
)
"""Params of CatBoost: none can change."""

N_ROUNDS = 30


def spec_of(model: Any) -> tb.GrowerSpec:
    spec = tb.grower_of(model)
    assert spec is not None
    return spec


def course(library: str, options: dict[str, Any], changed: dict[str, Any]) -> Any:
    model = made(library, N_ROUNDS, **options)
    growth = spec_of(model).begin(tb.GrowthRequest(model=model, X=X, y=Y, params={}))
    growth.grow(10)
    if changed:
        growth.change(changed)
    return growth.grow(N_ROUNDS).predict_proba(X)


def row(name: str, library: str, options: dict[str, Any]) -> tuple[str, str, str]:
    model = made(library, N_ROUNDS, **options)
    wanted = {**OTHERS[library], **{one: VALUES[one] for one in VALUES if one in known(library)}}
    wanted = {one: value for one, value in wanted.items() if model.get_params().get(one) != value}
    untouched = course(library, options, {})
    seen: dict[str, list[str]] = {"": []}
    for one, value in sorted(wanted.items()):
        reason = spec_of(model).faults(model, {one: value}).get(one, "")
        seen.setdefault(reason, []).append(f"`{one}`")
        if not reason:
            changes = not np.array_equal(course(library, options, {one: value}), untouched)
            assert changes, f"{name}: {one} is said to be live"
    live = ", ".join(seen.pop("")) or "nothing"
    return name, live, "; ".join(f"{', '.join(names)}: {reason}" for reason, names in seen.items())


def known(library: str) -> set[str]:
    """Return the params that some kind of a library reads in its rounds."""
    only = {"xgboost": {"scale_pos_weight", "subsample"}, "lightgbm": set[str]()}[library]
    module = __import__(f"tunebridge_boosting.of_{library}", fromlist=["LIVE"])
    return only.union(*module.LIVE.values())


def row_of_catboost() -> tuple[str, str, str]:
    model = catboost.CatBoostClassifier(iterations=9)
    spec = spec_of(model)
    reasons = spec.faults(model, dict.fromkeys(OF_CATBOOST, 1))
    assert set(reasons) == set(OF_CATBOOST)
    (reason,) = set(reasons.values())
    growth = spec.begin(tb.GrowthRequest(model=model, X=X, y=Y, params={}))
    for name in OF_CATBOOST:
        with pytest.raises(tb.LiveParamError, match=name):
            growth.change({name: 1})
    return "`CatBoost`", "nothing", f"{', '.join(f'`{name}`' for name in OF_CATBOOST)}: {reason}"


def test_the_table_of_the_docs_says_what_the_libraries_do() -> None:
    rows = [*(row(*one) for one in MODELS), row_of_catboost()]
    check_table("live-params", "boosting", ("model", "live", "refused"), rows)


@pytest.mark.parametrize(
    ("library", "name", "value"), [("xgboost", "subsample", 2.0), ("lightgbm", "num_leaves", 0)]
)
def test_a_value_out_of_its_bounds_is_found_before_the_model_gets_it(
    library: str, name: str, value: Any
) -> None:
    model = made(library, 5)
    assert name in spec_of(model).faults(model, {name: value})[name]
    assert spec_of(model).faults(model, {name: model.get_params()[name]}) == {}


@pytest.mark.parametrize(
    ("library", "objective"), [("xgboost", "multi:softprob"), ("lightgbm", "multiclass")]
)
def test_a_model_that_says_it_has_several_classes_changes_as_others_do(library: str, objective: str) -> None:
    model = made(library, 5, objective=objective)
    assert spec_of(model).faults(model, {"learning_rate": 0.05}) == {}
    assert "subsample" in spec_of(model).faults(model, {"subsample": 7.0})


@pytest.mark.parametrize("library", OTHERS)
def test_other_names_of_a_param_stand_for_it(library: str) -> None:
    model = made(library, 5)
    assert spec_of(model).faults(model, {"eta": 0.5}) == {}
    same = course(library, {}, {"eta": 0.5}), course(library, {}, {"learning_rate": 0.5})
    assert np.array_equal(*same)


@pytest.mark.parametrize("library", OTHERS)
def test_a_change_to_the_same_value_changes_nothing(library: str) -> None:
    sampled = {"xgboost": {"subsample": 0.5}, "lightgbm": {"colsample_bytree": 0.5}}[library]
    rate = made(library, 5).learning_rate or 0.3
    untouched = course(library, sampled, {})
    assert np.array_equal(course(library, sampled, {"learning_rate": rate}), untouched)
