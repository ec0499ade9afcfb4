"""The reports of a trial as Optuna keeps them: values by step, and attributes for all else.

A number that some database would change is in an attribute, too, and wins. So is the place of a report whose
step is below an earlier one: Optuna knows no order but that of the steps.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any

from optuna.trial import FrozenTrial

from tunebridge import Report
from tunebridge_optuna.documents import called, damaged, shown

VALUE = "tunebridge:report:"
"""Begin of the attributes with a value that a database would change."""
PLACE = "tunebridge:place:"
"""Begin of the attributes with the place, from 0, of a report that came after one of a higher step."""
MAX_STEP = 2**31 - 1
"""The largest step that the integers of PostgreSQL and MySQL hold."""


class Told:
    """How far a trial has reported.

    Args:
        reports: Those that are kept already, in the order in which they were told.
    """

    def __init__(self, reports: Iterable[Report] = ()) -> None:
        """Go through what is kept already."""
        self._count = 0
        self.last: Report | None = None
        """The report of the highest step."""
        for report in reports:
            self.take(report)

    def take(self, report: Report) -> dict[str, Any]:
        """Take a report in, and return its attributes: none, as a rule."""
        attributes: dict[str, Any] = {}
        if not is_kept(report.value) or report.step > MAX_STEP:
            attributes[f"{VALUE}{report.step}"] = report.value
        if self.last is None or report.step > self.last.step:
            self.last = report
        else:
            attributes[f"{PLACE}{report.step}"] = self._count
        self._count += 1
        return attributes


def is_kept(value: Any) -> bool:
    """Return whether every database gives a param, value or report back bit by bit.

    SQLite has no -0.0, and MariaDB no subnormal numbers.
    """
    if not isinstance(value, float):
        return True
    return abs(value) >= sys.float_info.min or (value == 0.0 and math.copysign(1.0, value) > 0.0)


def attributes_of(reports: Iterable[Report]) -> dict[str, Any]:
    """Return the attributes of all reports of a trial."""
    told, attributes = Told(), dict[str, Any]()
    for report in reports:
        attributes |= told.take(report)
    return attributes


def by_step(reports: Iterable[Report]) -> dict[int, float]:
    """Return the values by step, as far as every database holds the step."""
    return {report.step: report.value for report in reports if report.step <= MAX_STEP}


def stored_reports(native: FrozenTrial) -> tuple[Report, ...]:
    """Return the reports of Optuna's trial, in the order in which tunebridge was told; others by step.

    Raises:
        DamagedRecord: An attribute says no step, or no place.
    """
    values = {**native.intermediate_values, **_numbered(native, VALUE)}
    places = {step: place for step, place in _numbered(native, PLACE).items() if step in values}
    for step, place in places.items():
        if type(place) is not int or not 0 <= place < len(values):
            raise damaged(called(native), f"{PLACE}{step}", shown(place), "the place of a report")
    steps = sorted(values.keys() - places.keys())
    for step in sorted(places, key=places.__getitem__):
        steps.insert(places[step], step)
    return tuple(Report(step, values[step]) for step in steps)


def _numbered(native: FrozenTrial, prefix: str) -> dict[int, Any]:
    """Return the attributes that begin with a prefix, by the step that follows it."""
    found = {
        key.removeprefix(prefix): value for key, value in native.user_attrs.items() if key.startswith(prefix)
    }
    for step in found:
        if not (step.isascii() and step.isdecimal()):
            raise damaged(called(native), f"{prefix}{step}", shown(step), "a step")
    return {int(step): value for step, value in found.items()}
