"""Changes params of a model in mid-training so that they take effect, or refuses them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from tunebridge import LiveParamError
from tunebridge.display.brief import brief
from tunebridge.training.tries import able_to_change, is_same
from tunebridge_sklearn.boosters import AT_ITS_OWN, INSTEAD, library_of
from tunebridge_sklearn.nets import BY_TORCH, begun_net, is_net, net_faults
from tunebridge_sklearn.training import last_step
from tunebridge_sklearn.tried import SILENT, effect_faults
from tunebridge_sklearn.twin import RESOURCES, Data, Unit

BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)

STRUCTURE: tuple[tuple[tuple[type, ...], tuple[str, ...], str], ...] = (
    ((MLPClassifier, MLPRegressor), ("activation", "hidden_layer_sizes"), "its layers were trained with it"),
    ((*BOOSTING, *HISTOGRAMS), ("loss",), "the trees that there are fit another loss"),
    (HISTOGRAMS, ("max_bins",), "the trees that there are have split other bins"),
    ((object,), ("random_state", "warm_start"), "it says how the training is repeated"),
)
"""Params that training would read, and that make another model: by kind, with the reason."""


FITTED_ONCE = "the other steps of a pipeline are fitted once"
"""Why only the last step of a pipeline can change."""

ASSUMED_FEATURES = 8
"""How many features are assumed where a model does not say."""


def apply(model: BaseEstimator, changed: Mapping[str, Any]) -> None:
    """Give a model new params in mid-training, so that they take effect; all of them, or none.

    `changed = yield score` in an objective of your own gives what a rule has changed:
    `apply(model, changed or {})`. Each change is first made to a small model with the same params, which is
    then compared with one that was not changed. A model that is not fitted yet takes any of its params.

    A net of skorch's takes `lr`, `optimizer__lr`, `optimizer__weight_decay`, `batch_size` and, of SGD,
    `optimizer__momentum`. Boosters of other libraries are refused.

    Args:
        model: It is trained by `partial_fit`, or by `fit` with `warm_start=True`; a pipeline's last step is.
        changed: New values by name, as `set_params` takes them.

    Raises:
        LiveParamError: The model has no such param, would ignore it, or would become another one; or the
            value is out of its bounds. Nothing is changed then.
    """
    _check_given(model, changed)
    found = faults(model, changed, unit_of(model))
    if found:
        _, last = _trained(model)
        said = f"while it trains, {type(last).__name__} cannot take"
        raise LiveParamError.of(said, found, hint=_hint(model, last, changed))
    model.set_params(**changed)


def _trained(model: BaseEstimator) -> tuple[str, Any]:
    """Return what of a model is trained by steps, after what its params are named: `clf__`, and itself."""
    prefix, last = "", model
    while isinstance(last, Pipeline):
        prefix += f"{last.steps[-1][0]}__"
        last = last_step(last)
    return prefix, last


def to_whole_trials(names: Iterable[str], able: Sequence[str] = ()) -> str:
    """Return what to do about params that cannot change.

    Args:
        names: Those that cannot.
        able: Others that can, as far as they are known.
    """
    others = f" ({', '.join(able)})" if able else ""
    return f"leave {', '.join(names)} to whole trials, or change another param{others}"


def _hint(model: BaseEstimator, last: Any, changed: Iterable[str]) -> str:
    """Return what can change instead."""
    library, unit = library_of(last), unit_of(model)
    if library:
        return INSTEAD[library]
    if is_net(last):
        return to_whole_trials(changed) + BY_TORCH
    prefix, _ = _trained(model)
    own = last.get_params(deep=False) if isinstance(last, BaseEstimator) else {}
    values = {prefix + name: value for name, value in own.items() if name not in {*RESOURCES, *SILENT}}
    able = able_to_change(values, lambda wanted: faults(model, wanted, unit))
    return to_whole_trials(changed, [name for name in able if name not in changed])


def _check_given(model: Any, changed: Any) -> None:
    """Check that each argument is what its name says."""
    library = library_of(model)
    if library and not isinstance(model, BaseEstimator):
        said = f"apply cannot change the params of a {type(model).__name__} of {library}"
        raise LiveParamError(said, hint=INSTEAD[library])
    if not isinstance(model, BaseEstimator):
        raise LiveParamError(
            f"apply takes a model of scikit-learn's that is being trained, got {brief(model)}",
            hint="hand over the object that you fit, not its class; for an optimizer: tunebridge_torch.apply",
        )
    if not isinstance(changed, Mapping):
        raise LiveParamError(
            f"changed must be new values by name, got {brief(changed)}",
            hint='write {"alpha": 0.1}; `changed = yield score` may be None: apply(model, changed or {})',
        )


def unit_of(model: BaseEstimator) -> Unit | None:
    """Return what a model is trained by; None if each `fit` begins anew, and reads all params."""
    _, last = _trained(model)
    if isinstance(last, BaseEstimator) and last.get_params(deep=False).get("warm_start"):
        return Unit.WARM_START
    return Unit.PARTIAL_FIT if hasattr(last, "partial_fit") else None


def faults(
    model: BaseEstimator,
    changed: Mapping[str, Any],
    unit: Unit | None,
    *,
    n_features: int | None = None,
    classes: Sequence[Any] | None = None,
) -> dict[str, str]:
    """Return why params cannot change, by name; nothing if they can.

    Args:
        model: Whose params they are.
        changed: New values by name.
        unit: What it is trained by; None if each `fit` begins anew.
        n_features: How many features it learns from; known from the model, if it is fitted.
        classes: The labels of a classifier; known from the model, if it is fitted.
    """
    known, (prefix, last) = model.get_params(), _trained(model)
    found = {name: "it has no such param" for name in changed if name not in known}
    if is_net(last):
        # It takes names of its parts' params that it does not show.
        found = {name: reason for name, reason in found.items() if "__" not in name.removeprefix(prefix)}
    changed = {name: value for name, value in changed.items() if not is_same(value, known.get(name))}
    if found or not changed:
        return found
    library = library_of(last)
    if library or unit is None:
        grown = library and _is_fitted(last)
        return dict.fromkeys(changed, AT_ITS_OWN.format(library)) if grown else {}
    if n_features is None and not _is_fitted(last):
        return {}
    found = {name: FITTED_ONCE for name in changed if not name.startswith(prefix)}
    if found:
        return found
    own = {name.removeprefix(prefix): value for name, value in changed.items()}
    reasons = (
        net_faults(begun_net(last), own)
        if is_net(last)
        else _own_faults(last, own, unit, n_features, classes)
    )
    return {prefix + name: reason for name, reason in reasons.items()}


def _own_faults(
    model: Any, changed: Mapping[str, Any], unit: Unit, n_features: int | None, classes: Sequence[Any] | None
) -> dict[str, str]:
    found = _structure_faults(model, changed, unit)
    if found:
        return found
    if classes is None:
        classes = getattr(model, "classes_", ())
    if n_features is None:
        n_features = getattr(model, "n_features_in_", ASSUMED_FEATURES)
    data = Data(n_features, tuple(np.asarray(classes).tolist()) if is_classifier(model) else ())
    return effect_faults(model, changed, unit, data)


def _structure_faults(model: Any, changed: Mapping[str, Any], unit: Unit) -> dict[str, str]:
    found = {
        name: reason
        for kinds, names, reason in STRUCTURE
        for name in names
        if name in changed and isinstance(model, kinds)
    }
    there = {"n_estimators": len(getattr(model, "estimators_", ()))}
    if isinstance(model, HISTOGRAMS):  # Of others it limits each `fit`.
        there["max_iter"] = getattr(model, "n_iter_", 0)
    for name, count in there.items():
        value = changed.get(name)
        if unit is Unit.WARM_START and isinstance(value, int) and value < count:
            found[name] = f"there are {count} already"
    return found


def _is_fitted(model: Any) -> bool:
    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True
