"""Registers hyperopt's samplers.

atpe is left out: it needs lightgbm, costs 140 to 450 ms a trial, and raises `IndexError` on the quantised
parameters that every Int and Ordinal becomes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, hookimpl
from tunebridge_hyperopt.space import translate


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per suggest function."""
    tpe = ("prior_weight", "n_startup_jobs", "n_EI_candidates", "gamma", "tell_failures")
    anneal = ("avg_best_idx", "shrink_coef", "tell_failures")
    register(_spec("tpe", "tree-structured Parzen estimator", learns=True, options=tpe))
    register(_spec("anneal", "simulated annealing around the best trials", learns=True, options=anneal))
    register(_spec("random", "independent random draws", learns=False, options=()))


def _spec(sampler: str, summary: str, *, learns: bool, options: tuple[str, ...]) -> BackendSpec:
    name = f"hyperopt:{sampler}"
    return BackendSpec(
        name=name,
        summary=summary,
        translate=partial(translate, backend=name),
        open=partial(_open, sampler, learns),
        requires=("hyperopt",),
        extra="hyperopt",
        capabilities=Capabilities(
            conditional=True, observes_foreign_trials=learns, learns_from_pruned=learns
        ),
        options=options,
        default=sampler == "tpe",
    )


def _open(sampler: str, learns: bool, request: OpenRequest) -> Session:
    from tunebridge_hyperopt.session import HyperoptSession

    return HyperoptSession(request, sampler, learns=learns)
