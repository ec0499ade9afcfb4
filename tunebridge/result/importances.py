"""How much each parameter of a study matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tunebridge.display.printable import printable, printed


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class Importances:
    """How much each parameter of a study matters, as an evaluator estimates it; or why that is not known."""

    evaluator: str
    """Its name; empty if there is none."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Shares by full path, which add up to 1, the largest first; parameters that never differ are absent."""
    n_trials: int
    """Number of complete trials that they are estimated from."""
    reason: str = ""
    """Why there are none, and what to do; empty if there are."""

    def __str__(self) -> str:
        """Return a line for each parameter, or why there are none."""
        lines = [f"{share * 100:5.1f} %  {path}" for path, share in self.shares.items()]
        return printable("\n".join(lines) or self.reason)
