"""Whether all lines of a journal are there: each says where it began, and one of them where the last one did.

They say so in keys of their own, which Optuna passes over. A line says how many bytes stood before it, so one
that was cut out shows in all later ones. The first line that says so has a mark, too: where the last line
began, of a fixed width, overwritten in place once that line is on the disk. So it tells what was there at
least: a writer that is killed between the two has left more than it says. Lines of other programs, and of
earlier versions, say nothing, but are counted by those that follow.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = b',"tunebridge:last":'
WIDTH = 20
"""Digits and blanks of a mark: any size of a file."""

KEY = b',"tunebridge:at":'

SIGNED = re.compile(KEY + rb"(\d+)\}\r?\n\Z")
"""The end of a line that says where it began: in JSON a value of others cannot look like it."""

MAX_SIGNATURE = 50
"""Bytes in which the end of a line is looked for."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that a journal has lost."""

    n_bytes: int
    """How many bytes they were; of the last ones, the byte where the very last began."""
    n_left: int
    """How many lines stand before them."""
    line: int | None
    """The first line after them that says so, from 1; None when they were the last ones."""

    def __str__(self) -> str:
        """Say what is missing."""
        if self.line is None:
            return f"the end missing: the last line began at byte {self.n_bytes}"
        place = f"between lines {self.n_left} and" if self.n_left else "before line"
        return f"{self.n_bytes} bytes missing {place} {self.line}"


@dataclass(frozen=True, slots=True)
class Chain:
    """What the lines of a journal say of one another."""

    mark: int | None
    """The byte at which the mark stands; None when no line has it."""
    gap: Gap | None
    """The first lines that are missing; None when all are there."""


def read_chain(path: Path) -> Chain:
    """Read what the lines of a journal say; a last line that is unfinished says nothing."""
    begin, seen, n_sure, number = 0, -1, 0, 0
    mark = last = gap = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = line.rfind(KEY, max(0, len(line) - MAX_SIGNATURE))
            signature = SIGNED.match(line, place) if place >= 0 else None
            if signature is not None:
                if mark is None and line.startswith(MARK, max(0, place - WIDTH - len(MARK))):
                    mark, last = begin + place - WIDTH, int(line[place - WIDTH : place])
                seen = max(seen, int(signature[1]))
                if gap is None and seen > begin:
                    gap = Gap(seen - begin, n_sure or number - 1, number)
                n_sure = number
            begin += len(line)
    if gap is None and last is not None and last > seen:
        gap = Gap(last, number, None)
    return Chain(mark, gap)


def signed(entry: Mapping[str, Any], begin: int, *, marked: bool) -> bytes:
    """Return the line of an entry.

    Args:
        entry: As Optuna made it.
        begin: How many bytes stand before it.
        marked: Whether it has the mark of the last line, which it is.
    """
    mark = MARK + b"%*d" % (WIDTH, begin) if marked else b""
    text = json.dumps(entry, separators=(",", ":")).encode()
    return text.removesuffix(b"}") + mark + KEY + b"%d}\n" % begin


def move_mark(path: Path, mark: int, begin: int) -> None:
    """Note where the last line began.

    Args:
        path: The journal.
        mark: The byte at which its mark stands.
        begin: Where its last line began, which is on the disk.
    """
    with path.open("r+b", buffering=0) as file:
        if os.pread(file.fileno(), len(MARK), mark - len(MARK)) == MARK:
            file.seek(mark)
            file.write(b"%*d" % (WIDTH, begin))
