"""Registers nevergrad's optimizers, five of hundreds: one of each kind that is worth a budget of its own.

NGOpt is left out. Tried with nevergrad 1.0.12 and numpy 2.4: it fails from budgets of 200 on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tunebridge import BackendSpec, Capabilities, OpenRequest, Prior, Session, hookimpl
from tunebridge_nevergrad.options import rules
from tunebridge_nevergrad.space import translate

DE_OPTIONS = ("crossover", "F1", "F2", "popsize", "num_workers")


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per optimizer."""
    middle = Prior.MIDDLE
    register(_spec("one-plus-one", "(1+1) evolution strategy", ("mutation", "num_workers"), prior=middle))
    register(_spec("de", "differential evolution", DE_OPTIONS, multi_objective=True, default=True))
    register(_spec("two-points-de", "differential evolution with two-point crossover", DE_OPTIONS[1:]))
    register(_spec("pso", "particle swarms", ("popsize", "omega", "phip", "phig", "num_workers")))
    cma = ("scale", "elitist", "popsize", "diagonal", "num_workers")
    register(_spec("cma", "covariance matrix adaptation", cma, prior=middle, needs_budget=True))


def _spec(
    optimizer: str,
    summary: str,
    options: tuple[str, ...],
    *,
    prior: Prior = Prior.DECLARED,
    default: bool = False,
    multi_objective: bool = False,
    needs_budget: bool = False,
) -> BackendSpec:
    name = f"nevergrad:{optimizer}"
    return BackendSpec(
        name=name,
        summary=summary,
        translate=partial(translate, backend=name),
        open=partial(_open, optimizer),
        requires=("nevergrad",),
        extra="nevergrad",
        capabilities=Capabilities(
            multi_objective=multi_objective,
            learns=True,
            accepts_foreign_trials=True,
            observes_foreign_trials=True,
            learns_from_pruned=True,
            resumes_exactly=True,
            needs_budget=needs_budget,
        ),
        prior=prior,
        explores=False,
        settings=partial(_settings, optimizer),
        options=options,
        rules=rules(optimizer, options),
        default=default,
    )


def _settings(optimizer: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from tunebridge_nevergrad.optimizers import effective

    return effective(optimizer, options)


def _open(optimizer: str, request: OpenRequest) -> Session:
    from tunebridge_nevergrad.session import open_session

    return open_session(optimizer, request)
