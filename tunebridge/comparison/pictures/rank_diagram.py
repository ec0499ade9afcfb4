"""The critical-difference diagram of ranks over several problems."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunebridge.comparison.statistics.friedman import Ranking
from tunebridge.pages.figure import INK
from tunebridge.pages.looks import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS = 22
"""Width of a name before it is broken."""

LETTER = 6.2
"""Points of width that a letter takes."""

ROW = 15.0
"""Points of height that a row of text takes."""

AXIS = 52.0
"""Points from the top to the axis."""

GROUP = 9.0
"""Points between two bars of groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankDiagram:
    """Mean ranks on an axis, the best at the right; a bar joins those that are not told apart.

    As figure 1(a) of J. Demsar, Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006.
    """

    ranking: Ranking
    """Tested."""
    names: Mapping[str, str]
    """What to write for each label."""
    looks: Mapping[str, Look]
    """By label."""
    width: float
    """In points."""

    @property
    def height(self) -> float:
        """In points."""
        left, right = self._sides()
        rows = max(sum(len(self._rows(label)) + 0.4 for label in side) for side in (left, right))
        return self._top_of_names() + rows * ROW

    def draw(self, axes: Axes) -> None:
        """Draw it into axes of its width and height, which lose their own frame."""
        axes.set_axis_off()
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        self._draw_axis(axes)
        self._draw_critical_difference(axes)
        for place, group in enumerate(self._bars()):
            ends = [self._x(self.ranking.mean_ranks[label]) for label in (group[0], group[-1])]
            y = AXIS + 9 + place * GROUP
            axes.plot([ends[0] + 4, ends[1] - 4], [y, y], color=INK, linewidth=4, solid_capstyle="butt")
        left, right = self._sides()
        self._draw_names(axes, right, edge=self.width - self._margin(), align="left")
        self._draw_names(axes, left, edge=self._margin(), align="right")

    def _draw_axis(self, axes: Axes) -> None:
        n_lines = len(self.ranking.mean_ranks)
        axes.plot([self._x(1), self._x(n_lines)], [AXIS, AXIS], color=INK, linewidth=1.2)
        for rank in range(1, n_lines + 1):
            axes.plot([self._x(rank)] * 2, [AXIS - 6, AXIS], color=INK, linewidth=1.2)
            axes.text(self._x(rank), AXIS - 9, str(rank), ha="center", va="bottom", fontsize=9, color=INK)

    def _draw_critical_difference(self, axes: Axes) -> None:
        """Show how long the critical difference is, above the axis from its left end."""
        start, y = self._x(len(self.ranking.mean_ranks)), 20.0
        end = start + self.ranking.critical_difference * (self._x(1) - self._x(2))
        axes.plot([start, end], [y, y], color=INK, linewidth=1.2)
        for x in (start, end):
            axes.plot([x, x], [y - 4, y + 4], color=INK, linewidth=1.2)
        text = f"critical difference {self.ranking.critical_difference:.2f}"
        axes.text(start, y - 6, text, ha="left", va="bottom", fontsize=9, color=INK)

    def _draw_names(self, axes: Axes, labels: Sequence[str], *, edge: float, align: Any) -> None:
        """Write names down one side, each with a line to its rank, the outermost rank on top."""
        y = self._top_of_names()
        away = 5 if align == "left" else -5
        for label in labels:
            rows, rank, colour = self._rows(label), self.ranking.mean_ranks[label], self.looks[label].colour
            middle = y + len(rows) * ROW / 2
            x = self._x(rank)
            axes.plot([x, x, edge], [AXIS, middle, middle], color=colour, linewidth=1.4)
            axes.text(
                edge + away, middle, "\n".join(rows), ha=align, va="center", fontsize=9, color=INK,
                parse_math=False, linespacing=1.15,
            )  # fmt: skip
            y += (len(rows) + 0.4) * ROW

    def _sides(self) -> tuple[list[str], list[str]]:
        """Return the labels at the left, the worst first, and at the right, the best first."""
        labels = list(self.ranking.mean_ranks)
        n_right = (len(labels) + 1) // 2
        return labels[n_right:][::-1], labels[:n_right]

    def _bars(self) -> list[tuple[str, ...]]:
        return [group for group in self.ranking.groups if len(group) > 1]

    def _top_of_names(self) -> float:
        return AXIS + 12 + len(self._bars()) * GROUP

    def _rows(self, label: str) -> list[str]:
        rank = f"{self.ranking.mean_ranks[label]:.2f}"
        return textwrap.wrap(f"{self.names[label]} {rank}", LETTERS, break_on_hyphens=False)

    def _margin(self) -> float:
        """Return the width of a side, in points."""
        longest = max(len(row) for label in self.names for row in self._rows(label))
        return longest * LETTER + 8

    def _x(self, rank: float) -> float:
        """Return where a rank lies: the first at the right."""
        margin, n_lines = self._margin() + 14, len(self.ranking.mean_ranks)
        return self.width - margin - (rank - 1) / (n_lines - 1) * (self.width - 2 * margin)
