"""One study on several backends: what carries is stated, and who learns from others starts ahead."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState as NativeState
from scipy.stats import wilcoxon

import tunebridge as tb
import tunebridge_optuna
from tunebridge.registry.plugins import registry
from tunebridge.study.seeds import segment_seed
from tunebridge.testing import Bowl, MemoryStore

SCRIPT = Path(__file__).parent / "swapped_study.py"
PARTS = {"optuna:tpe": 30, "hyperopt:tpe": 30, "sklearn:random": 10, "optuna:gp": 30}
TOTAL = sum(PARTS.values())
STARTS = [0, *accumulate(PARTS.values())]

TOLD = {
    "hyperopt:tpe": {
        "COMPLETE": "status ok with its loss, injected",
        "PRUNED": "status ok with its last report as the loss, injected",
        "FAILED": "status fail, the worst loss, injected",
    },
    "sklearn:random": dict.fromkeys(["COMPLETE", "PRUNED", "FAILED"], "not told: the search does not learn"),
    "optuna:gp": {"COMPLETE": "COMPLETE, added", "PRUNED": "PRUNED, added", "FAILED": "PRUNED, added"},
}
"""How each backend is told of trials that it did not propose."""


@dataclass(frozen=True)
class Swapped:
    """A study of four parts."""

    url: str
    parts: dict[str, Any]
    result: tb.Result

    def before(self, backend: str) -> list[tb.TrialRecord]:
        """Return the trials that were there when a backend took over."""
        return self.result.trials[: STARTS[list(PARTS).index(backend)]]


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Swapped:
    """Run each part in a process of its own."""
    url = f"sqlite:///{tmp_path_factory.mktemp('swap') / 'tune.db'}"
    parts = {backend: run_part(url, backend, total) for backend, total in zip(PARTS, STARTS[1:], strict=True)}
    return Swapped(url, parts, tb.load_study(url, "svm"))


def run_part(url: str, backend: str, total: int) -> Any:
    command = [sys.executable, str(SCRIPT), url, backend, str(total)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_part_has_its_trials_under_consecutive_numbers(swapped: Swapped) -> None:
    trials = swapped.result.trials
    assert [trial.number for trial in trials] == list(range(TOTAL))
    assert [trial.backend for trial in trials] == [name for name, n in PARTS.items() for _ in range(n)]
    assert {trial.state.name for trial in trials} == {"COMPLETE", "PRUNED", "FAILED"}


def test_the_first_part_has_nothing_to_carry(swapped: Swapped) -> None:
    assert swapped.parts["optuna:tpe"]["told"] == []


@pytest.mark.parametrize("backend", TOLD)
def test_what_carried_is_stated_exactly(backend: str, swapped: Swapped) -> None:
    states = Counter((trial.backend, trial.state.name) for trial in swapped.before(backend))
    expected = {(*kind, TOLD[backend][kind[1]]): count for kind, count in states.items()}
    assert {tuple(kind): count for *kind, count in swapped.parts[backend]["told"]} == expected
    n_told = 0 if backend == "sklearn:random" else len(swapped.before(backend))
    assert swapped.parts[backend]["n_told"] == n_told


def test_the_best_is_never_lost(swapped: Swapped) -> None:
    values = [part["best"] for part in swapped.parts.values()]
    assert all(before <= after for before, after in pairwise(values))
    assert (
        swapped.result.best_value
        == values[-1]
        == max(trial.values[0] for trial in swapped.result.trials if trial.values)
    )


def test_optuna_reads_the_study_as_its_own(swapped: Swapped) -> None:
    storage = RDBStorage(swapped.url)
    try:
        stored = optuna.load_study(study_name="svm", storage=storage)
        assert_same(stored, swapped.result)
    finally:
        storage.remove_session()
        storage.engine.dispose()


def test_the_study_is_exported_to_optuna_whole(swapped: Swapped) -> None:
    assert_same(tunebridge_optuna.to_study(swapped.result), swapped.result)


def assert_same(study: optuna.Study, result: tb.Result) -> None:
    states = {"COMPLETE": NativeState.COMPLETE, "PRUNED": NativeState.PRUNED, "FAILED": NativeState.FAIL}
    space = result.problem.space
    assert [trial.state for trial in study.trials] == [states[trial.state.name] for trial in result.trials]
    assert [trial.params for trial in study.trials] == [
        tb.to_natural(space, trial.params) for trial in result.trials
    ]
    assert study.best_value == result.best_value


# First proposals

SPACE = tb.Space(
    C=tb.Float(1e-2, 1e2, log=True),
    kernel=tb.Categorical(
        {
            "linear": tb.Space(),
            "rbf": tb.Space(gamma=tb.Float(1e-4, 1e1, log=True)),
            "poly": tb.Space(degree=tb.Int(2, 5), gamma=tb.Float(1e-4, 1e1, log=True)),
        }
    ),
    shrinking=tb.Categorical([True, False]),
)
TARGET = {"C": 30.0, "kernel": "rbf", "gamma": 0.01, "shrinking": True}
N_HISTORY, N_FIRST, N_SEEDS = 50, 5, 10
LEARNERS = sorted(
    name
    for name, spec in registry().backends.items()
    if spec.capabilities.observes_foreign_trials and spec.capabilities.conditional
)


def distances(backend: str, space: tb.Space, seed: int) -> tuple[float, float]:
    """Return how far first proposals are from the best of a history: after a swap, and from a cold start.

    Both sessions have the same seed, and the history is random.
    """
    problem = tb.Problem(Bowl(space, space.read(TARGET)), space)
    store = MemoryStore()
    settings: dict[str, Any] = {"storage": store, "study": "swap"}
    history = tb.tune(problem, backend="sklearn:random", n_trials=N_HISTORY, seed=seed, **settings)
    warm = tb.tune(problem, backend=backend, n_trials=N_HISTORY + N_FIRST, **settings)
    assert warm.carried is not None
    assert warm.carried.n_told == N_HISTORY
    cold = tb.tune(problem, backend=backend, n_trials=N_FIRST, seed=segment_seed(seed, 1))
    gap = Bowl(space, history.best_params)
    own = [trial for trial in warm.trials if trial.backend == backend]
    assert len(own) == N_FIRST
    return fmean(gap(trial.params) for trial in own), fmean(gap(trial.params) for trial in cold.trials)


@pytest.mark.parametrize("backend", LEARNERS)
def test_who_learns_from_others_starts_near_the_best_of_the_history(backend: str) -> None:
    pairs = [distances(backend, SPACE, seed) for seed in range(N_SEEDS)]
    warm, cold = zip(*pairs, strict=True)
    assert fmean(warm) < fmean(cold), pairs
    assert wilcoxon(warm, cold, alternative="less").pvalue < 0.05, pairs


def test_all_of_ours_that_learn_from_others_are_tried() -> None:
    assert {"hyperopt:anneal", "hyperopt:tpe", "optuna:gp", "optuna:tpe"} <= set(LEARNERS)


@pytest.mark.parametrize("backend", ["optuna:random", "sklearn:random"])
def test_who_does_not_learn_says_so_and_starts_as_cold(backend: str) -> None:
    problem = tb.Problem(Bowl(SPACE, SPACE.read(TARGET)), SPACE)
    settings: dict[str, Any] = {"storage": MemoryStore(), "study": "swap"}
    tb.tune(problem, backend="optuna:tpe", n_trials=20, seed=0, **settings)
    swapped = tb.tune(problem, backend=backend, n_trials=25, **settings)
    cold = tb.tune(problem, backend=backend, n_trials=5, seed=segment_seed(0, 1))
    assert swapped.carried is not None
    assert swapped.carried.n_told == 0
    assert [how.startswith("not told") for _, _, how in swapped.carried.told] == [True]
    assert [trial.params for trial in swapped.trials[20:]] == [trial.params for trial in cold.trials]
