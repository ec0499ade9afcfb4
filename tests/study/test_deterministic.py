"""In a fixed order, a study that runs trials side by side repeats, whatever time they take."""

from random import SystemRandom
from time import sleep
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing.example_spaces import FLAT, accepted
from tunebridge.testing.executor_studies import course

N_RUNS = 5
EAGER = {"n_startup_trials": 2, "n_startup_jobs": 2, "population_size": 3, "points": 3}
"""Options under which samplers learn early; each takes those that it knows."""
N_TRIALS = {"optuna:gp": 6}
ASHA = tb.pruner("asha", min_resource=1, reduction_factor=2)
PRUNED = tb.TrialState.PRUNED


def tune(backend: str, train: Any, **settings: Any) -> tb.Result:
    known = registry().backends[backend].options
    chosen = tb.backend(backend, **{name: value for name, value in EAGER.items() if name in known})
    defaults: dict[str, Any] = {
        "n_trials": N_TRIALS.get(backend, 12),
        "seed": 1,
        "on_lossy": "warn",
        "deterministic": True,
    }
    return tb.tune(tb.Problem(train, accepted(chosen, FLAT)), backend=chosen, **{**defaults, **settings})


def dawdling(seconds: float = 0.004) -> Any:
    """Return an objective that takes another time at every step of every call."""

    def train(trial: tb.Trial) -> float:
        value = 1.0
        for step in range(4):
            sleep(seconds * SystemRandom().random())
            value = 0.5**step + trial["n"] * step / 24
            trial.report(value)
        if trial.number == 7:
            raise ValueError("by hand")
        return value

    return train


def assert_repeats(backend: str, pruned: bool, **settings: Any) -> None:
    pruner = ASHA if pruned else None
    first, *others = (tune(backend, dawdling(), pruner=pruner, **settings) for _ in range(N_RUNS))
    assert [course(other) == course(first) for other in others] == [True] * (N_RUNS - 1)
    assert (PRUNED in {trial.state for trial in first.trials}) == pruned


@pytest.mark.parametrize("pruned", [False, True], ids=["without a pruner", "with asha"])
@pytest.mark.parametrize("backend", sorted(registry().backends))
def test_a_study_repeats_with_its_pruned_steps_on_every_backend(backend: str, pruned: bool) -> None:
    assert_repeats(backend, pruned, executor="threads", n_jobs=3)


@pytest.mark.parametrize("pruned", [False, True], ids=["without a pruner", "with asha"])
def test_a_study_repeats_in_processes(pruned: bool) -> None:
    assert_repeats("hyperopt:tpe", pruned, n_jobs=2)


def test_threads_and_processes_give_the_same_study() -> None:
    one, other = (
        tune("hyperopt:tpe", dawdling(), pruner=ASHA, n_jobs=2, executor=executor)
        for executor in ("threads", "processes")
    )
    assert course(one) == course(other)


def late(parity: int) -> Any:
    """Return an objective whose odd, or even, trials take long."""

    def train(trial: tb.Trial) -> float:
        for step in range(3):
            sleep(0.02 * (trial.number % 2 == parity))
            trial.report(0.5**step + trial["n"] * step / 24)
        return float(trial["n"])

    return train


@pytest.mark.parametrize("pruner", [None, ASHA], ids=["without a pruner", "with asha"])
@pytest.mark.parametrize("deterministic", [True, False])
def test_only_in_a_fixed_order_it_does_not_matter_which_trials_take_long(
    deterministic: bool, pruner: tb.ChosenPruner | None
) -> None:
    one, other = (
        course(
            tune(
                "hyperopt:anneal",
                late(parity),
                pruner=pruner,
                executor="threads",
                n_jobs=2,
                deterministic=deterministic,
            )
        )
        for parity in (0, 1)
    )
    assert (one == other) == deterministic


def test_in_a_fixed_order_reports_are_judged_by_step_then_by_number() -> None:
    judged: list[tuple[int, int]] = []

    def rule(training: tb.Training) -> None:
        judged.append((training.reports[-1].step, training.number))

    tune("sklearn:random", late(0), adjust=[rule], executor="threads", n_jobs=3, n_trials=6)
    batches = (range(3), range(3, 6))
    assert judged == [(step, number) for batch in batches for step in range(3) for number in batch]


def test_in_a_fixed_order_trials_that_report_less_or_more_hold_no_other_up() -> None:
    def train(trial: tb.Trial) -> float:
        for step in range(0, 2 * trial.number, 1 + trial.number % 2):
            trial.report(1.0, step)
        return 1.0

    result = tune("sklearn:random", train, executor="threads", n_jobs=4, n_trials=8)
    assert [len(trial.reports) for trial in result.trials] == [0, 1, 4, 3, 8, 5, 12, 7]
