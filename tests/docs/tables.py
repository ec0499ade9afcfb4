"""Tables of pages that are made from what tests find."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def check_table(page: str, name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Compare the table of a page with what was found; TUNEBRIDGE_WRITE_TABLES=1 writes it there first."""
    path = DOCS / f"{page}.md"
    lines = [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows]
    table = "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines])
    between = re.compile(f"(<!-- table: {name} -->\n)(.*?)\n?(<!-- end of table -->)", re.DOTALL)
    if os.environ.get("TUNEBRIDGE_WRITE_TABLES"):
        path.write_text(between.sub(lambda found: f"{found[1]}{table}\n{found[3]}", path.read_text()))
    shown = between.search(path.read_text())
    assert shown is not None
    assert shown[2] == table, "run this test with TUNEBRIDGE_WRITE_TABLES=1, and read what has changed"
