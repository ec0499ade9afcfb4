"""The curves of all trials: what they reported, and how they ended."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from math import isfinite

from tunebridge.pages.document import Picture, Section, Table
from tunebridge.pages.pictures.curves import Drawn, draw
from tunebridge.pages.text import number
from tunebridge.problem.problem import Direction
from tunebridge.result.report.kinds import LOOKS, chosen, place_of
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import DIGITS
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report

MOST_CURVES = 150
"""That a picture and its table show."""

MOST_POINTS = 60
"""Of one curve that a picture shows."""


def curve_section(result: Reported, best: frozenset[int]) -> Section | None:
    """Return what is said of reports; None if no trial has reported.

    Args:
        result: Of the study.
        best: Numbers of the best trials.
    """
    reporting = [trial for trial in result.trials if trial.reports]
    if not reporting:
        return None
    shown = chosen(reporting, best, MOST_CURVES)
    direction = result.problem.directions[0]
    drawn = [curve for trial in shown for curve in _drawn(trial, best)]
    words = ["The edges of the picture leave out the most extreme 2 % of all reports."]
    if len(shown) < len(reporting):
        words.insert(
            0,
            f"{len(shown)} curves of {len(reporting):,} are shown: the best, and of the others one of about "
            f"every {len(reporting) // len(shown)}, by number.",
        )
    picture = Picture(
        label="Reports of trials along their steps; the table below has their ends",
        caption="What trials reported along their steps; a mark at the end shows how each ended"
        + (", and a bar where it went on from a copy." if any(one.breaks for one in drawn) else "."),
        draw=partial(
            draw, drawn, LOOKS, up="report", logarithmic=None if direction is Direction.MINIMIZE else False
        ),
    )
    return Section(
        key="curves",
        title="Curves of trials",
        words=words,
        pictures=[picture] if drawn else [],
        tables=[_table(shown, direction)],
    )


def thinned(reports: Sequence[Report], most: int = MOST_POINTS) -> list[Report]:
    """Return finite reports by step: of many, one every so often, the ends, least and largest."""
    ordered = sorted((one for one in reports if isfinite(one.value)), key=lambda one: one.step)
    if len(ordered) <= most:
        return ordered
    every = len(ordered) / (most - 4)
    places = {int(place * every) for place in range(most - 4)} | {0, len(ordered) - 1}
    values = [one.value for one in ordered]
    places |= {values.index(min(values)), values.index(max(values))}
    return [ordered[place] for place in sorted(places)]


def _drawn(trial: TrialRecord, best: frozenset[int]) -> list[Drawn]:
    reports = thinned(trial.reports)
    if not reports:
        return []
    copies = [entry.step for entry in trial.schedule if isinstance(entry, Copy)]
    steps = [one.step for one in reports]
    return [
        Drawn(
            steps=steps,
            values=[one.value for one in reports],
            line=place_of(trial, best),
            breaks=[max(0, bisect_right(steps, step) - 1) for step in copies],
        )
    ]


def _table(trials: Sequence[TrialRecord], direction: Direction) -> Table:
    return Table(
        caption="Trials that reported, by number; one that was interrupted took several attempts.",
        heads=("Trial", "Ended", "Attempts", "Reports", "Last step", "First", "Best", "Last"),
        rows=[_row(trial, direction) for trial in trials],
        figures=(0, 2, 3, 4, 5, 6, 7),
        summary="The same in figures",
    )


def _row(trial: TrialRecord, direction: Direction) -> list[str]:
    ordered = sorted(trial.reports, key=lambda one: one.step)
    best = min((one.value for one in ordered), key=lambda value: direction.sign * value)
    values = (ordered[0].value, best, ordered[-1].value)
    return [
        str(trial.number),
        trial.state.value.replace("_", " "),
        str(trial.attempt + 1),
        str(len(ordered)),
        str(ordered[-1].step),
        *(number(value, DIGITS) for value in values),
    ]
