"""What a model has been through: who trained it from which step to which, and with which params."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunebridge.trial.report import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Steps that a model was trained for by one trial with the same params."""

    member: int
    """Number of the trial."""
    seed: int
    """Its seed."""
    first: int
    """The first of the steps."""
    last: int
    """The last of them; `first - 1` if there are none, as after a copy at the very end."""
    params: Mapping[str, Any]
    """Its flat params."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A trial of a population has gone on from another one's checkpoint, with that one's params."""

    step: int
    """The step of its own after which it did."""
    donor: int
    """Number of the trial that it copied."""
    donor_step: int
    """The step of the donor's checkpoint; its own next one follows on it."""
    params: Mapping[str, Any]
    """The donor's flat params at that checkpoint; changes of the same step that follow are explored."""
    lineage: tuple[Stretch, ...]
    """What the donor's model had been through."""


def lineage_of(
    number: int,
    seed: int,
    params: Mapping[str, Any],
    schedule: Sequence[Change | Copy],
    last: int,
) -> tuple[Stretch, ...]:
    """Return what the model of a trial has been through; the steps of each stretch follow on the one before.

    Args:
        number: Of the trial.
        seed: Of the trial.
        params: What it began with.
        schedule: What was changed and copied, in order.
        last: Its highest step; -1 if there is none.
    """
    before: tuple[Stretch, ...] = ()
    first, now = 0, dict(params)
    for entry in schedule:
        if isinstance(entry, Copy):
            before, first, now = entry.lineage, entry.donor_step + 1, dict(entry.params)
            continue
        if entry.step >= first:
            before += (Stretch(member=number, seed=seed, first=first, last=entry.step, params=now),)
            first = entry.step + 1
        now = {**now, entry.name: entry.value}
    return (*before, Stretch(member=number, seed=seed, first=first, last=max(last, first - 1), params=now))
