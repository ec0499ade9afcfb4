"""Whether a confirmed winner beats the plain best at equal numbers of evaluations, and what it claims.

    python benchmarks/confirming.py --seeds 50

Plain: the best of all trials. Confirmed: the same study stopped earlier, its finalists run again. The true
value of each point is known: by a formula, or, for trees on samples of 120 digits, by the score of models
trained on such samples, on all digits that they were not trained on. Regret is how much worse a point's true
value is than the best one that there is. Runs are paired by seed, tested by the exact signed-rank test.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any

import numpy as np
from scipy.stats import beta
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
from tunebridge.comparison.statistics.paired import paired_tests

ROWS = 120
"""Digits of a small sample."""

TREE: dict[str, list[Any]] = {
    "max_depth": [2, 3, 4, 6, 8, 12],
    "min_samples_leaf": [1, 2, 3, 5, 8],
    "max_features": [0.05, 0.1, 0.2, 0.5, 1.0],
    "splitter": ["best", "random"],
}
A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
P = (
    np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    * 1e-4
)


@dataclass(frozen=True)
class Case:
    """A noisy problem whose truth is known."""

    name: str
    problem: tb.Problem
    truth: Callable[[Mapping[str, Any]], float]
    best: float


def branin(params: Mapping[str, Any]) -> float:
    """Return Branin's function."""
    x, y = params["x"], params["y"]
    bend = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return float(bend + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def hartmann(params: Mapping[str, Any]) -> float:
    """Return Hartmann's function of six."""
    point = np.array([params[f"x{index}"] for index in range(6)])
    inner = (A * (point - P) ** 2).sum(axis=1)
    return float(-(np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-inner)))


def own(trial: tb.Trial) -> np.random.Generator:
    """Return random numbers of this point and this seed alone: pairs share nothing."""
    bits = [int(value) for value in np.array(list(trial.values()), dtype=float).view(np.uint64)]
    return np.random.default_rng([trial.seed, *bits])


def noisy_branin(trial: tb.Trial) -> float:
    """Return Branin's function with normal noise."""
    return branin(trial) + float(own(trial).normal(scale=2.0))


def noisy_hartmann(trial: tb.Trial) -> float:
    """Return Hartmann's function with skewed noise, partly shared by pairs, larger where it is better."""
    value = hartmann(trial)
    shared = np.random.default_rng(trial.seed).exponential() - 1
    return value + float(0.3 * shared + (0.2 + 0.1 * abs(value)) * (own(trial).exponential() - 1))


@cache
def digits() -> tuple[Any, Any]:
    """Return all digits."""
    X, y = load_digits(return_X_y=True)
    return X.astype(np.float32), y


def sampled(seed: int) -> list[tuple[Any, Any, Any]]:
    """Return three folds of a small sample: rows to train on, to test on, and all that are not trained on."""
    X, _ = digits()
    rows = np.random.default_rng(seed).choice(len(X), ROWS, replace=False)
    folds = KFold(3, shuffle=True, random_state=seed % 2**32).split(rows)
    return [(rows[train], rows[test], np.setdiff1d(np.arange(len(X)), rows[train])) for train, test in folds]


def score(params: Mapping[str, Any], train: Any, test: Any, seed: int) -> float:
    """Train a tree, and return its share of right answers."""
    X, y = digits()
    tree = DecisionTreeClassifier(random_state=seed % 2**32, **params).fit(X[train], y[train])
    return float((tree.predict(X[test]) == y[test]).mean())


def tree(trial: tb.Trial) -> float:
    """Cross-validate a tree on a small sample."""
    return fmean(score(dict(trial), train, test, trial.seed) for train, test, _ in sampled(trial.seed))


def truths(n_draws: int, file: Path | None) -> dict[str, float]:
    """Return the true score of each tree by the JSON of its params."""
    if file is not None and file.exists():
        found: dict[str, float] = json.loads(file.read_text())
        return found
    totals: dict[str, list[float]] = {}
    for seed in range(10**6, 10**6 + n_draws):
        folds = sampled(seed)
        for values in product(*TREE.values()):
            params = dict(zip(TREE, values, strict=True))
            some = [score(params, train, rest, seed) for train, _, rest in folds]
            totals.setdefault(json.dumps(params), []).extend(some)
    found = {key: fmean(some) for key, some in totals.items()}
    if file is not None:
        file.write_text(json.dumps(found))
    return found


def cases(n_draws: int, file: Path | None) -> Iterable[Case]:
    """Yield the problems."""
    plane = tb.Space(x=tb.Float(-5.0, 10.0), y=tb.Float(0.0, 15.0))
    yield Case("Branin, normal noise", tb.Problem(noisy_branin, plane), branin, 0.397887)
    cube = tb.Space({f"x{index}": tb.Float(0.0, 1.0) for index in range(6)})
    yield Case("Hartmann 6, skewed noise", tb.Problem(noisy_hartmann, cube), hartmann, -3.32237)
    known = truths(n_draws, file)
    listed = {name: tb.Ordinal(values) for name, values in TREE.items() if name != "splitter"}
    space = tb.Space({**listed, "splitter": tb.Categorical(TREE["splitter"])})

    def truth(params: Mapping[str, Any]) -> float:
        return known[json.dumps({name: params[name] for name in TREE})]

    yield Case(
        "trees on 120 digits", tb.Problem(tree, space, direction="maximize"), truth, max(known.values())
    )


@dataclass(frozen=True)
class Run:
    """What one seed has found."""

    plain: float
    confirmed: float
    covered: bool
    n_run: int
    n_tied: int
    claimed: float
    promised: float
    width: float


def run(case: Case, backend: str, n_trials: int, top: int, n_repeats: int, seed: int) -> Run:
    """Tune once; look at all trials, and at the first of them with a confirmation."""
    sign = case.problem.directions[0].sign
    whole = tb.tune(case.problem, backend=backend, n_trials=n_trials, seed=seed)
    begun = replace(whole, trials=whole.trials[: n_trials - top * n_repeats])
    seeds = range(1_000 * (seed + 1), 1_000 * (seed + 1) + n_repeats)
    found = tb.confirm(begun, top=top, seeds=seeds)
    true = case.truth(found.winner.params)
    low, high = found.interval or (found.value, found.value)
    return Run(
        plain=sign * (case.truth(whole.best_params) - case.best),
        confirmed=sign * (true - case.best),
        covered=low <= true <= high,
        n_run=found.n_evaluated,
        n_tied=len(found.tied),
        claimed=sign * (true - found.value),
        promised=sign * (case.truth(whole.best_params) - whole.best_value),
        width=high - low,
    )


def share(hits: int, of: int) -> str:
    """Return a share with its exact 95 % interval (Clopper and Pearson)."""
    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    return f"{hits / of:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Run all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--backends", default="optuna:tpe,sklearn:random")
    parser.add_argument(
        "--n-trials", default="100,200", help="evaluations, those of the confirmation included"
    )
    parser.add_argument("--top", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument(
        "--draws", type=int, default=60, help="samples for the truth of trees, three models each"
    )
    parser.add_argument("--truth", type=Path, help="where the truth of trees is kept")
    given = parser.parse_args()
    print(
        "| problem | backend | evaluations | regret, plain | regret, confirmed | difference, 95 % interval "
        "| p | interval covers | repeats run | plain too good by | confirmed too good by | width |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for case in cases(given.draws, given.truth):
        for backend, n_trials in product(given.backends.split(","), map(int, given.n_trials.split(","))):
            begun = process_time()
            runs = [
                run(case, backend, n_trials, given.top, given.repeats, seed) for seed in range(given.seeds)
            ]
            losses = {"confirmed": [one.confirmed for one in runs], "plain": [one.plain for one in runs]}
            (test,) = paired_tests(losses, [("confirmed", "plain")])
            cells = [
                case.name,
                backend,
                str(n_trials),
                f"{fmean(losses['plain']):.4f}",
                f"{fmean(losses['confirmed']):.4f}",
                f"{test.estimate:+.4f} {test.interval}",
                f"{test.p:.3g}",
                share(sum(one.covered for one in runs), len(runs)),
                f"{fmean(one.n_run for one in runs):.0f} of {given.top * given.repeats}",
                f"{fmean(one.promised for one in runs):+.4f}",
                f"{fmean(one.claimed for one in runs):+.4f}",
                f"{fmean(one.width for one in runs):.4f}",
            ]
            print(f"| {' | '.join(cells)} | <!-- {process_time() - begun:.0f} s -->", flush=True)


if __name__ == "__main__":
    main()
