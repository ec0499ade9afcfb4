"""What changed in a trial, step by step: by rules, by copies, and by exploring after these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord

MISSING = object()
"""What a param was that was not active."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """One param that has another value from a step on."""

    step: int
    """After which."""
    name: str
    """Flat name of the param."""
    before: Any
    """What it was; `MISSING` for nothing."""
    after: Any
    """What it is; `MISSING` for nothing."""
    note: str
    """Why, or what was done to the value asked for; may be empty."""


def altered(trial: TrialRecord) -> Iterator[Altered]:
    """Yield what changed in a trial, in order; what was set to the value that it had is left out."""
    now = dict(trial.params)
    for entry in trial.schedule:
        if isinstance(entry, Copy):
            after, note = dict(entry.params), f"from trial {entry.donor}"
        else:
            after, note = {**now, entry.name: entry.value}, entry.note
        for name in [*now, *(name for name in after if name not in now)]:
            old, new = now.get(name, MISSING), after.get(name, MISSING)
            if old is not new and old != new:
                yield Altered(step=entry.step, name=name, before=old, after=new, note=note)
        now = after
