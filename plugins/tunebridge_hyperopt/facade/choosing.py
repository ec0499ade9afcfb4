"""Who proposes in `fmin`: a backend by name, the environment's, or the algorithm that the script names."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from hyperopt import anneal, rand, tpe

from tunebridge import Backend, TunebridgeError, backend, logger_of
from tunebridge_hyperopt.facade.algo import BackendAlgo, OwnAlgo, algo
from tunebridge_hyperopt.posterior import quickened

logger = logger_of(__name__)

ENVIRONMENT = "TUNEBRIDGE_BACKEND"
"""The variable that names a backend for scripts that are not to be changed."""

OWN = {tpe.suggest: "hyperopt:tpe", anneal.suggest: "hyperopt:anneal", rand.suggest: "hyperopt:random"}
"""hyperopt's own algorithms, and the backends that are the same."""


def chosen_algo(wanted: Any, *, n_trials: int | None, on_lossy: Any) -> Any:
    """Return what hyperopt's `fmin` is to take for `algo`.

    Args:
        wanted: What the script says: a backend, an algorithm of hyperopt's, or None.
        n_trials: Trials of the whole run, if limited.
        on_lossy: What to do about a lossy translation.
    """
    settings = {"n_trials": n_trials, "on_lossy": on_lossy}
    if isinstance(wanted, str | Backend):
        return algo(wanted, **settings)
    named = os.environ.get(ENVIRONMENT)
    if not named or isinstance(wanted, BackendAlgo | OwnAlgo):
        return quickened(wanted)
    chosen = _of_environment(named)
    if wanted is None:
        return algo(chosen, **settings)
    own = wanted
    while isinstance(own, partial):
        own = own.func
    if OWN.get(own) == chosen.spec.name:
        return quickened(wanted)
    logger.warning("%s=%s is set: it proposes in the place of algo=%r", ENVIRONMENT, named, wanted)
    return algo(chosen, **settings)


def _of_environment(named: str) -> Backend:
    """Return the backend that the environment names."""
    try:
        return backend(named)
    except TunebridgeError as error:
        error.add_note(
            f"the environment variable {ENVIRONMENT}={named} names it: name another there, or unset it"
        )
        raise
