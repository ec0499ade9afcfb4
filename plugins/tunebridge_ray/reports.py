"""Reports to Ray in the text of a trainable, as reports of an objective here."""

from __future__ import annotations

import ast

REPORTERS = ("tune", "train", "session", "ray.tune", "ray.train", "air.session")
"""What has the function `report`, as scripts write it."""


def with_yields(source: str) -> str:
    """Return code in which `(yield metrics)` stands for each `tune.report(metrics)`."""
    text = source.encode()
    lengths = [len(line) + 1 for line in text.split(b"\n")]

    def place(line: int | None, column: int | None) -> int:
        return sum(lengths[: (line or 1) - 1]) + (column or 0)

    changes = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in [f"{one}.report" for one in REPORTERS]:
            named = ", ".join(f"{one.arg}={ast.unparse(one.value)}" for one in call.keywords if one.arg)
            metrics = ast.unparse(call.args[0]) if call.args else f"dict({named})"
            begin = place(call.lineno, call.col_offset)
            end = place(call.end_lineno, call.end_col_offset)
            changes.append((begin, end, f"(yield {metrics})".encode()))
    for begin, end, written in sorted(changes, reverse=True):
        text = text[:begin] + written + text[end:]
    return text.decode()
