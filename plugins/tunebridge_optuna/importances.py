"""Optuna's importances of parameters, for trials of any backend."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

from optuna.importance import get_param_importances

from tunebridge import Problem, Result, TrialRecord
from tunebridge_optuna.export import to_study


def evaluate(problem: Problem, trials: Sequence[TrialRecord]) -> Mapping[str, float]:
    """Return the share of each parameter by Optuna's own evaluator, on the trials as a study of Optuna's.

    Of several objectives it is that for reaching the Pareto front. Where the evaluator tells no parameter
    from the others, it gives them equal shares and a warning; these are taken for what they are: none.
    """
    bare = [replace(trial, reports=(), schedule=(), notes={}) for trial in trials]
    study = to_study(
        Result(problem=problem, study="importances", backend="", seed=0, trials=bare, stop_reason="")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        shares = get_param_importances(study)
    return {} if len(shares) > 1 and len(set(shares.values())) == 1 else shares
