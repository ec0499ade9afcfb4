"""Where arguments belong that a search or `cross_validation` does not have."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from tunebridge import tune
from tunebridge.calls import shown
from tunebridge.registry.belonging import belongs

OF_OTHER_SEARCHES = ("confirm", "feedback")
"""What `TuneSearchCV` alone takes of the searches."""


def elsewhere(name: str, given: Mapping[str, Any]) -> str:
    """Return where an argument belongs that a search does not have; an empty text if nothing has it."""
    if name in OF_OTHER_SEARCHES:
        return f"it goes with TuneSearchCV(estimator, space, {name}={shown(given[name])})"
    if name in signature(tune).parameters:
        problem = "tunebridge_sklearn.cross_validation(estimator, X, y, space)"
        return f"it goes with tunebridge.tune({problem}, {name}={shown(given[name])})"
    return belongs(name, given)


def of_the_problem(name: str, given: Mapping[str, Any]) -> str:
    """Return where an argument belongs that `cross_validation` does not have, which makes a problem."""
    known = "seed" if name == "random_state" else name
    if known in signature(tune).parameters:
        return (
            f"it is said to the study: tunebridge.tune(cross_validation(...), {known}={shown(given[name])})"
        )
    return belongs(name, given)
