"""The distribution from which CMA-ES draws, as JSON.

Optuna keeps it, pickled, among the attributes of trials of its study in memory. That never comes to a store:
what is kept of it is plain numbers, of which the attributes are made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import cmaes
from optuna.samplers import CmaEsSampler
from optuna.trial import FrozenTrial, TrialState

from tunebridge_optuna import private
from tunebridge_optuna.arrays import read, written

KINDS = {kind.__name__: kind for kind in (cmaes.CMA, cmaes.SepCMA, cmaes.CMAwM)}
"""What Optuna draws from."""


def distributions(sampler: CmaEsSampler, trials: Iterable[FrozenTrial]) -> dict[str, Any]:
    """Return those that may be drawn from again, by the numbers of the trials that have them.

    These are the last complete trial with one, and those after it that may still become complete.
    """
    found: dict[str, Any] = {}
    for trial in sorted(trials, key=lambda one: one.number, reverse=True):
        is_complete = trial.state is TrialState.COMPLETE
        optimizer = private.optimizer_of(sampler, trial)
        if optimizer is not None and (is_complete or not trial.state.is_finished()):
            found[str(trial.number)] = _written(optimizer)
            if is_complete:
                break
    return found


def attributes(sampler: CmaEsSampler, found: Mapping[str, Any]) -> dict[int, dict[str, str]]:
    """Return the attributes of trials that hold what `distributions` has returned, by their numbers."""
    return {int(number): private.optimizer_attributes(sampler, _read(one)) for number, one in found.items()}


def _written(optimizer: Any) -> dict[str, Any]:
    parts = {
        name: _written(part) if isinstance(part, cmaes.CMA) else written(part)
        for name, part in optimizer.__getstate__().items()
    }
    return {"kind": type(optimizer).__name__, "parts": parts}


def _read(kept: Mapping[str, Any]) -> Any:
    parts = {
        name: _read(part) if isinstance(part, Mapping) and "kind" in part else read(part)
        for name, part in kept["parts"].items()
    }
    kind: Any = KINDS[kept["kind"]]
    optimizer = kind.__new__(kind)
    if hasattr(optimizer, "__setstate__"):
        optimizer.__setstate__(parts)
    else:
        vars(optimizer).update(parts)
    return optimizer
