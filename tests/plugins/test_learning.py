"""What the samplers learn through the bridge: order, values, failures, and where constraints are violated."""

from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any

import numpy as np
import optuna
import pytest
from hyperopt import STATUS_FAIL, Trials, fmin, hp, tpe
from optuna.samplers import TPESampler
from scipy.stats import wilcoxon

import tunebridge as tb

pytestmark = pytest.mark.usefixtures("quiet_libraries")

Params = dict[str, Any]

N_SEEDS = 5
SEEDS = pytest.mark.parametrize("seed", range(N_SEEDS))
BACKENDS = pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe"])


# (a) Order

WORDS = [f"size {place}" for place in range(50)]
OPTIMUM = 17

ORDERED: dict[str, tuple[tb.AnyParameter, Callable[[Any], int]]] = {
    "ordinal": (tb.Ordinal(WORDS), WORDS.index),
    "int": (tb.Int(-20, 29), lambda value: int(value) + 20),
    "stepped int": (tb.Int(5, 152, step=3), lambda value: (int(value) - 5) // 3),
    "stepped float": (tb.Float(0.1, 5.0, step=0.1), lambda value: round(value / 0.1) - 1),
}
PARAMETERS = {**ORDERED, "choice": (tb.Categorical(WORDS), WORDS.index)}


def late_distance(kind: str, backend: str, seed: int) -> float:
    """Return how far trials 30 to 59 are from the optimum of a quadratic in the index, on average."""
    parameter, index = PARAMETERS[kind]
    problem = tb.Problem(lambda params: float((index(params["p"]) - OPTIMUM) ** 2), tb.Space(p=parameter))
    trials = tb.tune(problem, backend=backend, n_trials=60, seed=seed).trials
    return fmean(abs(index(trial.params["p"]) - OPTIMUM) for trial in trials[30:])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ORDERED)
def test_hyperopt_tpe_sees_the_order_of_the_values(kind: str) -> None:
    learned = [late_distance(kind, "hyperopt:tpe", seed) for seed in range(20)]
    at_random = [late_distance(kind, "hyperopt:random", seed) for seed in range(20)]
    assert wilcoxon(learned, at_random, alternative="less").pvalue < 0.01
    assert fmean(learned) < 0.85 * fmean(at_random)


@pytest.mark.slow
def test_it_is_the_order_that_helps_hyperopt_tpe() -> None:
    """The same values without their order: TPE then knows nothing about the ones it has not tried."""
    unordered = [late_distance("choice", "hyperopt:tpe", seed) for seed in range(20)]
    ordered = [late_distance("ordinal", "hyperopt:tpe", seed) for seed in range(20)]
    assert wilcoxon(ordered, unordered, alternative="less").pvalue < 0.01


# (b) Values


def mirrored(value: Callable[[float], float], seed: int) -> tuple[list[float], list[float]]:
    """Return what tunebridge proposes when told some values, and what `fmin` does with them as losses."""
    trials = Trials()
    fmin(
        value,
        hp.uniform("x", 0.0, 1.0),
        algo=tpe.suggest,
        max_evals=60,
        trials=trials,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )
    assert trials.losses() == [value(x) for x in trials.vals["x"]]
    space = tb.Space(x=tb.Float(0, 1))
    problem = tb.Problem(lambda params: value(params["x"]), space)
    ours = tb.tune(problem, backend="hyperopt:tpe", n_trials=60, seed=seed).trials
    return [trial.params["x"] for trial in ours], trials.vals["x"]


def test_hyperopt_tpe_is_told_the_real_losses() -> None:
    """Each loss leads to a trajectory of its own, and tunebridge's is that of the loss it was told."""
    left, right = mirrored(lambda x: x, 0), mirrored(lambda x: -x, 0)
    assert left[0] == left[1]
    assert right[0] == right[1]
    assert left[0][:20] == right[0][:20]
    assert left[0][20:] != right[0][20:]
    assert fmean(left[0][20:]) < 0.4 < 0.6 < fmean(right[0][20:])


# (c) Failures


def fails_at(params: Params) -> bool:
    """Half of the space fails."""
    return bool(params.get("x", 0.0) > 0.5 or params.get("choice") == "bad")


HALVES: dict[str, tuple[tb.Space, Callable[[Params], float]]] = {
    "range": (tb.Space(x=tb.Float(0, 1)), lambda params: float((params["x"] - 0.25) ** 2)),
    "choice": (
        tb.Space(choice=tb.Categorical({"good": 1, "bad": "bad"}), y=tb.Float(-5, 5)),
        lambda params: float((params["y"] - 1) ** 2),
    ),
}


def driven(half: str, backend: tb.Backend, seed: int, n_trials: int = 120) -> list[Params]:
    """Drive a study by hand: the ten failures in a row that some of them meet would end `tb.tune`."""
    space, value = HALVES[half]
    with tb.open_study(tb.Problem(value, space), backend=backend, n_trials=n_trials, seed=seed) as study:
        while (trial := study.ask()) is not None:
            if fails_at(trial):
                study.tell(trial, error=ValueError("this half fails"))
            else:
                study.tell(trial, value(trial))
        records = study.result.trials
    assert {record.state.name for record in records if fails_at(dict(record.params))} == {"FAILED"}
    return [dict(record.params) for record in records]


def share_of_failures(half: str, backend: str, tell_failures: str) -> float:
    """Return the share of trials 30 to 119 that fail, over all seeds."""
    chosen = tb.backend(backend, tell_failures=tell_failures)
    late = [params for seed in range(N_SEEDS) for params in driven(half, chosen, seed)[30:]]
    return fmean(map(fails_at, late))


@BACKENDS
@pytest.mark.parametrize("half", HALVES)
def test_failures_teach_the_sampler_to_stay_away(half: str, backend: str) -> None:
    assert share_of_failures(half, backend, "avoid") < 0.25


@BACKENDS
@pytest.mark.parametrize("half", HALVES)
def test_failures_told_as_each_library_does_attract_the_sampler(half: str, backend: str) -> None:
    assert share_of_failures(half, backend, "native") > 0.8


@SEEDS
@pytest.mark.parametrize(
    ("tell_failures", "error"), [("avoid", optuna.TrialPruned), ("native", ZeroDivisionError)]
)
def test_failures_are_told_to_optuna_as_a_script_that_prunes_or_raises_does(
    tell_failures: str, error: type[Exception], seed: int
) -> None:
    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0.0, 1.0)
        if x > 0.5:
            raise error
        return (x - 0.25) ** 2

    study = optuna.create_study(sampler=TPESampler(seed=seed))
    study.optimize(objective, n_trials=60, catch=(ZeroDivisionError,))
    ours = driven("range", tb.backend("optuna:tpe", tell_failures=tell_failures), seed, 60)
    assert ours == [trial.params for trial in study.trials]


@SEEDS
@pytest.mark.parametrize("tell_failures", ["avoid", "native"])
def test_failures_are_told_to_hyperopt_as_a_script_that_returns_status_fail_or_raises_does(
    tell_failures: str, seed: int
) -> None:
    seen: list[Params] = []

    def objective(x: float) -> Any:
        seen.append({"x": x})
        if x > 0.5 and tell_failures == "native":
            raise ValueError("this half fails")
        return {"status": STATUS_FAIL} if x > 0.5 else (x - 0.25) ** 2

    fmin(
        objective,
        hp.uniform("x", 0.0, 1.0),
        algo=tpe.suggest,
        max_evals=60,
        rstate=np.random.default_rng(seed),
        catch_eval_exceptions=tell_failures == "native",
        show_progressbar=False,
        verbose=False,
    )
    assert driven("range", tb.backend("hyperopt:tpe", tell_failures=tell_failures), seed, 60) == seen


# (d) Constraints


def rejections(backend: str, seed: int, n_trials: int = 80) -> list[int]:
    """Return how many suggestions were rejected before each trial; the values teach nothing, all being 0."""
    rejected = [0]

    def rule(params: Mapping[str, Any]) -> bool:
        holds = bool(params["x"] + params["y"] <= 0.6)
        rejected[-1] += not holds
        return holds

    space = tb.Space(
        x=tb.Float(0, 1), y=tb.Float(0, 1), constraints=[tb.Constraint(rule, "x + y stays small")]
    )
    problem = tb.Problem(lambda params: 0.0, space)
    with tb.open_study(problem, backend=backend, n_trials=n_trials, seed=seed) as study:
        while (trial := study.ask()) is not None:
            study.tell(trial, 0.0)
            rejected.append(0)
    return rejected[:n_trials]


@BACKENDS
def test_infeasible_suggestions_teach_the_sampler_to_stay_away(backend: str) -> None:
    counts = [rejections(backend, seed) for seed in range(N_SEEDS)]
    early, late = ([sum(of_seed[part]) for of_seed in counts] for part in (slice(20), slice(-20, None)))
    assert all(after < before for before, after in zip(early, late, strict=True)), (early, late)
    assert sum(late) < 0.5 * sum(early)


@BACKENDS
def test_infeasible_suggestions_cost_no_trial_and_are_never_evaluated(backend: str) -> None:
    evaluated: list[Params] = []
    space = tb.Space(
        x=tb.Float(0, 1),
        k=tb.Int(1, 4),
        constraints=[
            tb.Constraint(lambda params: params["x"] * params["k"] < 1, "the product stays below 1")
        ],
    )

    def objective(trial: tb.Trial) -> float:
        evaluated.append(dict(trial))
        return float(trial["x"])

    problem = tb.Problem(objective, space, "maximize")
    result = tb.tune(problem, backend=backend, n_trials=50, seed=0)
    assert [trial.params for trial in result.trials] == evaluated
    assert [trial.number for trial in result.trials] == list(range(50))
    assert all(params["x"] * params["k"] < 1 for params in evaluated)
