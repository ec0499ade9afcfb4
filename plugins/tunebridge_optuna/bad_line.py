"""A line of a journal that is no entry, and what can be read all the same: what stands before it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tunebridge_optuna.mending import last_line_start

CREATES_STUDY = 0
"""The `op_code` of an entry with which a study begins."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that nothing can be read after: entries name studies and trials by their places."""

    line: int
    """Its number, from 1."""
    is_entry: bool
    """Whether it is one, and contradicts those before it."""

    @property
    def n_left(self) -> int:
        """How many lines stand before it."""
        return self.line - 1

    def __str__(self) -> str:
        """Say which line it is."""
        return f"line {self.line}, which {'contradicts those before it' if self.is_entry else 'is no entry'}"


def bad_line(path: Path, line: int) -> BadLine:
    """Return a line that was found to be bad.

    Args:
        path: The journal.
        line: Its number, from 1.
    """
    with path.open("rb") as file:
        return BadLine(line, any(map(is_entry, islice(file, line - 1, line))))


def names_after(path: Path, n_left: int) -> list[str]:
    """Return the names of the studies that begin after a number of lines."""
    with path.open("rb") as file:
        return [name for text in islice(file, n_left, None) if (name := _begun(text)) is not None]


def find_bad_line(path: Path, n_sound: int = 0) -> int | None:
    """Return the number of the first whole line that is no entry, from 1.

    Args:
        path: The journal.
        n_sound: How many of the first ones are known to be entries.
    """
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if number > n_sound and text.endswith(b"\n") and not is_entry(text):
                return number
    return None


def ends_badly(path: Path) -> bool:
    """Return whether the last line is whole, and no entry: Optuna passes over it."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0 or os.pread(file.fileno(), 1, size - 1) != b"\n":
            return False
        file.seek(last_line_start(file.fileno(), size - 1))
        return not is_entry(file.readline())


def is_entry(text: bytes) -> bool:
    """Return whether a line is an entry."""
    try:
        entry = json.loads(text)
    except ValueError:
        return False
    return isinstance(entry, dict) and "op_code" in entry


def _begun(text: bytes) -> str | None:
    """Return the name of the study that begins with a line; None if none does."""
    if b'"study_name"' not in text or not is_entry(text):
        return None
    entry = json.loads(text)
    return str(entry.get("study_name")) if entry["op_code"] == CREATES_STUDY else None
