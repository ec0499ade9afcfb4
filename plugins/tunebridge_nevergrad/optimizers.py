"""nevergrad's optimizers by the name after the colon, and their settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nevergrad.optimization import base
from nevergrad.optimization.differentialevolution import DifferentialEvolution
from nevergrad.optimization.optimizerlib import ConfPSO, ParametrizedCMA, ParametrizedOnePlusOne

CONFIGURED: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "one-plus-one": (ParametrizedOnePlusOne, {}),
    "de": (DifferentialEvolution, {}),
    "two-points-de": (DifferentialEvolution, {"crossover": "twopoints"}),
    "pso": (ConfPSO, {}),
    "cma": (ParametrizedCMA, {}),
}
"""What configures each optimizer, and with what.

PSO is the one without a transform (`RealSpacePSO`): the registered `PSO` sticks to the bounds. CMA is made
anew for each study: one that was asked for one dimension spoils its settings for all that share them.
"""


def optimizer(
    name: str, parametrization: Any, budget: int | None, options: Mapping[str, Any]
) -> base.Optimizer:
    """Return an optimizer.

    Args:
        name: The name after the colon.
        parametrization: The native space, seeded.
        budget: Trials of the whole study.
        options: Those of the optimizer, and `num_workers`.
    """
    given = dict(options)
    n_workers = given.pop("num_workers", 1)
    make, fixed = CONFIGURED[name]
    made: base.Optimizer = make(**fixed, **given)(parametrization, budget=budget, num_workers=n_workers)
    return made


def effective(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an optimizer, the library's defaults included."""
    make, fixed = CONFIGURED[name]
    known = inspect.signature(make).parameters.values()
    return {"num_workers": 1, **{one.name: one.default for one in known}, **fixed, **options}
