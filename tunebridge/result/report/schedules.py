"""The schedule of every param that changed during training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tunebridge.display.counted import counted
from tunebridge.pages.document import Picture, Section, Table
from tunebridge.pages.pictures.curves import Drawn, draw
from tunebridge.pages.text import left_out
from tunebridge.result.report.kinds import LOOKS, chosen, place_of
from tunebridge.result.report.reported import Reported
from tunebridge.result.report.shown import shown_value
from tunebridge.result.report.steps import MISSING, Altered, altered
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.node import Node
from tunebridge.trial.record import TrialRecord

MOST_TRIALS = 60
"""Whose schedules a picture shows."""

MOST_ROWS = 300
"""Changes that are listed."""


def schedule_section(result: Reported, best: frozenset[int]) -> Section | None:
    """Return what is said of changes; None if nothing was changed.

    Args:
        result: Of the study.
        best: Numbers of the best trials.
    """
    found = {trial.number: list(altered(trial)) for trial in result.trials if trial.schedule}
    names = dict.fromkeys(one.name for changes in found.values() for one in changes)
    if not names:
        return None
    words, pictures = [], []
    for name in names:
        numbers = {number for number, changes in found.items() if any(one.name == name for one in changes)}
        own = [trial for trial in result.trials if trial.number in numbers]
        shown = chosen(own, best, MOST_TRIALS)
        if len(shown) < len(own):
            words.append(f"{name}: {counted(len(shown), 'schedule')} of {len(own):,} are drawn.")
        pictures.append(_picture(_node(result, name), shown, best))
    return Section(
        key="schedules",
        title="Params that changed",
        words=words,
        pictures=pictures,
        tables=[_table(result, found)],
    )


def levels(trial: TrialRecord, name: str) -> list[tuple[int, Any]]:
    """Return the values that a param of a trial had, each with its first step; the last one to the end."""
    found = [(0, trial.params[name])] if name in trial.params else []
    found += [(one.step + 1, one.after) for one in altered(trial) if one.name == name]
    last = max((report.step for report in trial.reports), default=0)
    known = [(step, value) for step, value in found if value is not MISSING]
    return [*known, (max(last, known[-1][0]), known[-1][1])] if known else []


def _picture(node: Node, trials: Sequence[TrialRecord], best: frozenset[int]) -> Picture:
    parameter, name = node.parameter, node.name
    labels = parameter.labels if isinstance(parameter, Categorical | Ordinal | Constant) else ()
    drawn = []
    for trial in trials:
        steps, values = zip(*levels(trial, name), strict=True)
        natural = [parameter.to_natural(value) for value in values]
        heights = [float(labels.index(one) if labels else one) for one in natural]
        drawn.append(Drawn(steps=steps, values=heights, line=place_of(trial, best)))
    return Picture(
        label=f"Values of {name} along the steps of trials; the table below has its changes",
        caption=f"{name} along the steps of the trials in which it changed.",
        draw=partial(
            draw,
            drawn,
            LOOKS,
            up=name,
            steps=True,
            labels=labels,
            logarithmic=getattr(parameter, "log", False),
        ),
    )


def _table(result: Reported, found: Mapping[int, Sequence[Altered]]) -> Table:
    changes = [(number, one) for number, own in found.items() for one in own]
    left = len(changes) - MOST_ROWS
    return Table(
        caption=f"What changed after which step, by trial.{left_out(left)}",
        heads=("Trial", "After step", "Param", "From", "To", "Note"),
        rows=[
            [
                str(number),
                str(one.step),
                one.name,
                _shown(result, one.name, one.before),
                _shown(result, one.name, one.after),
                one.note,
            ]
            for number, one in changes[:MOST_ROWS]
        ],
        figures=(0, 1),
        summary="The same in figures",
    )


def _shown(result: Reported, name: str, value: Any) -> str:
    return "" if value is MISSING else shown_value(_node(result, name).parameter.to_natural(value))


def _node(result: Reported, name: str) -> Node:
    return next(node for node in result.problem.space.nodes if node.name == name)
