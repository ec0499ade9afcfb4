"""What is said of a study whose space has grown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunebridge.display.brief import brief, brief_text
from tunebridge.display.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownSpace:
    """A space that a study has grown to."""

    trial: int
    """The number of the first trial that may be anywhere in it."""
    changes: tuple[str, ...]
    """What is more than before, one line for each parameter, beginning with its full path."""
    filled: Mapping[str, object]
    """What new params were in the trials before, by full path: numbers, and labels of choices."""

    def __str__(self) -> str:
        """Return it in one line."""
        had = [f"{path} = {_shown(value)} in trials before" for path, value in self.filled.items()]
        return printable(f"has grown before trial {self.trial}: {'; '.join([*self.changes, *had])}")


def _shown(natural: object) -> str:
    """Return a number, or the label of a choice, which is its `repr` already."""
    return brief_text(natural) if isinstance(natural, str) else brief(natural)
