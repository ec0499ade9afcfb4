"""What asking costs, against what evaluating does: the one part of `auto` that reads a clock."""

from __future__ import annotations

from collections.abc import Iterable

EXPECTED = {"optuna:gp": 0.2}
"""What a proposal of a costly member is expected to take before one was measured, in seconds."""

CHEAP = 0.05
"""Seconds that are no reason to step back."""

NEW = 0.3
"""How much the last proposal counts in what the next one is expected to cost."""

WITHOUT = "without "
"""How a decision begins, as it is stored with a trial."""


class Costs:
    """Who steps back.

    Args:
        share: The share of the objective's own time that asking may take; None if nobody ever steps back.
    """

    def __init__(self, share: float | None) -> None:
        """Begin with nothing measured."""
        self._share = share
        self._evaluated = 0.0
        self._asked = 0.0
        self._opened: set[str] = set()
        self._last: dict[str, float] = {}

    def stop(self) -> None:
        """Let nobody step back from now on."""
        self._share = None

    def asked(self, name: str, seconds: float) -> None:
        """Take in what a proposal has cost.

        The first one of a member opens its session and imports its library: of a quick member it says nothing
        of the next.
        """
        self._asked += seconds
        if name not in self._opened and name not in EXPECTED:
            self._opened.add(name)
            return
        last = self._last.get(name, seconds)
        self._last[name] = (1 - NEW) * last + NEW * seconds

    def evaluated(self, seconds: float) -> None:
        """Take in how long a trial was with the objective."""
        self._evaluated += seconds

    def decide(self, names: Iterable[str]) -> str:
        """Return who steps back now, in the words that are stored; empty for nobody. The quickest stays."""
        if self._share is None:
            return ""
        left = max(self._share * self._evaluated - self._asked, CHEAP)
        _, *slower = sorted(names, key=self._next)
        away = sorted(name for name in slower if self._next(name) > left)
        return WITHOUT + ", ".join(away) if away else ""

    def _next(self, name: str) -> float:
        return self._last.get(name, EXPECTED.get(name, 0.0))


def away(decided: str) -> frozenset[str]:
    """Return who stepped back, by a decision."""
    return frozenset(decided.removeprefix(WITHOUT).split(", ")) if decided else frozenset()
