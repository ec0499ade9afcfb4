"""Rounds that pruning callbacks leave of the same candidates: tunebridge's, and Optuna's own.

python -m benchmarks.boosters_optuna --seeds 10

Each candidate trains once, on one split of breast cancer, and is judged by its log loss on the rest: after
each tenth round, as in a search, or after each with `--every 1`, by both.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from statistics import fmean
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import optuna
from optuna_integration import CatBoostPruningCallback, LightGBMPruningCallback, XGBoostPruningCallback
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import tunebridge as tb
from benchmarks.boosters import N_CANDIDATES, SPACES, model
from tunebridge_boosting import catboost_callback, lightgbm_callback, xgboost_callback

METRICS = {
    "xgboost": "validation_0-logloss",
    "lightgbm": "valid_0-binary_logloss",
    "catboost": "validation-Logloss",
}
OURS: dict[str, Callable[..., Any]] = {
    "xgboost": xgboost_callback,
    "lightgbm": lightgbm_callback,
    "catboost": catboost_callback,
}


class XGBoostAtTimes(XGBoostPruningCallback):  # type: ignore[misc]
    """Optuna's callback after some rounds alone."""

    every = 1

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        return bool((epoch + 1) % self.every == 0 and super().after_iteration(model, epoch, evals_log))


class CatBoostAtTimes(CatBoostPruningCallback):  # type: ignore[misc]
    """Optuna's callback after some rounds alone."""

    every = 1

    def after_iteration(self, info: Any) -> bool:
        return bool(info.iteration % self.every or super().after_iteration(info))


def optunas(library: str, trial: Any, every: int) -> Any:
    """Return Optuna's callback of a library."""
    if library == "lightgbm":
        return LightGBMPruningCallback(trial, "binary_logloss", report_interval=every)
    callback: Any = CatBoostAtTimes(trial, "Logloss")
    if library == "xgboost":
        callback = XGBoostAtTimes(trial, METRICS["xgboost"])
    callback.every = every
    return callback


ASHA: dict[str, Any] = {
    "asha": "asha",
    "asha, from round 10, a third": tb.pruner("asha", min_resource=10, reduction_factor=3),
}
PRUNERS: dict[str, Callable[[int], Any]] = {
    "its default (median)": lambda n_rounds: optuna.pruners.MedianPruner(),
    "successive halving": lambda n_rounds: optuna.pruners.SuccessiveHalvingPruner(),
    # It counts rounds from 0.
    "successive halving, from round 10, a third": lambda n_rounds: optuna.pruners.SuccessiveHalvingPruner(
        min_resource=9, reduction_factor=3
    ),
    "hyperband": lambda n_rounds: optuna.pruners.HyperbandPruner(max_resource=n_rounds),
}


class Training:
    """Candidates of one library and seed, each trained on one split."""

    def __init__(self, library: str, seed: int, n_rounds: int) -> None:
        self.library, self.seed, self.n_rounds = library, seed, n_rounds
        X, y = load_breast_cancer(return_X_y=True)
        self.rows = train_test_split(X, y, random_state=seed, stratify=y, test_size=0.3)

    def fit(self, params: Any, callback: Any) -> float:
        """Train with a callback, and return the last log loss that was measured."""
        X, X_valid, y, y_valid = self.rows
        one, valid = model(self.library, self.n_rounds, self.seed).set_params(**params), [(X_valid, y_valid)]
        if self.library == "xgboost":
            one.set_params(eval_metric="logloss", callbacks=[callback]).fit(
                X, y, eval_set=valid, verbose=False
            )
            return float(one.evals_result()["validation_0"]["logloss"][-1])
        if self.library == "lightgbm":
            one.fit(X, y, eval_set=valid, callbacks=[callback])
            return float(one.evals_result_["valid_0"]["binary_logloss"][-1])
        one.fit(X, y, eval_set=valid, callbacks=[callback], use_best_model=False)
        return float(one.get_evals_result()["validation"]["Logloss"][-1])

    def ours(self, every: int, pruner: Any) -> tb.Result:
        """Search with tunebridge's callback."""

        def objective(trial: tb.Trial) -> float:
            return self.fit(trial, OURS[self.library](trial, METRICS[self.library], every=every))

        problem = tb.Problem(objective, SPACES[self.library])
        settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": N_CANDIDATES, "seed": self.seed}
        return tb.tune(problem, pruner=pruner, **settings)

    def optunas(self, candidates: list[Any], every: int, pruner: Any) -> optuna.Study:
        """Give the same candidates to Optuna's callback."""
        study = optuna.create_study(study_name=f"s{self.seed}", pruner=pruner)
        for params in candidates:
            trial = study.ask()
            callback = optunas(self.library, trial, every)
            try:
                value = self.fit(params, callback)
                if self.library == "catboost":
                    callback.check_pruned()
                study.tell(trial, value)
            except optuna.TrialPruned:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return study


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--libraries", default="xgboost,lightgbm,catboost")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for library in given.libraries.split(","):
        shares: dict[str, list[float]] = {}
        values: dict[str, list[float]] = {}
        for seed in range(given.seeds):
            one, found, candidates = Training(library, seed, given.rounds), {}, []
            for name, pruner in ASHA.items():
                result = one.ours(given.every, pruner)
                candidates = [trial.params for trial in result.trials]
                trained = sum(trial.reports[-1].step for trial in result.trials)
                found[f"tunebridge, {name}"] = trained, float(result.best_value)
            for name, made in PRUNERS.items():
                study = one.optunas(candidates, given.every, made(given.rounds))
                trained = sum(max(trial.intermediate_values) + 1 for trial in study.trials)
                found[f"Optuna, {name}"] = trained, float(study.best_value)
            for name, (trained, value) in found.items():
                shares.setdefault(name, []).append(trained / (N_CANDIDATES * given.rounds))
                values.setdefault(name, []).append(value)
        for name, column in shares.items():
            print(
                f"{library}, {name}: {fmean(column):.3f} of the rounds "
                f"({min(column):.3f} to {max(column):.3f}), "
                f"best log loss {fmean(values[name]):.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
