"""Boosters with and without pruning on the same candidates, and what growing by rounds costs beside one fit.

python benchmarks/boosters.py --seeds 2
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import StratifiedKFold, train_test_split
from xgboost import XGBClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

N_CANDIDATES = 40
DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
SPACES: dict[str, tb.Space] = {
    "xgboost": tb.Space(
        learning_rate=tb.Float(0.005, 0.5, log=True), max_depth=tb.Int(2, 6), subsample=tb.Float(0.4, 1.0)
    ),
    "lightgbm": tb.Space(
        learning_rate=tb.Float(0.005, 0.5, log=True),
        num_leaves=tb.Int(3, 31),
        colsample_bytree=tb.Float(0.4, 1.0),
    ),
    "catboost": tb.Space(
        learning_rate=tb.Float(0.005, 0.5, log=True), depth=tb.Int(2, 6), rsm=tb.Float(0.4, 1.0)
    ),
}


def model(library: str, n_rounds: int, seed: int) -> Any:
    if library == "xgboost":
        return XGBClassifier(n_estimators=n_rounds, n_jobs=1, random_state=seed)
    if library == "lightgbm":
        return LGBMClassifier(n_estimators=n_rounds, n_jobs=1, random_state=seed, verbose=-1)
    return CatBoostClassifier(
        n_estimators=n_rounds, thread_count=1, random_seed=seed, verbose=0, allow_writing_files=False
    )


def pruned(library: str, data: str, pruner: str, seed: int, n_rounds: int) -> tuple[float, float]:
    """Return the share of the rounds that a pruner leaves, and what it gains in accuracy on test rows."""
    X, y = DATA[data](return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed, stratify=y, test_size=0.3)
    store, scores = f"sqlite:///{tempfile.mkdtemp()}/study.db", []
    for who in (None, pruner):
        search = TuneSearchCV(
            model(library, n_rounds, seed),
            SPACES[library],
            backend="sklearn:random",
            n_trials=N_CANDIDATES,
            pruner=who,
            feedback="rounds",
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
            random_state=seed,
            scoring="neg_log_loss",
            storage=store if who else None,
            study="pruned" if who else None,
        ).fit(X_train, y_train)
        scores.append(float(np.mean(np.ravel(search.predict(X_test)) == y_test)))
    trained = sum(trial.reports[-1].step for trial in tb.load_study(store, "pruned").trials)
    return trained / (N_CANDIDATES * n_rounds), scores[1] - scores[0]


def overhead(library: str, data: str, n_rounds: int) -> float:
    """Return the time of growing by rounds, each tenth scored, by that of one fit that is scored."""
    X, y = DATA[data](return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    found = []
    for _ in range(5):
        begun = time.process_time()
        model(library, n_rounds, 0).fit(X_train, y_train).score(X_test, y_test)
        between = time.process_time()
        one = model(library, n_rounds, 0)
        spec = tb.grower_of(one)
        if spec is None:
            raise SystemExit(f"nothing grows {library}")
        growth = spec.begin(tb.GrowthRequest(model=one, X=X_train, y=y_train, params={}))
        for n in range(10, n_rounds + 1, 10):
            growth.grow(n).score(X_test, y_test)
        growth.close()
        found.append((time.process_time() - between) / (between - begun))
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--pruner", default="asha")
    parser.add_argument("--libraries", default="xgboost,lightgbm,catboost")
    parser.add_argument("--data", default="breast cancer,digits")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for library in given.libraries.split(","):
        for data in given.data.split(","):
            cost = overhead(library, data, given.rounds)
            print(f"{library}, {data}: {cost:.2f} x one fit")
            for seed in range(given.seeds):
                share, gained = pruned(library, data, given.pruner, seed, given.rounds)
                print(f"  seed {seed}: {share:.3f} of the rounds, accuracy {gained:+.4f}", flush=True)


if __name__ == "__main__":
    main()
