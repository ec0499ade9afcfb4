"""The same trials, reports and ends as `study.optimize` with the pruner by hand, bit for bit.

`native` is what a user of Optuna writes: nothing of tunebridge is in it but the name of the study, from which
Hyperband draws its brackets.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import optuna
import pytest
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
    WilcoxonPruner,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

import tunebridge as tb

N_TRIALS = 60
N_STEPS = 27

FAILING = {3: 5, 12: 0, 31: 26, 44: 2}
"""Trials that raise, with the step they raise before: 12 has no report by then, 31 lacks only the last."""

ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "none": None}
PENALTIES = {"relu": 0.0, "tanh": 0.1, None: 0.3}

SPACE = tb.Space(
    lr=tb.Float(1e-4, 1.0, log=True), layers=tb.Int(1, 6), activation=tb.Categorical(ACTIVATIONS)
)


class Ended(NamedTuple):
    """What became of one trial."""

    params: Mapping[str, Any]
    state: str
    """In Optuna's words."""
    reports: Mapping[int, float]
    value: float | None
    """None unless complete: Optuna gives a pruned trial its last report."""


def curve(params: Mapping[str, Any], step: int) -> float:
    """Return the loss after an epoch: it falls, further with better params, and rises again at high rates."""
    rate, depth, penalty = math.log10(params["lr"]), float(params["layers"]), PENALTIES[params["activation"]]
    floor = 0.1 * (rate + 2.0) ** 2 + 0.05 * abs(depth - 4.0) + penalty
    falling = math.exp(-(step + 1) / (2.0 + depth))
    return floor + falling + 0.02 * max(rate + 0.7, 0.0) * step + 0.05 * math.sin(7.0 * floor + step)


def negated(params: Mapping[str, Any], step: int) -> float:
    return -curve(params, step)


Curve = Callable[[Mapping[str, Any], int], float]


def native(
    sampler: BaseSampler,
    pruner: BasePruner,
    name: str,
    *,
    failing: Mapping[int, int],
    curve: Curve = curve,
    direction: Literal["minimize", "maximize"] = "minimize",
) -> list[Ended]:
    """Run `study.optimize` as one does by hand."""

    def objective(trial: optuna.Trial) -> float:
        params = {
            "lr": trial.suggest_float("lr", 1e-4, 1.0, log=True),
            "layers": trial.suggest_int("layers", 1, 6),
            "activation": ACTIVATIONS[trial.suggest_categorical("activation", ["relu", "tanh", "none"])],
        }
        points.append(params)
        value = math.nan
        for step in range(N_STEPS):
            if failing.get(trial.number) == step:
                raise FloatingPointError
            value = curve(params, step)
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    points: list[dict[str, Any]] = []
    study = optuna.create_study(study_name=name, sampler=sampler, pruner=pruner, direction=direction)
    study.optimize(objective, n_trials=N_TRIALS, catch=(Exception,))
    return [
        Ended(
            params,
            trial.state.name,
            trial.intermediate_values,
            trial.value if trial.state is optuna.trial.TrialState.COMPLETE else None,
        )
        for params, trial in zip(points, study.trials, strict=True)
    ]


def bridged(
    backend: str | tb.Backend,
    pruner: tb.ChosenPruner,
    seed: int,
    *,
    failing: Mapping[int, int],
    curve: Curve = curve,
    direction: Literal["minimize", "maximize"] = "minimize",
) -> list[Ended]:
    """Run the same study with tunebridge."""

    def train(trial: tb.Trial) -> Iterator[float]:
        for step in range(N_STEPS):
            if failing.get(trial.number) == step:
                raise FloatingPointError
            yield curve(trial, step)

    problem = tb.Problem(train, SPACE, direction)
    result = tb.tune(problem, backend=backend, pruner=pruner, n_trials=N_TRIALS, seed=seed)
    words = {"FAILED": "FAIL"}
    return [
        Ended(
            dict(trial.params),
            words.get(trial.state.name, trial.state.name),
            {report.step: report.value for report in trial.reports},
            trial.value,
        )
        for trial in result.trials
    ]


SAMPLERS: dict[str, Callable[..., BaseSampler]] = {"optuna:tpe": TPESampler, "optuna:random": RandomSampler}

PRUNERS: dict[str, tuple[tb.ChosenPruner, Callable[[], BasePruner]]] = {
    "median": (tb.pruner("median"), MedianPruner),
    "median with options": (
        tb.pruner("median", n_startup_trials=3, n_warmup_steps=4, interval_steps=3, n_min_trials=2),
        lambda: MedianPruner(n_startup_trials=3, n_warmup_steps=4, interval_steps=3, n_min_trials=2),
    ),
    "percentile": (tb.pruner("percentile", percentile=25.0), lambda: PercentilePruner(25.0)),
    "asha": (tb.pruner("asha"), SuccessiveHalvingPruner),
    "asha with options": (
        tb.pruner("asha", min_resource=3, reduction_factor=3, min_early_stopping_rate=1),
        lambda: SuccessiveHalvingPruner(min_resource=3, reduction_factor=3, min_early_stopping_rate=1),
    ),
    "hyperband": (tb.pruner("hyperband"), HyperbandPruner),
    "hyperband with options": (
        tb.pruner("hyperband", min_resource=1, max_resource=27, reduction_factor=3),
        lambda: HyperbandPruner(min_resource=1, max_resource=27, reduction_factor=3),
    ),
    "threshold": (
        tb.pruner("threshold", upper=0.6, n_warmup_steps=8),
        lambda: ThresholdPruner(upper=0.6, n_warmup_steps=8),
    ),
    "patient": (
        tb.pruner("patient", around=tb.pruner("median"), patience=1, min_delta=0.01),
        lambda: PatientPruner(MedianPruner(), patience=1, min_delta=0.01),
    ),
    "wilcoxon": (tb.pruner("wilcoxon", p_threshold=0.1), lambda: WilcoxonPruner(p_threshold=0.1)),
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.usefixtures("quiet_libraries"),
]


def assert_same(ours: list[Ended], theirs: list[Ended], states: set[str]) -> None:
    """Compare two runs trial by trial, bit for bit, and see that they had something to compare."""
    assert {trial.state for trial in theirs} == states
    assert len(theirs) == N_TRIALS
    for number, (mine, native) in enumerate(zip(ours, theirs, strict=True)):
        assert mine == native, f"trial {number}"
        assert list(mine.reports.items()) == list(native.reports.items()), f"trial {number}"


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("pruner", PRUNERS)
@pytest.mark.parametrize("backend", SAMPLERS)
def test_a_pruner_repeats_study_optimize(backend: str, pruner: str, seed: int) -> None:
    chosen, by_hand = PRUNERS[pruner]
    ours = bridged(backend, chosen, seed, failing={})
    theirs = native(SAMPLERS[backend](seed=seed), by_hand(), f"tunebridge-{seed}", failing={})
    assert_same(ours, theirs, {"COMPLETE", "PRUNED"})
    assert any(0 < len(trial.reports) < N_STEPS for trial in theirs)


@pytest.mark.parametrize("pruner", PRUNERS)
@pytest.mark.parametrize("backend", SAMPLERS)
def test_a_pruner_repeats_study_optimize_when_trials_raise(backend: str, pruner: str) -> None:
    chosen, by_hand = PRUNERS[pruner]
    ours = bridged(tb.backend(backend, tell_failures="native"), chosen, 0, failing=FAILING)
    theirs = native(SAMPLERS[backend](seed=0), by_hand(), "tunebridge-0", failing=FAILING)
    assert_same(ours, theirs, {"COMPLETE", "PRUNED", "FAIL"})
    failed = {number: len(trial.reports) for number, trial in enumerate(theirs) if trial.state == "FAIL"}
    assert failed.items() <= FAILING.items()


@pytest.mark.parametrize("pruner", sorted(PRUNERS.keys() - {"threshold"}))
def test_a_pruner_repeats_study_optimize_when_maximising(pruner: str) -> None:
    chosen, by_hand = PRUNERS[pruner]
    upward: dict[str, Any] = {"failing": {}, "curve": negated, "direction": "maximize"}
    ours = bridged("optuna:tpe", chosen, 2, **upward)
    theirs = native(TPESampler(seed=2), by_hand(), "tunebridge-2", **upward)
    assert_same(ours, theirs, {"COMPLETE", "PRUNED"})


@pytest.mark.parametrize("pruner", ["hyperband", "hyperband with options"])
def test_hyperband_draws_its_brackets_from_the_name_of_the_study(pruner: str) -> None:
    """Show that the comparison above depends on the name."""
    chosen, by_hand = PRUNERS[pruner]
    ours = bridged("optuna:tpe", chosen, 0, failing={})
    assert ours != native(TPESampler(seed=0), by_hand(), "another", failing={})


def test_every_pruner_ends_other_trials() -> None:
    """Guard the comparisons above against runs that are all alike."""
    runs = [str(bridged("optuna:random", chosen, 0, failing={})) for chosen, _ in PRUNERS.values()]
    assert len(set(runs)) == len(PRUNERS)


def test_a_plain_function_that_reports_repeats_a_generator_that_yields() -> None:
    def train(trial: tb.Trial) -> float:
        value = math.nan
        for step in range(N_STEPS):
            value = curve(trial, step)
            trial.report(value, step)
        return value

    settings: dict[str, Any] = {"backend": "optuna:tpe", "pruner": "median", "n_trials": N_TRIALS, "seed": 0}
    trials = tb.tune(tb.Problem(train, SPACE), **settings).trials
    plain = [(trial.params, [(report.step, report.value) for report in trial.reports]) for trial in trials]
    yielded = bridged("optuna:tpe", tb.pruner("median"), 0, failing={})
    assert plain == [(trial.params, list(trial.reports.items())) for trial in yielded]
