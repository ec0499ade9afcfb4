"""Members of a population along their steps, with an arrow from each donor to who copied it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunebridge.pages.figure import FIGURE, SOFT, count_along, dress, new_figure
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.2
"""Inches of height for each member."""

MOST_LABELS = 40
"""Members that are named on the axis; of more, every n-th is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One member, as a level line."""

    member: int
    """Its number."""
    first: int
    """Its first step."""
    last: int
    """Its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A copy."""

    member: int
    """Who copied."""
    step: int
    """After which of its steps."""
    donor: int
    """Whom."""
    donor_step: int
    """After which step of that one."""


def draw(
    lives: Sequence[Life],
    arrows: Sequence[Arrow],
    ancestry: Sequence[Life],
    best: int,
    look: Look,
    *,
    place: int,
) -> Figure:
    """Draw members one below another, and along which of them the best one has come.

    Args:
        lives: At least one.
        arrows: Copies among them.
        ancestry: The parts of lives that the best member has come along, the first one first.
        best: Number of that member; -1 for nobody.
        look: Of that way.
        place: Of its line on the page.
    """
    rows = {life.member: row for row, life in enumerate(lives)}
    figure = new_figure(FIGURE[0], max(FIGURE[1], 1.0 + ROW * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for life in lives:
        axes.plot([life.first, life.last], [rows[life.member]] * 2, color=SOFT, linewidth=1.0)
    for part in ancestry:
        axes.plot(
            [part.first, part.last], [rows[part.member]] * 2,
            color=look.colour, linewidth=3.0, gid=f"way:{place}",
        )  # fmt: skip
    takers = [*(part.member for part in ancestry[1:]), best]
    way = {(part.member, part.last, taker) for part, taker in zip(ancestry, takers, strict=False)}
    for arrow in arrows:
        is_way = (arrow.donor, arrow.donor_step, arrow.member) in way
        _draw_arrow(axes, arrow, rows, look if is_way else None)
    every = -(-len(rows) // MOST_LABELS)
    axes.set_yticks(list(rows.values())[::every], list(map(str, rows))[::every])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    dress(axes, across="step", up="member")
    axes.grid(visible=False, axis="y")
    count_along(axes)
    return figure


def _draw_arrow(axes: Axes, arrow: Arrow, rows: dict[int, int], look: Look | None) -> None:
    """Draw one from the donor's step to the member's, in the look of the way if it is a part of it."""
    colour = SOFT if look is None else look.colour
    axes.plot(arrow.donor_step, rows[arrow.donor], "o", color=colour, markersize=3.5)
    axes.annotate(
        "",
        xy=(arrow.step, rows[arrow.member]),
        xytext=(arrow.donor_step, rows[arrow.donor]),
        arrowprops={
            "arrowstyle": "-|>",
            "connectionstyle": "arc3,rad=0.15",  # or arrows of one step would lie on one another
            "color": colour,
            "linewidth": 1.0 if look is None else 2.0,
            "shrinkA": 0,
            "shrinkB": 1,
            "mutation_scale": 9,
        },
    )
