"""Boosters with and without pruning on the same candidates.

python benchmarks/boosters.py --folder curves --parts record         # resumable: curves are recorded once
python benchmarks/boosters.py --folder curves                        # of what is recorded

A seed has its candidates, and several outer splits of the rows into those that are searched on and those that
the chosen candidate is tested on. What a seed says is the mean of its splits.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy.stats
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
    make_classification,
)
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import StratifiedKFold, train_test_split
from xgboost import XGBClassifier

import tunebridge as tb
from tunebridge_sklearn import cross_validation

N_CANDIDATES = 40
N_TRAIN = 400
SCORING = "neg_log_loss"
PRUNERS: dict[str, Any] = {
    "asha": "asha",
    "asha, from round 10, a third": tb.pruner("asha", min_resource=10, reduction_factor=3),
    "asha, from round 10, half": tb.pruner("asha", min_resource=10, reduction_factor=2),
    "hyperband": "hyperband",
    "median": "median",
}
RATE = tb.Float(0.005, 0.5, log=True)
SPACES: dict[str, tb.Space] = {
    "xgboost": tb.Space(learning_rate=RATE, max_depth=tb.Int(2, 4), subsample=tb.Float(0.4, 1.0)),
    "lightgbm": tb.Space(learning_rate=RATE, num_leaves=tb.Int(3, 9), colsample_bytree=tb.Float(0.4, 1.0)),
    "catboost": tb.Space(learning_rate=RATE, depth=tb.Int(2, 4), rsm=tb.Float(0.4, 1.0)),
    "histogram": tb.Space(learning_rate=RATE, max_leaf_nodes=tb.Int(3, 9), max_features=tb.Float(0.4, 1.0)),
}


def rows(data: str) -> tuple[Any, Any]:
    """Return rows and targets of what is shown, or of what settings are chosen on."""
    match data:
        case "breast cancer":
            return load_breast_cancer(return_X_y=True)  # type: ignore[no-any-return]
        case "digits":
            return load_digits(return_X_y=True)  # type: ignore[no-any-return]
        case "wine":
            return load_wine(return_X_y=True)  # type: ignore[no-any-return]
        case "diabetes":
            X, y = load_diabetes(return_X_y=True)
            return X, (y > np.median(y)).astype(int)
        case _:  # made by scikit-learn
            made = {"n_samples": 1600, "n_informative": 6, "n_classes": 3, "flip_y": 0.05}
            return make_classification(**made, random_state=7)  # type: ignore[no-any-return]


def parts(data: str, seed: int, split: int) -> Any:
    """Return rows to search on, rows to test on, and the targets of both: of many rows, most to test on."""
    X, y = rows(data)
    n_train = min(int(0.7 * len(y)), N_TRAIN)
    return train_test_split(X, y, random_state=seed + 1000 * split, stratify=y, train_size=n_train)


def model(library: str, n_rounds: int, seed: int) -> Any:
    match library:
        case "xgboost":
            return XGBClassifier(n_estimators=n_rounds, n_jobs=1, random_state=seed)
        case "lightgbm":
            return LGBMClassifier(n_estimators=n_rounds, n_jobs=1, random_state=seed, verbose=-1)
        case "catboost":
            quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
            return CatBoostClassifier(n_estimators=n_rounds, random_seed=seed, **quiet)
        case _:
            return HistGradientBoostingClassifier(max_iter=n_rounds, random_state=seed, early_stopping=False)


class Standing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts as a model did after some of its rounds."""

    def __init__(self, found: Any, classes: Any) -> None:
        self.found, self.classes_ = found, classes

    def fit(self, X: Any, y: Any) -> Standing:
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.found


def staged(fitted: Any, X: Any, steps: list[int]) -> Iterator[Any]:
    """Yield probabilities after each of some rounds."""
    match fitted:
        case XGBClassifier():
            yield from (fitted.predict_proba(X, iteration_range=(0, step)) for step in steps)
        case LGBMClassifier():
            yield from (fitted.predict_proba(X, num_iteration=step) for step in steps)
        case CatBoostClassifier():
            yield from (fitted.predict_proba(X, ntree_end=step) for step in steps)
        case _:
            found = list(fitted.staged_predict_proba(X))
            yield from (found[step - 1] for step in steps)


class Setting:
    """One library on one outer split of one data set, with one seed of folds, models and candidates."""

    def __init__(self, library: str, data: str, seed: int, split: int, given: argparse.Namespace) -> None:
        self.library, self.data, self.seed, self.n_rounds = library, data, seed, given.rounds
        self.X, self.X_test, self.y, self.y_test = parts(data, seed, split)
        self.cv = StratifiedKFold(5, shuffle=True, random_state=seed)
        self.steps = [*range(10, given.rounds, 10), given.rounds]
        self.file = given.folder / f"{library}-{data.replace(' ', '-')}-{seed}-{split}.db"

    def made(self, params: Any) -> Any:
        return model(self.library, self.n_rounds, self.seed).set_params(**params)

    def tuned(self, objective: Any, **more: Any) -> tb.Result:
        problem = tb.Problem(objective, SPACES[self.library], direction="maximize")
        return self.run(problem, **more)

    def run(self, problem: tb.Problem, **more: Any) -> tb.Result:
        return tb.tune(problem, backend="sklearn:random", n_trials=N_CANDIDATES, seed=self.seed, **more)

    def record(self) -> tb.Result:
        """Train all candidates whole, once: their curves are those of growing by rounds, to the last bit."""
        scorer = check_scoring(Standing(None, None), SCORING)

        def curve(trial: tb.Trial) -> float:
            scores = []
            for train, valid in self.cv.split(self.X, self.y):
                fitted = self.made(trial).fit(self.X[train], self.y[train])
                standing = [
                    Standing(one, np.unique(self.y)) for one in staged(fitted, self.X[valid], self.steps)
                ]
                scores.append([scorer(one, self.X[valid], self.y[valid]) for one in standing])
            means = [fmean(column) for column in zip(*scores, strict=True)]
            for step, mean in zip(self.steps, means, strict=True):
                trial.report(mean, step)
            return means[-1]

        store = f"sqlite:///{self.file}"
        return self.tuned(curve, storage=store, study="curves", on_objective_change="accept")

    def recorded(self) -> tb.Result | None:
        """Return the curves of all candidates; None where they are not recorded yet."""
        if not self.file.exists():
            return None
        curves = tb.load_study(f"sqlite:///{self.file}", "curves")
        return curves if len(curves.trials) == N_CANDIDATES else None

    def replay(self, curves: tb.Result, pruner: Any) -> tb.Result:
        """Let a pruner judge the same candidates by their curves."""
        known = {tuple(sorted(one.params.items())): one.reports for one in curves.trials}

        def again(trial: tb.Trial) -> float:
            for report in known[tuple(sorted(trial.items()))]:
                trial.report(report.value, report.step)
            return report.value

        return self.tuned(again, pruner=pruner)

    def real(self, pruner: Any) -> tb.Result:
        """Search for real, by rounds."""
        space, own = SPACES[self.library], model(self.library, self.n_rounds, self.seed)
        settings: dict[str, Any] = {"cv": self.cv, "scoring": SCORING, "feedback": "rounds"}
        return self.run(cross_validation(own, self.X, self.y, space, **settings), pruner=pruner)

    def share(self, result: tb.Result) -> float:
        """Return the share of all rounds that were trained."""
        trained = sum(trial.reports[-1].step for trial in result.trials)
        return float(trained / (N_CANDIDATES * self.n_rounds))

    def test_scores(self, chosen: tuple[tuple[str, Any], ...]) -> dict[str, float]:
        """Return the scores of a candidate on rows that the search has not seen."""
        fitted = self.made(dict(chosen)).fit(self.X, self.y)
        names = ("accuracy", SCORING)
        return {name: check_scoring(fitted, name)(fitted, self.X_test, self.y_test) for name in names}


class Told:
    """What the splits say of one pruner."""

    def __init__(self) -> None:
        self.shares: dict[int, list[float]] = {}
        self.gains: dict[str, dict[int, list[float]]] = {}

    def add(self, seed: int, share: float, gains: dict[str, float]) -> None:
        """Add the share of rounds, and what the chosen candidate gains on test rows."""
        self.shares.setdefault(seed, []).append(share)
        for metric, gain in gains.items():
            self.gains.setdefault(metric, {}).setdefault(seed, []).append(gain)

    def text(self) -> str:
        """Say it with intervals over the seeds, each of which is the mean of its splits."""
        shares = [fmean(column) for column in self.shares.values()]
        n_splits = sorted({len(column) for column in self.shares.values()})
        said = [
            f"{len(shares)} seeds of {n_splits} splits: {fmean(shares):.3f} of the rounds "
            f"({min(shares):.3f} to {max(shares):.3f})"
        ]
        for metric, of_seeds in self.gains.items():
            gains = [fmean(column) for column in of_seeds.values()]
            low, high = interval(gains)
            said.append(f"{metric} {fmean(gains):+.4f} ({low:+.4f} to {high:+.4f})")
        return ", ".join(said)


def print_savings(library: str, data: str, given: argparse.Namespace) -> None:
    """Print, by pruner, the share of the rounds and the paired difference of test scores."""
    told = {name: Told() for name in PRUNERS}
    for split, seed in product(range(given.splits), range(given.seeds)):
        setting = Setting(library, data, seed, split, given)
        curves = setting.recorded()
        if curves is None:
            continue
        scored = cache(setting.test_scores)
        whole = scored(tuple(curves.best_params.items()))
        for name, pruner in PRUNERS.items():
            replayed = setting.replay(curves, pruner)
            scores = scored(tuple(replayed.best_params.items()))
            gains = {metric: score - whole[metric] for metric, score in scores.items()}
            told[name].add(seed, setting.share(replayed), gains)
    for name, one in told.items():
        if one.shares:
            print(f"{library}, {data}, {name}, {one.text()}", flush=True)


def print_real(library: str, data: str, given: argparse.Namespace) -> None:
    """Print whether a search by rounds decides as its replay, and how far their scores are apart."""
    setting = Setting(library, data, 0, 0, given)
    curves = setting.recorded()
    if curves is not None:
        sides = [one.trials for one in (setting.replay(curves, "asha"), setting.real("asha"))]
        seen = [[(one.state, [report.step for report in one.reports]) for one in side] for side in sides]
        if seen[0] != seen[1]:
            print(f"{library}, {data}, for real: NOT equal", flush=True)
            return
        scores = [[report.value for one in side for report in one.reports] for side in sides]
        apart = np.abs(np.array(scores[0]) - scores[1]).max()
        print(f"{library}, {data}, for real: equal decisions, scores within {apart:.0e}", flush=True)


def interval(values: list[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean."""
    if len(values) < 2 or np.ptp(values) == 0:
        return fmean(values), fmean(values)
    half = scipy.stats.sem(values) * scipy.stats.t.ppf(0.975, len(values) - 1)
    return fmean(values) - half, fmean(values) + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=Path("boosters-curves"))
    parser.add_argument("--parts", default="savings,real")
    parser.add_argument("--libraries", default="xgboost,lightgbm,catboost,histogram")
    parser.add_argument("--data", default="breast cancer,digits")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.folder.mkdir(exist_ok=True)
    libraries, data_sets = given.libraries.split(","), given.data.split(",")
    if "record" in given.parts:
        for split, seed in product(range(given.splits), range(given.seeds)):
            for data, library in product(data_sets, libraries):
                Setting(library, data, seed, split, given).record()
            print(f"split {split}, seed {seed}: {time.process_time():.0f} s", flush=True)
    for library, data in product(libraries, data_sets):
        if "savings" in given.parts:
            print_savings(library, data, given)
        if "real" in given.parts:
            print_real(library, data, given)


if __name__ == "__main__":
    main()
