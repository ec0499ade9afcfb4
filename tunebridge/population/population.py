"""What a user says of a population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import is_finite, is_int
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.registry.choice import Backend
from tunebridge.registry.labels import label_of

PERTURB = "perturb"
"""Explores by factors and steps; any other word is the name of a backend."""


@checked
@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Population-based training, as Jaderberg et al. (2017) describe it.

    All members train side by side. After each interval those of the lower quantile go on from a copy of the
    checkpoint of one of the upper quantile, with its params, some of them moved: see `explore`.
    """

    size: int
    """How many members train side by side, >= 2."""
    every: int
    """How many steps an interval has, >= 1; each ends with a checkpoint."""
    quantile: float = 0.25
    """The share of members that copies, and the share that is copied, 0 < quantile <= 0.5; at least one."""
    explore: str | Backend = PERTURB
    """How a copy's params are moved: "perturb", or the name of a backend that learns what intervals gain, or
    with options what `tunebridge.backend` returns."""
    params: Sequence[str] | None = None
    """Flat names of the params that are moved; None for all that can change while a trial trains."""
    factors: Sequence[float] = (0.8, 1.2)
    """By one of which a number is multiplied, each > 0 and not 1; below 1 also means one step down."""
    resample: float = 0.25
    """How likely a param is drawn anew instead, 0 <= resample <= 1."""

    def __post_init__(self) -> None:
        """Check what is given, and freeze the lists."""
        faults = [*_number_faults(self), *_list_faults(self)]
        if faults:
            raise ProblemError(f"a Population needs {'; '.join(faults)}")
        object.__setattr__(self, "factors", tuple(map(float, self.factors)))
        object.__setattr__(self, "params", None if self.params is None else tuple(self.params))

    @property
    def explorer(self) -> str:
        """What moves the params of copies, with its options, as a command line has it."""
        if isinstance(self.explore, str):
            return self.explore
        return label_of(self.explore.spec.name, dict(sorted(self.explore.options.items())))

    @property
    def n_copied(self) -> int:
        """How many members make a quantile of all."""
        return max(1, int(self.size * self.quantile))

    def interval(self, step: int) -> int:
        """Return how many intervals are over with a step."""
        return (step + 1) // self.every


def _number_faults(given: Population) -> list[str]:
    rules = {
        "size": ("an integer size >= 2", is_int(given.size) and given.size >= 2),
        "every": ("an integer every >= 1", is_int(given.every) and given.every >= 1),
        "quantile": ("0 < quantile <= 0.5", is_finite(given.quantile) and 0 < given.quantile <= 0.5),
        "resample": ("0 <= resample <= 1", is_finite(given.resample) and 0 <= given.resample <= 1),
    }
    return [f"{rule}, got {brief(getattr(given, name))}" for name, (rule, fits) in rules.items() if not fits]


def _list_faults(given: Population) -> list[str]:
    faults = []
    if not (isinstance(given.explore, str | Backend) and given.explore):
        faults.append(f'explore="perturb" or a backend, got {brief(given.explore)}')
    if not _is_list(given.factors, lambda one: is_finite(one) and one > 0 and one != 1):
        rule = "factors, a list of numbers > 0 other than 1"
        faults.append(f"{rule}, got {brief(given.factors)}")
    if given.params is not None and not _is_list(given.params, lambda one: isinstance(one, str)):
        faults.append(f"params, a list of names, or None for all, got {brief(given.params)}")
    return faults


def _is_list(given: object, fits: Callable[[Any], bool]) -> bool:
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    return is_list and bool(given) and all(map(fits, given))  # type: ignore[call-overload]
