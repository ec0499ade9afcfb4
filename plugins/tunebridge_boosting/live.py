"""Params of boosters that change between rounds so that they take effect, or are refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tunebridge import LiveParamError
from tunebridge.display.brief import brief
from tunebridge.training.tries import is_same
from tunebridge_boosting.growth import Way
from tunebridge_boosting.twin import fault_of

FROZEN = "no round of this model reads it"
"""Why most params cannot change."""


KIND = ("boosting", "boosting_type", "boost")
"""How a LightGBM booster's params name its kind."""


def faults(way: Way, model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why params cannot change between rounds, by name; nothing if they can.

    Args:
        way: How models of its library grow.
        model: An estimator with its params set.
        changed: New values by name.
    """
    known = model.get_params()
    return _faults(
        way, model, {name: value for name, value in changed.items() if not is_same(value, known.get(name))}
    )


def _faults(way: Way, model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    return _unread(way, model, changed) or _wrong(way, model, changed)


def _unread(way: Way, model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why no round would read a param, whatever it is."""
    live = way.live(model)
    names = {name: way.names.get(name, name) for name in changed}
    return {name: _reason(way, own) for name, own in names.items() if own not in live}


def _wrong(way: Way, model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with new values."""
    reason = fault_of(way, model, changed) if changed else ""
    return dict.fromkeys(changed, reason) if reason else {}


def refuse(reasons: Mapping[str, str], *, in_every_trial: bool = False) -> None:
    """Refuse changes, by name.

    Args:
        reasons: Why params cannot change.
        in_every_trial: Whether their values decide nothing.

    Raises:
        LiveParamError: There is a reason.
    """
    if reasons:
        raise LiveParamError.of(
            "while a booster grows, it cannot change",
            reasons,
            hint=f"leave {', '.join(reasons)} to whole trials, or change what its rounds read: learning_rate",
            in_every_trial=in_every_trial,
        )


def apply(booster: Any, changed: Mapping[str, Any]) -> None:
    """Give a booster that is trained new params, as `tunebridge_boosting.apply` says."""
    way, model = _stand_in(booster)
    # Of what the booster has, the stand-in's defaults say nothing.
    refuse(_unread(way, model, changed), in_every_trial=True)
    refuse(_wrong(way, model, changed))
    if changed:
        way.change(booster, changed)


def _stand_in(booster: Any) -> tuple[Way, Any]:
    """Return how boosters like this one grow, and an estimator of its kind."""
    library = type(booster).__module__.partition(".")[0]
    if library == "xgboost" and hasattr(booster, "save_config"):
        from xgboost import XGBRegressor

        from tunebridge_boosting.of_xgboost import WAY

        kind = json.loads(booster.save_config())["learner"]["learner_train_param"]["booster"]
        return WAY, XGBRegressor(booster=kind)
    if library == "lightgbm" and hasattr(booster, "reset_parameter"):
        from lightgbm import LGBMRegressor

        from tunebridge_boosting.of_lightgbm import WAY as OTHER

        kind = next((booster.params[name] for name in KIND if name in booster.params), "gbdt")
        own: dict[str, Any] = (
            {"subsample": 0.5, "subsample_freq": 1} if kind in ("rf", "random_forest") else {}
        )
        return OTHER, LGBMRegressor(boosting_type=kind, verbose=-1, **own)
    raise LiveParamError(
        f"apply takes a Booster of xgboost or LightGBM that is being trained, got {brief(booster)}",
        hint="an estimator's fit begins anew: use training, a callback, or a search with feedback='rounds'",
    )


def _reason(way: Way, name: str) -> str:
    return next((reason for names, reason in way.reasons.items() if name in names), FROZEN)
