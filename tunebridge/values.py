"""Values of which each trial needs several on its way through a study: they have to be cheap to make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Kind = TypeVar("Kind")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def passing(kind: type[Kind]) -> type[Kind]:
    """Make a class a dataclass of values that pass from one part of tunebridge to the next.

    Nobody changes one: the type checker refuses it. `frozen=True` would refuse it when the code runs, too,
    and make a value of ten fields three times as expensive.
    """
    return dataclass(slots=True, kw_only=True)(kind)
