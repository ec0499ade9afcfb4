"""The search estimators of others, of which Optuna's and hyperopt's need words of their own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import hyperopt
import optuna
from hyperopt.sklearn import HyperoptSearchCV
from optuna_integration import OptunaSearchCV
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning


def optuna_search(
    model: BaseEstimator,
    space: Any,
    n_trials: int,
    *,
    cv: Any,
    random_state: int,
    pruner: optuna.pruners.BasePruner | None = None,
) -> BaseEstimator:
    """Return Optuna's own search, whose sampler gets the same seed as ours; with a pruner, by epochs."""
    sampler = optuna.samplers.TPESampler(seed=random_state)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    given = {"enable_pruning": True, "max_iter": model.max_iter} if pruner else {}
    return OptunaSearchCV(model, space, study=study, n_trials=n_trials, cv=cv, **given)


def hyperopt_search(model: BaseEstimator, space: Any, n_trials: int, **common: Any) -> BaseEstimator:
    """Return hyperopt's own search."""
    return HyperoptSearchCV(model, space, max_evals=n_trials, algo=hyperopt.tpe.suggest, **common)


@contextmanager
def silence() -> Iterator[None]:
    """Hide what others say while they search: a progress bar that cannot be turned off, and warnings."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
