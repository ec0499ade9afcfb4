"""Boosters of other libraries: their params cannot change by `apply`, and this is what to do instead."""

from __future__ import annotations

INSTEAD = {
    "xgboost": "search with feedback='rounds', which lets rules change it; or train a xgboost.Booster "
    'yourself: booster.update(...), and between rounds booster.set_param({"eta": ...})',
    "lightgbm": "search with feedback='rounds', which lets rules change it; or train a lightgbm.Booster "
    'yourself: booster.update(), and between rounds booster.reset_parameter({"learning_rate": ...})',
    "catboost": "train in parts: fit a new model that has all params and a learning_rate by name, with "
    "init_model=the model up to now",
}
"""How params change in mid-training, by library."""


AT_ITS_OWN = "each fit of {} begins anew, or goes on by rules of its own"
"""Why none of them can change; takes the library."""


def library_of(model: object) -> str:
    """Return the library that a booster comes from, or nothing for all other models."""
    roots = (kind.__module__.partition(".")[0] for kind in type(model).__mro__)
    return next((root for root in roots if root in INSTEAD), "")
