"""Parallel coordinates of trials: an axis per parameter, and one for the value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from tunebridge.comparison.cell import value_of
from tunebridge.comparison.findings.best import BestTrial
from tunebridge.display.brief import shortened
from tunebridge.pages.text import number
from tunebridge.problem.problem import Direction
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.node import Node
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.space import Space

TOP, BOTTOM = 4.0, 88.0
"""Where an axis begins and ends, in hundredths of the height."""

ABSENT = 97.0
"""Where the trials lie for which a parameter is not active."""

MOST_LABELS = 8
"""Choices that are labelled on an axis; of more, every n-th is."""

LETTERS = 18
"""Of a label on an axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What an axis measures."""

    name: str
    """Of the parameter."""
    place: Callable[[Any], float]
    """Returns the height of a value: 0 at the bottom, 1 at the top."""
    ticks: list[tuple[float, str]]
    """Such heights, and what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One of them; all places are hundredths, from the left or from the top."""

    x: float
    """From the left."""
    name: str
    """Of the parameter."""
    ticks: list[tuple[float, str]]
    """From the top, and what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """The picture."""

    axes: list[Axis]
    """From the left to the right; that of the value is the last one."""
    points: list[str]
    """Of each trial, as an SVG polyline takes them in a box of 100 x 100."""


def parallel(trials: Sequence[BestTrial], space: Space, direction: Direction) -> Parallel:
    """Draw trials as lines through axes; better values are higher.

    Args:
        trials: At least one.
        space: Theirs.
        direction: Of their values.
    """
    scales = [_scale(node, trials) for node in space.nodes if not node.fixed]
    last = _value_scale(trials, direction)
    step = 100 / (len(scales) + 1)
    axes = [
        Axis(
            x=round(step * (index + 0.5), 2),
            name=scale.name,
            ticks=[(_down(height), text) for height, text in scale.ticks],
        )
        for index, scale in enumerate([*scales, last])
    ]
    for axis in axes[:-1]:
        if any(axis.name not in trial.params for trial in trials):
            axis.ticks.append((ABSENT, "not active"))
    return Parallel(axes=axes, points=[_points(trial, axes, scales, last) for trial in trials])


def _points(trial: BestTrial, axes: Sequence[Axis], scales: Sequence[Scale], last: Scale) -> str:
    places = [
        _down(scale.place(trial.params[scale.name])) if scale.name in trial.params else ABSENT
        for scale in scales
    ]
    places.append(_down(last.place(trial.loss)))
    return " ".join(f"{axis.x:g},{place:g}" for axis, place in zip(axes, places, strict=True))


def _scale(node: Node, trials: Sequence[BestTrial]) -> Scale:
    """Return the scale of a parameter: as declared, but of a Normal as far as trials go."""
    match node.parameter:
        case Categorical() | Ordinal() | Constant():
            return _labelled(node.path, node.parameter.labels)
        case Float() | Int():
            ends = float(node.parameter.low), float(node.parameter.high)
            return _numbered(node.path, *ends, log=node.parameter.log)
        case Normal():
            values = [trial.params[node.path] for trial in trials if node.path in trial.params] or [0.0]
            return _numbered(node.path, min(values), max(values), log=node.parameter.log)
        case _:
            assert_never(node.parameter)


def _labelled(name: str, labels: Sequence[str]) -> Scale:
    last = max(1, len(labels) - 1)
    places = {label: 1 - index / last for index, label in enumerate(labels)}
    every = math.ceil(len(labels) / MOST_LABELS)
    ticks = [(places[label], shortened(label, LETTERS)) for label in labels[::every]]
    return Scale(name=name, place=places.__getitem__, ticks=ticks)


def _numbered(name: str, low: float, high: float, *, log: bool) -> Scale:
    """Return a scale from `low`, at the bottom, to `high`, with ticks at both ends and in the middle."""
    if low == high:
        return Scale(name=name, place=lambda _: 0.5, ticks=[(0.5, number(low))])
    ends = (math.log(low), math.log(high)) if log else (low, high)
    middle = ends[0] + (ends[1] - ends[0]) / 2

    def place(value: float) -> float:
        at = math.log(value) if log else value
        return min(1.0, max(0.0, (at - ends[0]) / (ends[1] - ends[0])))

    ticks = [(0.0, low), (0.5, math.exp(middle) if log else middle), (1.0, high)]
    return Scale(name=name, place=place, ticks=[(height, number(value, 4)) for height, value in ticks])


def _value_scale(trials: Sequence[BestTrial], direction: Direction) -> Scale:
    """Return the scale of losses, the best at the top, with ticks in the user's sign."""
    losses = [trial.loss for trial in trials]
    worst, best = (value_of(loss, direction) for loss in (max(losses), min(losses)))
    scale = _numbered("value", worst, best, log=False)
    return Scale(name="value", place=lambda loss: scale.place(value_of(loss, direction)), ticks=scale.ticks)


def _down(height: float) -> float:
    """Return where a height of 0 to 1 lies, in hundredths from the top."""
    return round(BOTTOM - height * (BOTTOM - TOP), 2)
