"""The best value so far, along the trials and along the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tunebridge.display.counted import counted
from tunebridge.pages.document import Picture, Section, Table
from tunebridge.pages.pictures.incumbents import Values, draw
from tunebridge.pages.text import duration, number
from tunebridge.problem.problem import Direction
from tunebridge.result.report.busy import Busy
from tunebridge.result.report.kinds import LOOKS
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import DIGITS, params_line
from tunebridge.trial.record import TrialRecord

MOST_POINTS = 400
"""Values that a picture shows besides the best ones."""

MOST_ROWS = 60
"""Steps of the best value that are listed, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A trial that may be the best one."""

    trial: TrialRecord
    """The trial."""
    value: float
    """Its value, in the user's sign."""
    seconds: float
    """When it ended, in seconds in which trials were running."""


def incumbents(ended: Sequence[Ended], direction: Direction) -> list[Ended]:
    """Return those that are better than all before them."""
    found: list[Ended] = []
    for one in ended:
        if not found or direction.sign * one.value < direction.sign * found[-1].value:
            found.append(one)
    return found


def ended_trials(result: Reported) -> tuple[list[Ended], float]:
    """Return the eligible trials by number, and the seconds in which trials were running."""
    busy = Busy(result.trials)
    ended = [
        Ended(trial=trial, value=trial.values[0], seconds=busy.until(trial.finished or trial.started))
        for trial in result.eligible_trials
        if trial.values
    ]
    return ended, busy.total


def incumbent_section(result: Reported) -> Section:
    """Return what is said of the best value so far of a study with one objective."""
    ended, seconds = ended_trials(result)
    if not ended:
        return Section(key="best", title="Best value so far", words=["No trial may be the best one."])
    direction = result.problem.directions[0]
    by_trial = incumbents(ended, direction)
    by_time = sorted(ended, key=lambda one: one.seconds)
    last_trial = result.trials[-1].number
    words = [_thinned(len(ended))] if len(ended) > MOST_POINTS else []
    pictures = [
        _picture(ended, direction, "trial", [float(one.trial.number) for one in ended], last_trial),
        _picture(by_time, direction, "seconds", [one.seconds for one in by_time], seconds),
    ]
    return Section(
        key="best",
        title="Best value so far",
        words=words,
        pictures=pictures,
        tables=[_table(result, by_trial)],
    )


def _picture(
    ended: Sequence[Ended], direction: Direction, across: str, places: Sequence[float], end: float
) -> Picture:
    best = {id(one) for one in incumbents(ended, direction)}
    steps = [(place, one.value) for place, one in zip(places, ended, strict=True) if id(one) in best]
    every = -(-len(ended) // MOST_POINTS)
    values = Values(
        places=places[::every],
        values=[one.value for one in ended[::every]],
        best_places=[place for place, _ in steps],
        best_values=[value for _, value in steps],
        end=end,
    )
    spent = "trials" if across == "trial" else "the time in which trials were running"
    return Picture(
        label=f"Best value so far along {spent}; the table below has its steps",
        caption=f"Along {spent}: the best value so far, and each value as a dot; the worst may lie outside.",
        draw=partial(
            draw, values, LOOKS[0], across=across, up=f"value ({direction})", place=0,
            logarithmic=None if direction is Direction.MINIMIZE else False,
        ),
    )  # fmt: skip


def _table(result: Reported, found: Sequence[Ended]) -> Table:
    rows = [
        [
            str(one.trial.number),
            number(one.value, DIGITS),
            duration(one.seconds),
            params_line(result.problem.space, one.trial),
        ]
        for one in found[-MOST_ROWS:]
    ]
    left = len(found) - len(rows)
    more = f" The first {counted(left, 'step')} are left out." if left else ""
    return Table(
        caption=f"The trials that were better than all before them.{more}",
        heads=("Trial", "Value", "After", "Began with"),
        rows=rows,
        figures=(0, 1, 2),
    )


def _thinned(count: int) -> str:
    every = -(-count // MOST_POINTS)
    return (
        f"Of {counted(count, 'value')} every {every}th is drawn as a dot; "
        "the best value so far is that of all trials."
    )
