"""The Pareto front of a study with several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations

from tunebridge.display.counted import counted
from tunebridge.pages.document import Picture, Section, Table
from tunebridge.pages.pictures.front import draw
from tunebridge.pages.text import left_out
from tunebridge.result.report.kinds import LOOKS
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import params_line, shown_values
from tunebridge.trial.record import TrialRecord

MOST_POINTS = 400
"""Trials off the front that a picture shows."""

MOST_ROWS = 200
"""Trials of the front that are listed."""

MOST_PICTURES = 6
"""Pairs of objectives that are drawn."""


def front_section(result: Reported, front: Sequence[TrialRecord]) -> Section:
    """Return what is said of the best trials of a study with several objectives.

    Args:
        result: Of the study.
        front: Those that no other is better than in every objective, by number.
    """
    title = "Pareto front"
    if not front:
        return Section(key="best", title=title, words=["No trial may be the best one."])
    on_it = {trial.number for trial in front}
    others = [trial for trial in result.eligible_trials if trial.number not in on_it]
    every = -(-len(others) // MOST_POINTS) or 1
    words = [
        f"{counted(len(front), 'trial')} that no other is better than in all objectives at once, "
        f"of {len(result.eligible_trials):,} complete ones{counting(result)}."
    ]
    words += [f"Of the others every {every}th is drawn."] if every > 1 else []
    pairs = list(combinations(range(len(result.problem.directions)), 2))[:MOST_PICTURES]
    return Section(
        key="best",
        title=title,
        words=words,
        pictures=[_picture(result, others[::every], front, *pair) for pair in pairs],
        tables=[_table(result, front)],
    )


def objective_name(result: Reported, place: int) -> str:
    """Return how an objective is called."""
    return f"objective {place} ({result.problem.directions[place]})"


def _picture(
    result: Reported, others: Sequence[TrialRecord], front: Sequence[TrialRecord], x: int, y: int
) -> Picture:
    across, up = objective_name(result, x), objective_name(result, y)
    points, best = (
        [(trial.values[x], trial.values[y]) for trial in some if trial.values is not None]
        for some in (others, front)
    )
    return Picture(
        label=f"Values of {across} and {up}; the table below has those of the front",
        caption=f"{across.capitalize()} and {up}: the front as circles, other trials as dots.",
        draw=partial(draw, points, best, LOOKS[0], across=across, up=up, place=0),
    )


def _table(result: Reported, front: Sequence[TrialRecord]) -> Table:
    space = result.problem.space
    rows = [
        [str(trial.number), *shown_values(trial), params_line(space, trial)] for trial in front[:MOST_ROWS]
    ]
    left = len(front) - len(rows)
    n_values = len(result.problem.directions)
    return Table(
        caption=f"The trials of the front, by number.{left_out(left)}",
        heads=(
            "Trial",
            *(objective_name(result, place).capitalize() for place in range(n_values)),
            "Began with",
        ),
        rows=rows,
        figures=range(n_values + 1),
    )


def counting(result: Reported) -> str:
    """Return what complete trials are said to be where some of them may not be the best."""
    every = len(result.eligible_trials) == len(result.complete_trials)
    return "" if every else " that may be the best"
