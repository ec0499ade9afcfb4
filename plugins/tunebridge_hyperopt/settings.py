"""The settings of hyperopt's samplers, as their signatures have them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters of a function that have defaults, with these."""
    parameters = inspect.signature(function).parameters
    return {name: one.default for name, one in parameters.items() if one.default is not one.empty}
