"""A checkpoint: a folder that an objective has written, to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """A folder that a trial has written, as a path: `Path(checkpoint)`, `os.fspath(checkpoint)`."""

    path: Path
    """The folder."""
    number: int
    """Number of the trial that wrote it."""
    step: int
    """The step of the report before it."""
    value: float | None = None
    """The value of that report."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Params to apply once it is loaded; the trial has them already."""
    keeper: object = field(default=None, repr=False, compare=False)
    """What keeps a temporary folder there; None for a folder that stays."""

    def news(self, had: Mapping[str, Any], has: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the changed params that a model lacks once it is loaded, with their values now.

        What a rule changes, a model may have got before it was saved; what was explored, it has not.

        Args:
            had: The params of the model that was saved.
            has: Those that its trial has now.
        """
        return {name: has[name] for name in self.changed if name not in had or had[name] != has[name]}

    def __fspath__(self) -> str:
        """Return the folder as text."""
        return str(self.path)

    def __truediv__(self, name: str) -> Path:
        """Return the path of something in it."""
        return self.path / name
