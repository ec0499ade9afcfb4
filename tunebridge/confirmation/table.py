"""A confirmation as tables: a row for each finalist."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import TYPE_CHECKING, Any

from tunebridge.confirmation.finalist import Finalist
from tunebridge.confirmation.repeats import Repeats
from tunebridge.confirmation.words import number, standing, verdict_of
from tunebridge.dependencies import load_pandas
from tunebridge.display.brief import brief

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

HEADS = ("finalist", "in the study", "again", "seeds", "how it stands", "params")
"""Of the columns that cells fill."""


def frame_of(confirmation: Repeats) -> pd.DataFrame:
    """Return one row per finalist, the best of the study first."""
    names = list(dict.fromkeys(name for one in confirmation.finalists for name in one.params))
    rows = []
    for one in confirmation.finalists:
        values = dict(zip(confirmation.seeds, one.values, strict=False))
        row: dict[str, Any] = {
            "number": one.number,
            "tuned_value": one.tuned_value,
            "value": nan if one.value is None else one.value,
            "n_repeats": len(one.values),
            "standing": standing(confirmation, one),
            **{f"params_{name}": one.params.get(name, nan) for name in names},
            **{f"seed_{seed}": values.get(seed, nan) for seed in confirmation.seeds},
        }
        rows.append(row)
    frame: pd.DataFrame = load_pandas().DataFrame(rows)
    return frame


def cells(confirmation: Repeats, finalist: Finalist) -> tuple[str, ...]:
    """Return what a row shows of a finalist, one text for each head."""
    return (
        finalist.name,
        number(finalist.tuned_value),
        "" if finalist.value is None else number(finalist.value),
        str(len(finalist.values)),
        standing(confirmation, finalist),
        brief(dict(finalist.params)),
    )


def confirmation_parts(confirmation: Repeats) -> Iterator[RenderableType]:
    """Yield what was found, and a table of the finalists, for a terminal."""
    from rich.table import Table

    from tunebridge.display.text import Text

    yield Text(verdict_of(confirmation))
    table = Table(show_edge=False, pad_edge=False)
    for place, head in enumerate(HEADS):
        table.add_column(head, justify="right" if 1 <= place <= 3 else "left", overflow="fold")
    for one in confirmation.finalists:
        table.add_row(*map(Text, cells(confirmation, one)))
    yield table
