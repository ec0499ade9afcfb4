"""The kinds of lines of a study's pictures: by how trials have ended, and the best one."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.pages.document import Line
from tunebridge.pages.looks import COLOURS, GREY, Look
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

LINES: Sequence[Line] = (
    Line(name="best", look=Look(colour=COLOURS[0], dash="solid", marker="o")),
    Line(name="complete", look=Look(colour=COLOURS[2], dash="solid", marker="")),
    Line(name="pruned", look=Look(colour=COLOURS[1], dash=(0, (5, 2)), marker="X")),
    Line(name="failed or timed out", look=Look(colour=COLOURS[3], dash=(0, (1.5, 1.5)), marker="v")),
    Line(name="not at an end", look=Look(colour=GREY, dash=(0, (5, 2)), marker="^")),
)
"""By place: the first is drawn above the others."""

LOOKS: Sequence[Look] = tuple(line.look for line in LINES)

PLACES = {
    TrialState.COMPLETE: 1,
    TrialState.PRUNED: 2,
    TrialState.FAILED: 3,
    TrialState.TIMED_OUT: 3,
    TrialState.RUNNING: 4,
    TrialState.INTERRUPTED: 4,
}


def place_of(trial: TrialRecord, best: frozenset[int]) -> int:
    """Return the place of a trial's line.

    Args:
        trial: The trial.
        best: Numbers of the best ones.
    """
    return 0 if trial.number in best else PLACES[trial.state]


def lines_of(trials: Sequence[TrialRecord], best: frozenset[int]) -> dict[int, Line]:
    """Return the kinds of lines that pictures of trials have: those of curves, and that of the best."""
    places = {place_of(trial, best) for trial in trials if trial.reports or trial.number in best}
    return {place: line for place, line in enumerate(LINES) if place in places}


def chosen(trials: Sequence[TrialRecord], best: frozenset[int], most: int) -> list[TrialRecord]:
    """Return as many trials as a picture can show: the best, and of the others one every so often."""
    if len(trials) <= most:
        return list(trials)
    first = [trial for trial in trials if trial.number in best][:most]
    others = [trial for trial in trials if trial.number not in best]
    room = most - len(first)
    kept = {trial.number for trial in first}
    kept |= {others[index * len(others) // room].number for index in range(room)}
    return [trial for trial in trials if trial.number in kept]
