"""The contract suite over every reader of spaces that is registered."""

from collections.abc import Callable
from typing import Any

import pytest
from ConfigSpace import Categorical as ConfigCategorical
from ConfigSpace import ConfigurationSpace, EqualsCondition
from ConfigSpace import Float as ConfigFloat
from ConfigSpace import Integer as ConfigInteger
from hyperopt import hp
from hyperopt.pyll import scope
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy import stats
from scipy.optimize import Bounds

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing.reader import ReaderContract


def of_hyperopt() -> Any:
    depth = hp.uniformint("depth", 1, 9)
    kinds = [{"kind": "tree", "depth": depth}, {"kind": "dart", "depth": depth}, {"kind": "linear"}]
    return {
        "booster": hp.choice("booster", kinds),
        "rate": hp.loguniform("rate", -5, 0),
        "units": scope.int(hp.quniform("units", 16, 64, 16)),
        "fixed": [1, "text"],
    }


def of_optuna() -> Any:
    return {
        "rate": FloatDistribution(1e-4, 1.0, log=True),
        "share": FloatDistribution(0, 1, step=0.25),
        "depth": IntDistribution(1, 9, step=2),
        "kernel": CategoricalDistribution(["rbf", None, 3]),
    }


def of_sklearn() -> Any:
    return [
        {"kernel": ["linear"], "C": stats.loguniform(1e-2, 1e2)},
        {"kernel": ["rbf"], "gamma": [0.1, 1, 10]},
    ]


def of_configspace() -> Any:
    space = ConfigurationSpace(seed=0)
    booster = ConfigCategorical("booster", ["tree", "linear"], weights=[3, 1])
    depth = ConfigInteger("depth", (1, 9))
    space.add(booster, depth, ConfigFloat("rate", (1e-4, 1.0), log=True))
    space.add(EqualsCondition(depth, booster, "tree"))
    return space


def of_ray() -> Any:
    from ray import tune

    return {"opt": {"lr": tune.loguniform(1e-4, 1e-1)}, "units": tune.choice([16, 32]), "fixed": 3}


def of_scipy() -> Any:
    return Bounds([0.0, -1.0], [1.0, 1.0])


NATIVES: dict[str, Callable[[], Any]] = {
    "configspace": of_configspace,
    "hyperopt-space": of_hyperopt,
    "optuna-space": of_optuna,
    "ray": of_ray,
    "scipy-bounds": of_scipy,
    "sklearn-space": of_sklearn,
}
"""A space for each reader, with much of what its library has."""


def test_every_registered_reader_of_spaces_is_tested() -> None:
    assert {name for name, spec in registry().readers.items() if spec.space} == NATIVES.keys()


@pytest.mark.parametrize("reader", NATIVES)
class TestEveryReader(ReaderContract):
    """Each on a space of its own."""

    @pytest.fixture
    def native(self, reader: str) -> Callable[[], Any]:
        return NATIVES[reader]


def test_what_a_foreign_reader_refuses_is_named_with_what_to_do() -> None:
    with pytest.raises(tb.TranslationError, match=r"x1: \[0.0, inf\]: give it two finite bounds"):
        tb.read_space(Bounds([0.0, 0.0], [1.0, float("inf")]))
