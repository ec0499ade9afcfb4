"""Scripts in the working directory, and what their conversions do."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any


def write(text: str, name: str = "train.py") -> None:
    Path(name).write_text(dedent(text), encoding="utf-8")


def run(code: str) -> dict[str, Any]:
    """Return what the names of a script stand for once it has run."""
    names: dict[str, Any] = {"__name__": "converted"}
    exec(compile(code, "converted.py", "exec"), names)
    return names
