"""The contract suite over every pruner that is registered, each with every backend that is."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing.example_spaces import FLAT, accepted
from tunebridge.testing.pruner import PrunerContract
from tunebridge.testing.pruner_pausing import PausingPrunerContract

EARLY = {"n_startup_trials": 2}
"""So that a study of twelve trials sees the pruner decide."""

PRUNERS: dict[str, dict[str, Any]] = {
    "asha": {"min_resource": 1, "reduction_factor": 2},
    "hyperband": {"max_resource": 9, "reduction_factor": 2},
    "median": EARLY,
    "patient": {"around": tb.pruner("median", **EARLY), "patience": 1},
    "percentile": {"percentile": 40.0, **EARLY},
    "wilcoxon": {"p_threshold": 0.2},
}
"""Options under which each pruner ends some trials of the suite's curves."""

OPTION_VALUES = {
    "around": tb.pruner("asha"),
    "bootstrap_count": 1,
    "interval_steps": 2,
    "lower": 0.3,
    "max_resource": 9,
    "min_delta": 0.1,
    "min_early_stopping_rate": 1,
    "min_resource": 2,
    "n_min_trials": 2,
    "n_startup_steps": 3,
    "n_startup_trials": 1,
    "n_warmup_steps": 3,
    "p_threshold": 0.3,
    "patience": 2,
    "percentile": 75.0,
    "reduction_factor": 3,
    "resume": False,
    "upper": 0.9,
}


class TestEveryPruner(PrunerContract):
    fewer_trials: ClassVar[dict[str, int]] = {"optuna:gp": 5}
    backend_options: ClassVar[dict[str, Any]] = {
        "n_startup_trials": 3,
        "n_startup_jobs": 3,
        "population_size": 4,
    }
    option_values = OPTION_VALUES

    @pytest.fixture(params=sorted(PRUNERS))
    def pruner(self, request: pytest.FixtureRequest) -> tb.ChosenPruner:
        return tb.pruner(request.param, **PRUNERS[request.param])


class TestThreshold(TestEveryPruner):
    """Its bounds have a sign."""

    @pytest.fixture
    def pruner(self) -> tb.ChosenPruner:
        return tb.pruner("threshold", upper=0.6, n_warmup_steps=2)

    @pytest.fixture
    def mirrored(self) -> tb.ChosenPruner:
        return tb.pruner("threshold", lower=-0.6, n_warmup_steps=2)


class TestSuccessiveHalvingThatPauses(PausingPrunerContract):
    @pytest.fixture
    def pruner(self) -> tb.ChosenPruner:
        return tb.pruner("asha", min_resource=1, reduction_factor=2, resume=True)


class TestForeignPrunerThatPauses(PausingPrunerContract):
    @pytest.fixture
    def pruner(self) -> tb.ChosenPruner:
        return tb.pruner("upper-half", step=2)


def test_every_pruner_is_tested() -> None:
    assert registry().pruners.keys() == {*PRUNERS, "threshold", "upper-half"}


def test_wilcoxon_alone_tests_steps_in_pairs() -> None:
    assert {name for name, spec in registry().pruners.items() if spec.paired} == {"wilcoxon"}


def test_the_option_values_name_no_option_that_is_gone() -> None:
    native = [spec for name, spec in registry().pruners.items() if name != "upper-half"]
    declared = {option for spec in native for option in spec.options}
    assert OPTION_VALUES.keys() == declared


FINITE = [
    tb.Space(n=tb.Int(1, 4), kind=tb.Categorical(["a", "b"])),
    tb.Space(n=tb.Int(1, 3), kind=tb.Categorical({"a": tb.Space(m=tb.Int(1, 2)), "b": tb.Space()})),
]


@pytest.mark.parametrize("pruner", [*sorted(PRUNERS), "threshold"])
@pytest.mark.parametrize(
    "backend", sorted(spec.name for spec in registry().backends.values() if spec.capabilities.finite)
)
def test_a_finite_space_is_visited_to_its_end_whatever_is_pruned(backend: str, pruner: str) -> None:
    def train(trial: tb.Trial) -> Iterator[float]:
        for step in range(9):
            yield trial["n"] * step / 8 + 0.5**step

    options = PRUNERS.get(pruner) or {"upper": 1.5}
    for space in FINITE[: 1 + registry().backends[backend].capabilities.conditional]:
        problem = tb.Problem(train, space)
        result = tb.tune(problem, backend=backend, seed=0, pruner=tb.pruner(pruner, **options))
        assert result.stop_reason == "exhausted"
        assert len(result.trials) == space.size == len({str(trial.params) for trial in result.trials})
        assert pruner == "patient" or any(trial.state is tb.TrialState.PRUNED for trial in result.trials)


NOT_TOLD = "not told: .+ does not learn"

TOLD: dict[str, dict[str, str]] = {
    "optuna": {"COMPLETE": "COMPLETE", "PRUNED": "PRUNED with 3 reports", "FAILED": "PRUNED without a value"},
    "hyperopt": {
        "COMPLETE": "status ok with its loss",
        "PRUNED": "status ok with its last report as the loss",
        "FAILED": "status fail, the worst loss",
    },
    "hyperopt:random": dict.fromkeys(("COMPLETE", "PRUNED", "FAILED"), NOT_TOLD),
    "sklearn": dict.fromkeys(("COMPLETE", "PRUNED", "FAILED"), NOT_TOLD),
    "scipy": dict.fromkeys(("COMPLETE", "PRUNED", "FAILED"), NOT_TOLD),
    "nevergrad": {"COMPLETE": "its value", "PRUNED": "its last report", "FAILED": "the worst value so far"},
    "smac": {
        "COMPLETE": "its value",
        "PRUNED": "its last report",
        "FAILED": "a cost above the worst value so far",
    },
    "turns": {
        "COMPLETE": "optuna:tpe: COMPLETE; hyperopt:tpe: status ok with its loss, injected",
        "PRUNED": "optuna:tpe: PRUNED, added; hyperopt:tpe: status ok with its last report as the loss",
        "FAILED": "optuna:tpe: PRUNED without a value; hyperopt:tpe: status fail, the worst loss, injected",
    },
    "auto": {
        state: f"optuna:tpe: {how}; hyperopt:anneal, hyperopt:tpe, optuna:gp: before they propose"
        for state, how in (
            ("COMPLETE", "COMPLETE"),
            ("PRUNED", "PRUNED with 3 reports"),
            ("FAILED", "PRUNED without a value"),
        )
    },
}
"""What each library is told of a trial that ends so, as a pattern."""


@pytest.mark.parametrize("backend", sorted(registry().backends))
def test_the_record_says_how_the_library_was_told(backend: str) -> None:
    def train(trial: tb.Trial) -> Iterator[float]:
        for step in range(3):
            yield 1.0
            if trial.number == 2:
                raise ValueError
            if trial.number == 1 and step == 2:
                raise tb.TrialPruned("by hand")

    space = accepted(tb.backend(backend), FLAT)
    result = tb.tune(tb.Problem(train, space), backend=backend, n_trials=3, seed=0, on_lossy="warn")
    expected = TOLD.get(backend) or TOLD[backend.partition(":")[0]]
    assert [trial.state.name for trial in result.trials] == ["COMPLETE", "PRUNED", "FAILED"]
    for trial in result.trials:
        assert re.fullmatch(expected[trial.state.name], trial.told)
