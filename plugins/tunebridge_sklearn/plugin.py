"""Registers scikit-learn's random and grid search, and readers of its searches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from tunebridge import (
    BackendSpec,
    Capabilities,
    CaptureSpec,
    GrowerSpec,
    Growth,
    GrowthRequest,
    OpenRequest,
    ReaderSpec,
    Reading,
    Session,
    StoredStudy,
    hookimpl,
)
from tunebridge_sklearn.space import translate_grid, translate_random
from tunebridge_sklearn.watched import capture_spec

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
            capabilities=replace(DRAWING, restorable=True),
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


@hookimpl
def tunebridge_register_captures(register: Callable[[CaptureSpec], None]) -> None:
    """Register scikit-learn's searches in scripts."""
    register(capture_spec())


@hookimpl
def tunebridge_register_growers(register: Callable[[GrowerSpec], None]) -> None:
    """Register what grows histogram boosting by rounds."""
    register(
        GrowerSpec(
            name="histogram",
            summary="histogram boosting of scikit-learn's, by warm starts",
            requires=("scikit-learn",),
            extra="sklearn",
            takes=_is_histogram,
            resources=("max_iter",),
            rounds=lambda model: int(model.max_iter),
            begin=_begin,
            faults=_faults,
            keeps=lambda model: True,
        )
    )


@hookimpl
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Register the readers of fitted searches, and of the dictionary that they keep."""
    kinds = [
        ("search", "a fitted search of scikit-learn's", "sklearn.model_selection._search.BaseSearchCV"),
        ("cv-results", "its cv_results_", "builtins.dict"),
    ]
    for name, summary, native in kinds:
        register(
            ReaderSpec(
                name=f"sklearn-{name}",
                summary=summary,
                requires=("scikit-learn",),
                extra="sklearn",
                native=native,
                read=_read_search if name == "search" else _read_results,
                takes=lambda source: not isinstance(source, dict) or "params" in source,
            )
        )

    register(
        ReaderSpec(
            name="sklearn-space",
            summary="dicts of lists and distributions of scikit-learn's, or a search over them",
            requires=("scikit-learn", "scipy"),
            extra="sklearn",
            space=_read_space,
            parts=("sklearn.model_selection._search.BaseSearchCV",),
            takes_space=_is_space,
        )
    )


def _is_histogram(model: object) -> bool:
    """Return whether a model is one, and trains as it does; scikit-learn is not imported for it."""
    if not any(one.__module__.startswith("sklearn.ensemble._hist") for one in type(model).__mro__):
        return False
    from tunebridge_sklearn.known import BOOSTED, is_one_of

    return is_one_of(type(model), BOOSTED)


def _begin(request: GrowthRequest) -> Growth:
    from tunebridge_sklearn.histogram import HistogramGrowth

    return HistogramGrowth(request)


def _faults(model: Any, changed: Mapping[str, Any]) -> Mapping[str, str]:
    from tunebridge_sklearn.histogram import faults

    return faults(model, changed)


def _is_space(source: Any) -> bool:
    """Return whether this is a dict, or a list of dicts, of lists and distributions; nothing deeper."""
    dicts = source if isinstance(source, list) else [source]
    if not all(isinstance(one, Mapping) for one in dicts) or any("mean_fit_time" in one for one in dicts):
        return False
    values = [value for one in dicts for value in one.values()]
    return any(map(_is_drawn, values)) and not any(isinstance(value, Mapping) for value in values)


def _is_drawn(value: Any) -> bool:
    is_list = hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)
    return is_list or hasattr(value, "rvs")


def _read_space(source: Any) -> Reading:
    from tunebridge_sklearn.reading import read_dicts

    given = getattr(source, "param_distributions", getattr(source, "param_grid", source))
    return read_dicts(given)


def _read_search(search: Any) -> StoredStudy:
    from tunebridge_sklearn.reader import read_search

    return read_search(search)


def _read_results(results: Any) -> StoredStudy:
    from tunebridge_sklearn.reader import read_results

    return read_results(results)


def _open_random(request: OpenRequest) -> Session:
    from tunebridge_sklearn.session import open_random

    return open_random(request)


def _open_grid(request: OpenRequest) -> Session:
    from tunebridge_sklearn.session import open_grid

    return open_grid(request)
