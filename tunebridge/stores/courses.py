"""What happens to a trial between its checkpoints, as notes: each has what is new since the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.space.space import Space
from tunebridge.stores import limits, schedules
from tunebridge.trial.record import TrialRecord


class Course:
    """How much of what has happened to an open trial is in the notes of its checkpoints."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._n_reports = 0
        self._n_faults = 0
        self._n_rows = 0
        self._n_copies = 0

    def news(self, space: Space, record: TrialRecord) -> dict[str, Any]:
        """Return what is new, which then no longer is.

        Args:
            space: The declared space.
            record: The trial as it is now.
        """
        reports = record.reports[self._n_reports :]
        schedule = schedules.written(space, record.params, record.schedule)
        rows, copies = schedule["schedule"], schedule.get("copies", [])
        found = {
            "metrics": {str(report.step): dict(report.metrics) for report in reports if report.metrics},
            "schedule": rows[self._n_rows :],
            "copies": copies[self._n_copies :],
            "faults": list(record.faults[self._n_faults :]),
            "notes": dict(record.notes),
            "limits": limits.written(record.limits),
        }
        self._n_reports, self._n_faults = len(record.reports), len(record.faults)
        self._n_rows, self._n_copies = len(rows), len(copies)
        return {name: news for name, news in found.items() if news}


def course_of(checkpoints: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the notes of a trial up to its last checkpoint, as those of its end would be."""
    course: dict[str, Any] = {"metrics": {}, "schedule": [], "copies": [], "faults": [], "notes": {}}
    for _, noted in sorted(checkpoints.items()):
        course["metrics"] |= noted.get("metrics", {})
        course["notes"], course["limits"] = noted.get("notes", {}), noted.get("limits", {})
        for name in ("schedule", "copies", "faults"):
            course[name] += noted.get(name, ())
    return {name: found for name, found in course.items() if found}
