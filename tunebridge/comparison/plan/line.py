"""A line of a comparison: one way of searching, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RANDOM = "random"
"""The sampler part of a backend's name that means random search, in whichever library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A backend with its options, and the pruner beside it, if there is one."""

    label: str
    """Its name in the comparison: `optuna:tpe(multivariate=True) + asha`."""
    backend: str
    """The backend's full name."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The backend's options, those given; what JSON has no form for is shown as text."""
    pruner: str = ""
    """The pruner with its options; empty for none."""

    @property
    def is_random(self) -> bool:
        """Whether it is plain random search."""
        return not self.pruner and self.backend.partition(":")[2] == RANDOM
