"""A comparison as one tidy table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tunebridge.comparison.cell import Cell
from tunebridge.comparison.cells import Cells
from tunebridge.contract.translation import Fidelity
from tunebridge.dependencies import load_pandas

if TYPE_CHECKING:
    import pandas as pd


COLUMNS = (
    "problem", "line", "backend", "pruner", "fidelity", "seed", "number", "state", "value", "best", "seconds",
    "sampler_seconds", "objective_seconds",
)  # fmt: skip
"""One row has one trial: `best` and `seconds` are those of its cell up to its end."""

WORST_FIRST = (Fidelity.REFUSED, Fidelity.LOSSY, Fidelity.EMULATED, Fidelity.EXACT)


def frame_of(comparison: Cells) -> pd.DataFrame:
    """Return one row per trial: of each problem, line and seed, by number."""
    rows = [row for cell in comparison.cells for row in _rows(cell, _of_line(comparison, cell))]
    frame: pd.DataFrame = load_pandas().DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"value": float, "best": float})


def _of_line(comparison: Cells, cell: Cell) -> dict[str, Any]:
    line = next(line for line in comparison.lines if line.label == cell.line)
    found = {row.fidelity for row in comparison.translation(cell.problem, cell.line).parameters}
    worst = next((fidelity for fidelity in WORST_FIRST if fidelity in found), Fidelity.EXACT)
    return {
        "problem": cell.problem,
        "line": cell.line,
        "backend": line.backend,
        "pruner": line.pruner,
        "fidelity": worst.value,
        "seed": cell.seed,
    }


def _rows(cell: Cell, shared: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for record, best, seconds in zip(cell.records, cell.incumbents, cell.elapsed, strict=True):
        yield {
            **shared,
            "number": record.number,
            "state": record.state.name,
            "value": record.value,
            "best": best,
            "seconds": seconds,
            "sampler_seconds": record.sampler_seconds,
            "objective_seconds": record.objective_seconds,
        }
