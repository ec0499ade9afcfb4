"""The schedule of a trial as plain data: what changed, and what it copied, in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge.space.natural import from_natural, plain_value, to_natural
from tunebridge.space.space import Space
from tunebridge.trial.lineage import Copy, Stretch
from tunebridge.trial.report import Change


def written(space: Space, params: Mapping[str, Any], schedule: Sequence[Change | Copy]) -> dict[str, Any]:
    """Return a schedule as notes: rows of changes, and copies, each with its place among them, if any.

    Args:
        space: The declared space.
        params: What the trial had before.
        schedule: What followed.
    """
    rows: list[list[Any]] = []
    copies: list[dict[str, Any]] = []
    now = dict(params)
    for entry in schedule:
        if isinstance(entry, Copy):
            copies.append({"at": len(rows), **_copy(space, entry)})
            now = dict(entry.params)
            continue
        rows.append([entry.step, entry.name, plain_value(space, now, entry.name, entry.value), entry.note])
        now[entry.name] = entry.value
    return {"schedule": rows, **({"copies": copies} if copies else {})}


def read(space: Space, params: Mapping[str, Any], notes: Mapping[str, Any]) -> list[Change | Copy]:
    """Return the schedule that notes hold; nothing for notes without one.

    Args:
        space: The declared space.
        params: What the trial had before.
        notes: What `written` has returned, among others.
    """
    found: list[Change | Copy] = []
    rows, copies = list(notes.get("schedule", ())), list(notes.get("copies", ()))
    now = params
    for place in range(len(rows) + 1):
        for copy in copies:
            if copy["at"] == place:
                found.append(copied := _read_copy(space, copy))
                now = copied.params
        if place < len(rows):
            step, name, value, note = rows[place]
            parameter = space.active(now)[name].parameter
            found.append(Change(step, name, parameter.from_natural(value), note))
    return found


def _copy(space: Space, copy: Copy) -> dict[str, Any]:
    return {
        "step": copy.step,
        "donor": copy.donor,
        "donor_step": copy.donor_step,
        "params": to_natural(space, copy.params),
        "lineage": [
            [one.member, one.seed, one.first, one.last, to_natural(space, one.params)] for one in copy.lineage
        ],
    }


def _read_copy(space: Space, copy: Mapping[str, Any]) -> Copy:
    return Copy(
        step=copy["step"],
        donor=copy["donor"],
        donor_step=copy["donor_step"],
        params=from_natural(space, copy["params"]),
        lineage=tuple(
            Stretch(member=member, seed=seed, first=first, last=last, params=from_natural(space, params))
            for member, seed, first, last, params in copy["lineage"]
        ),
    )
