"""hyperopt's own `fmin`, where `algo` may be any backend."""

from __future__ import annotations

import inspect
from typing import Any

import hyperopt

from tunebridge import ProblemError, Space
from tunebridge_hyperopt.facade.advice import advised
from tunebridge_hyperopt.facade.algo import BackendAlgo
from tunebridge_hyperopt.facade.choosing import chosen_algo

SIGNATURE = inspect.signature(hyperopt.fmin)


def fmin(*args: Any, on_lossy: Any = "warn", **kwargs: Any) -> Any:
    """Run hyperopt's own `fmin` with any backend.

    Arguments, their order and what is returned are those of the installed hyperopt. `algo` may also be the
    name of a backend, such as `"optuna:gp"`, or what `tunebridge.backend` or `tunebridge_hyperopt.algo`
    returns. Where the environment variable `TUNEBRIDGE_BACKEND` names a backend, that one proposes in the
    place of an algorithm of hyperopt's.

    Args:
        *args: As of `hyperopt.fmin`.
        on_lossy: What to do where the backend proposes other values or weights than the space says: "warn",
            or "error".
        **kwargs: As of `hyperopt.fmin`.

    Raises:
        UnknownNameError: No backend has this name.
        TranslationError: The backend cannot propose a parameter, or is lossy and `on_lossy` is "error".
    """
    with advised():
        given = SIGNATURE.bind(*args, **kwargs)
        named = given.arguments
        if isinstance(named["space"], Space):
            raise ProblemError(
                "fmin takes a space of hyperopt's, and this is a tunebridge.Space",
                hint='hand over tunebridge.to_native(space, "hyperopt:tpe"), or call tunebridge.tune',
            )
        proposer = chosen_algo(named.get("algo"), n_trials=named.get("max_evals"), on_lossy=on_lossy)
        named["algo"] = proposer
        try:
            return hyperopt.fmin(*given.args, **given.kwargs)
        finally:
            if isinstance(proposer, BackendAlgo):
                proposer.close()


fmin.__signature__ = SIGNATURE.replace(  # type: ignore[attr-defined]
    parameters=[
        *SIGNATURE.parameters.values(),
        inspect.Parameter("on_lossy", inspect.Parameter.KEYWORD_ONLY, default="warn"),
    ]
)
