"""README and the pages of `docs/`: their blocks of code, and how they are run.

A block under `<!-- not run: why -->` is not run. A block of `text` right under one of Python is what that
prints, with `...` for what differs from run to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

import tunebridge as tb
import tunebridge.testing
import tunebridge_boosting
import tunebridge_configspace
import tunebridge_hyperopt
import tunebridge_optuna
import tunebridge_sklearn
import tunebridge_torch

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
"""Texts of the pages, by their paths in the checkout."""

PUBLIC = (
    tb,
    tunebridge.testing,
    tunebridge_configspace,
    tunebridge_hyperopt,
    tunebridge_optuna,
    tunebridge_sklearn,
    tunebridge_boosting,
    tunebridge_torch,
)
"""The modules whose public names the reference shows."""


def own_names(module: ModuleType) -> list[str]:
    """Return the public names that a module defines itself, not those that it passes on."""
    return [*getattr(module, "OWN", module.__all__)]


FENCE = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+?) -->\s+)?```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    why_not_run: str | None
    printed: str | None
    """What the page says that it prints."""


def blocks(page: str, language: str) -> list[Block]:
    """Return the blocks of one language, in order."""
    return [block for block in _blocks(PAGES[page]) if block.language == language]


def _blocks(text: str) -> Iterator[Block]:
    found = [*FENCE.finditer(text)]
    for one, after in zip_longest(found, found[1:]):
        is_output = (
            after is not None and after["language"] == "text" and not text[one.end() : after.start()].strip()
        )
        printed = after["text"] if after is not None and is_output else None
        yield Block(one["language"], one["text"], one["why"], printed)


def run(page: str, chosen: list[Block] | None = None) -> tuple[dict[str, Any], str]:
    """Run Python blocks of a page as one script, all unless some are given; return its names and output."""
    namespace: dict[str, Any] = {"__name__": "page"}
    whole = ""
    for block in blocks(page, "python") if chosen is None else chosen:
        if block.why_not_run is None:
            with redirect_stdout(StringIO()) as said:
                exec(compile(block.text, page, "exec"), namespace)
            whole += said.getvalue()
            if block.printed is not None:
                assert is_printed(block.printed, said.getvalue()), f"{page} prints:\n{said.getvalue()}"
    return namespace, whole


def is_printed(expected: str, got: str) -> bool:
    """Return whether a text is what a page says, where `...` stands for anything."""
    return OutputChecker().check_output(expected, got, ELLIPSIS | NORMALIZE_WHITESPACE)
