"""Registers scikit-learn's random and grid search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, hookimpl
from tunebridge_sklearn.space import translate_grid, translate_random

DRAWING = Capabilities(
    conditional=True,
    multi_objective=True,
    accepts_foreign_trials=True,
    resumes_exactly=True,
    independent=True,
)
"""What both can do; neither learns."""


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per search."""
    register(
        BackendSpec(
            name="sklearn:random",
            summary="independent random draws; lists without replacement",
            translate=partial(translate_random, backend="sklearn:random"),
            open=_open_random,
            requires=("scikit-learn", "scipy"),
            extra="sklearn",
            capabilities=DRAWING,
            default=True,
        )
    )
    register(
        BackendSpec(
            name="sklearn:grid",
            summary="every point of a grid once, in the order of GridSearchCV",
            translate=partial(translate_grid, backend="sklearn:grid"),
            open=_open_grid,
            requires=("scikit-learn", "scipy"),
            extra="sklearn",
            capabilities=replace(DRAWING, finite=True),
            options=("points",),
        )
    )


def _open_random(request: OpenRequest) -> Session:
    from tunebridge_sklearn.session import open_random

    return open_random(request)


def _open_grid(request: OpenRequest) -> Session:
    from tunebridge_sklearn.session import open_grid

    return open_grid(request)
