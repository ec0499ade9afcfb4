"""The contract suite over every backend that is registered."""

from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing import BackendContract

SLOW_TO_LEARN = {"optuna:cmaes"}
"""Learns from whole generations: the second is drawn after about ten trials."""

QUICK = {"optuna:tpe": {"n_startup_trials": 3}, "hyperopt:tpe": {"n_startup_jobs": 3}}
"""Members that need no torch, and learn from the fourth trial on."""

PORTFOLIO = {"members": {"optuna:gp": {"n_startup_trials": 3}, **QUICK}, "share": None}
"""Options of `auto` with a member that costs much."""

SLOW = {"optuna:gp"}
FORESTS = {"smac:rf"}
ONE_STEP = {"nevergrad:one-plus-one"}
"""Learns one step at a time."""

POPULATIONS = {f"nevergrad:{name}" for name in ("cma", "de", "pso", "two-points-de")}
"""Learn from populations of at least 30, or of six where that is asked for."""

ELSEWHERE = {"auto:credit"} | FORESTS | SLOW | SLOW_TO_LEARN | ONE_STEP | POPULATIONS

OPTION_VALUES = {
    "F1": 0.7,
    "F2": 0.9,
    "avg_best_idx": 3.0,
    "avoid_premature_stop": True,
    "bootstrapping": False,
    "challengers": 100,
    "constant_liar": False,
    "crossover": "onepoint",
    "crossover_prob": 0.8,
    "deterministic_objective": True,
    "diagonal": True,
    "dividing_parameter": 4,
    "elitist": True,
    "flat": True,
    "floor": 0.2,
    "gamma": 0.3,
    "group": True,
    "local_search_iterations": 2,
    "lookahead": 1,
    "lr_adapt": True,
    "max_depth": 4,
    "max_ratio": 0.1,
    "members": {"optuna:tpe": {"n_startup_trials": 2}, "hyperopt:random": {}},
    "min_samples_leaf": 2,
    "min_samples_split": 4,
    "multivariate": False,
    "mutation": "cauchy",
    "mutation_prob": 0.2,
    "n_EI_candidates": 12,
    "n_ei_candidates": 12,
    "n_configs": 2,
    "n_configs_per_hyperparameter": 1,
    "n_startup_jobs": 2,
    "n_startup_trials": 2,
    "n_trees": 4,
    "num_workers": 3,
    "omega": 0.6,
    "phig": 1.1,
    "phip": 1.1,
    "points": 3,
    "popsize": 6,
    "population_size": 8,
    "prior_weight": 0.5,
    "probability": 0.5,
    "qmc_type": "halton",
    "ratio_features": 0.5,
    "remember": 120,
    "retrain_after": 2,
    "retries": 20,
    "scale": 0.5,
    "scramble": True,
    "share": 0.5,
    "shrink_coef": 0.2,
    "swapping_prob": 0.4,
    "tell_failures": "native",
    "use_separable_cma": False,
    "with_margin": True,
    "xi": 0.1,
}

BOTH_UP = "test_maximising_two_objectives_proposes_what_minimising_the_negated_values_does"

DECLARED_FAILURES = {
    ("sklearn:grid", "test_another_seed_gives_another_trajectory"): "ParameterGrid has one order",
    (
        "optuna:nsga2",
        BOTH_UP,
    ): "Optuna's own script differs, too: crowding distances order ties by the raw values",
    (
        "optuna:nsga3",
        BOTH_UP,
    ): "Optuna's own script differs, too: its reference points take all to be minimised",
}
"""Promises that a library cannot keep, by backend and test."""


def chosen(request: pytest.FixtureRequest) -> tb.Backend:
    name, options = request.param
    reason = DECLARED_FAILURES.get((name, request.node.originalname))
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    return tb.backend(name, **options)


class TestEveryBackend(BackendContract):
    eager_options: ClassVar[dict[str, Any]] = {
        "n_startup_trials": 3,
        "n_startup_jobs": 3,
        "population_size": 4,
        "n_configs": 3,
        "n_trees": 3,
        "challengers": 100,
        "local_search_iterations": 1,
        "retrain_after": 1,
    }
    option_values = OPTION_VALUES

    @pytest.fixture(
        params=[
            *((name, {}) for name in sorted(registry().backends.keys() - ELSEWHERE)),
            ("auto:credit", {"members": QUICK, "share": None}),
            ("optuna:grid", {"points": 3}),
            ("sklearn:grid", {"points": 3}),
        ],
        ids=str,
    )
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


@pytest.mark.slow
class TestSlowBackend(TestEveryBackend):
    n_trials = 6
    n_learning = 8
    n_foreign = 12
    n_proposals = 1
    max_examples = 5

    @pytest.fixture(params=[*((name, {}) for name in sorted(SLOW)), ("optuna:gp", {"flat": True})], ids=str)
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


@pytest.mark.slow
class TestSlowPortfolio(TestSlowBackend):
    n_learning = 16

    @pytest.fixture(params=[("auto:credit", PORTFOLIO)], ids=["auto:credit with optuna:gp"])
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


@pytest.mark.slow
class TestForest(TestSlowBackend):
    n_learning = 20
    n_foreign = 20
    n_proposals = 2

    @pytest.fixture(params=[(name, {}) for name in sorted(FORESTS)], ids=str)
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


class TestSlowLearner(TestEveryBackend):
    n_learning = 32
    n_limited = 80

    @pytest.fixture(params=[(name, {}) for name in sorted(SLOW_TO_LEARN)], ids=str)
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


class TestOneStep(TestEveryBackend):
    n_learning = 45
    n_grown = 60
    never_new: ClassVar[dict[str, str]] = {"kind": "it searches round the best trial, one step at a time"}

    @pytest.fixture(params=[(name, {}) for name in sorted(ONE_STEP)], ids=str)
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


@pytest.mark.slow
class TestPopulation(TestOneStep):
    eager_options: ClassVar[dict[str, Any]] = {"popsize": 6}
    never_new: ClassVar[dict[str, str]] = {
        "rate": "the history fills the population, whose members differ not"
    }

    @pytest.fixture(params=[(name, {}) for name in sorted(POPULATIONS)], ids=str)
    def backend(self, request: pytest.FixtureRequest) -> tb.Backend:
        return chosen(request)


def test_the_option_values_name_no_option_that_is_gone() -> None:
    declared = {option for spec in registry().backends.values() for option in spec.options}
    assert OPTION_VALUES.keys() <= declared
