"""Registers what grows boosters by rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tunebridge import GrowerSpec, Growth, GrowthRequest, hookimpl
from tunebridge_boosting.names import OTHER_ROUNDS, ROUNDS_OF_CATBOOST

if TYPE_CHECKING:
    from tunebridge_boosting.growth import Way


@hookimpl
def tunebridge_register_growers(register: Callable[[GrowerSpec], None]) -> None:
    """Register one per library."""
    takes = partial(_is_of, "xgboost", "XGBModel", ("XGBRFClassifier", "XGBRFRegressor"))
    summary = "models of xgboost, all boosters but forests and Dask's"
    register(_waiting("xgboost", summary, takes, ("n_estimators",), _xgboost))
    takes = partial(_is_of, "lightgbm", "LGBMModel", ())
    summary = "models of LightGBM, all kinds of boosting but Dask's"
    register(_waiting("lightgbm", summary, takes, ("n_estimators", *OTHER_ROUNDS), _lightgbm))
    register(
        GrowerSpec(
            name="catboost",
            summary="models of CatBoost, by snapshots",
            extra="catboost",
            takes=partial(_is_of, "catboost", "CatBoost", ()),
            resources=ROUNDS_OF_CATBOOST,
            rounds=lambda model: _catboost().rounds(model),
            begin=lambda request: _catboost().SnapshotGrowth(request),
            faults=lambda model, changed: _catboost().faults(model, changed),
            keeps=lambda model: True,
            unknown=partial(_unknown, "catboost"),
        )
    )


def _waiting(
    name: str,
    summary: str,
    takes: Callable[[object], bool],
    resources: tuple[str, ...],
    way: Callable[[], Way],
) -> GrowerSpec:
    """Return what grows models in fits that wait; their library is loaded when one is there."""
    return GrowerSpec(
        name=name,
        summary=summary,
        extra=name,
        takes=takes,
        resources=resources,
        rounds=lambda model: way().rounds(model),
        begin=lambda request: _begun(way(), request),
        faults=lambda model, changed: _faults(way(), model, changed),
        keeps=lambda model: way().keeps(model),
        redraws=lambda model: True,
        unknown=partial(_unknown, name),
        lacks_rows=lambda model, params: _lacks_rows(way(), model, params),
    )


def _is_of(library: str, kind: str, but: tuple[str, ...], model: object) -> bool:
    """Return whether a model is of a class of a library, which is not imported for it."""
    own = [one for one in type(model).__mro__ if one.__module__.partition(".")[0] == library]
    names = {one.__name__ for one in own}
    is_remote = any(".dask" in one.__module__ for one in own)
    return kind in names and not is_remote and names.isdisjoint(but)


def _xgboost() -> Way:
    from tunebridge_boosting.of_xgboost import WAY

    return WAY


def _lightgbm() -> Way:
    from tunebridge_boosting.of_lightgbm import WAY

    return WAY


def _catboost() -> Any:
    from tunebridge_boosting import of_catboost

    return of_catboost


def _begun(way: Way, request: GrowthRequest) -> Growth:
    from tunebridge_boosting.growth import WaitingGrowth

    return WaitingGrowth(way, request)


def _faults(way: Way, model: Any, changed: Mapping[str, Any]) -> Mapping[str, str]:
    from tunebridge_boosting.live import faults

    return faults(way, model, changed)


def _lacks_rows(way: Way, model: Any, params: Mapping[str, Any]) -> bool:
    """Return whether the library's own `fit` has a rule to stop early, and no rows for it."""
    if type(model).fit.__module__.partition(".")[0] != way.library:
        return False  # A subclass may split rows off by itself.
    request = GrowthRequest(model=model, X=(), y=(), params=params)
    return way.stops(replace(request, valid=((), ()))) and not way.stops(request)


def _unknown(library: str, model: Any, names: Sequence[str]) -> Sequence[str]:
    from tunebridge_boosting import unknown

    asked = {"xgboost": unknown.by_xgboost, "lightgbm": unknown.by_lightgbm, "catboost": unknown.by_catboost}
    return asked[library](model, names) if names else ()
