"""All that is expected is registered: ours, by tunebridge alone, and what a third party's plugin brings."""

import pytest

from tunebridge.registry.plugins import registry
from tunebridge.registry.registry import KINDS

FIRST_PARTY = {
    "backend": {
        "auto:credit",
        "hyperopt:anneal",
        "hyperopt:random",
        "hyperopt:tpe",
        "nevergrad:cma",
        "nevergrad:de",
        "nevergrad:one-plus-one",
        "nevergrad:pso",
        "nevergrad:two-points-de",
        "optuna:brute-force",
        "optuna:cmaes",
        "optuna:gp",
        "optuna:grid",
        "optuna:nsga2",
        "optuna:nsga3",
        "optuna:qmc",
        "optuna:random",
        "optuna:tpe",
        "sklearn:grid",
        "sklearn:random",
        "smac:rf",
    },
    "capture": {"hyperopt", "optuna", "ray", "sklearn"},
    "executor": {"dask", "inline", "processes", "threads"},
    "grower": {"catboost", "histogram", "lightgbm", "xgboost"},
    "importance": {"optuna"},
    "observer": {"mlflow", "tensorboard", "wandb"},
    "pruner": {"asha", "hyperband", "median", "patient", "percentile", "threshold", "wilcoxon"},
    "reader": {
        "configspace",
        "hyperopt",
        "hyperopt-space",
        "optuna",
        "optuna-space",
        "ray",
        "sklearn-cv-results",
        "sklearn-search",
        "sklearn-space",
    },
    "rule": set[str](),
    "store": {"journal", "mysql", "postgresql", "sqlite"},
}
THIRD_PARTY = {
    "backend": {"scipy:halton", "turns:two"},
    "executor": {"queue"},
    "observer": {"lines"},
    "reader": {"scipy-bounds"},
    "store": {"jsonlines"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_expected_is_registered_and_ours_is_ours(kind: str) -> None:
    owners = {name: owner for (found, name), owner in registry().owners.items() if found == kind}
    assert {name for name, owner in owners.items() if owner == "tunebridge"} == FIRST_PARTY[kind]
    assert registry().shelf(kind).keys() == owners.keys() >= THIRD_PARTY.get(kind, set())


def test_no_plugin_failed_to_load() -> None:
    assert registry().failures == []
