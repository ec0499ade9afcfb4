"""Writes a checkpoint of a trial, and says so to its study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tunebridge.errors import TrialError, TrialPaused, TrialPruned
from tunebridge.trial.hearing import Hearing, Reporter
from tunebridge.trial.limit import Limited
from tunebridge.trial.reply import Decision

if TYPE_CHECKING:
    from pathlib import Path

    from tunebridge.trial.checkpoint_folder import CheckpointFolder
    from tunebridge.trial.parcel import ParcelFolder

LOOP = """train, report, checkpoint:
    for epoch in range(trial.resumed.step + 1 if trial.resumed else 0, n_epochs):
        fit(model)
        trial.report(score(model))
        with trial.checkpoint() as folder:
            save(model, folder)"""
"""The loop of an objective that writes checkpoints."""


@contextmanager
def writing(
    number: int,
    hearing: Hearing,
    reporter: Reporter,
    folder: CheckpointFolder | ParcelFolder | None,
    noted: Mapping[str, Any],
    limits: Mapping[str, Limited],
) -> Iterator[Path]:
    """Give an empty folder, which becomes the checkpoint of the last report; see `Trial.checkpoint`."""
    fault, hint = _fault(hearing)
    if fault:
        raise TrialError(f"trial {number}: {fault}", hint=hint)
    if folder is None:
        raise TrialError(f"trial {number} has no place for checkpoints", hint="evaluate it in a study")
    step, hearing.is_writing = hearing.last, True
    try:
        with folder.write(step) as path:
            yield path
    finally:
        hearing.is_writing = False
    written = folder.written(step)
    said = replace(written, notes=dict(noted), limits=dict(limits)) if noted or limits else written
    decision = hearing.write(reporter, said).decision
    if decision is Decision.PAUSE:
        raise TrialPaused(f"trial {number} goes on later, from its checkpoint of step {step}")
    if decision is Decision.PRUNE:
        raise TrialPruned(f"trial {number} is pruned")


def unasked(number: int, step: int) -> TrialError:
    """Return the error of a trial that goes on, and begins at the beginning all the same."""
    fault = f"trial {number} goes on from its checkpoint of step {step}, and has not looked at trial.resumed"
    return TrialError(fault, hint=f"load what lies in it, and go on with the step after it; {LOOP}")


def _fault(hearing: Hearing) -> tuple[str, str]:
    """Return why no checkpoint can be opened now, and what to do about it; empty for nothing."""
    if hearing.is_writing:
        return "a checkpoint is open already", "close it before the next one, which needs a report first"
    if hearing.last < 0:
        return "a checkpoint before the first report belongs to no step", LOOP
    if hearing.last < hearing.highest:
        steps = f"got {hearing.last} after {hearing.highest}"
        return f"steps must rise where checkpoints are written, {steps}", "report each step once, in order"
    if hearing.last == hearing.written:
        return f"step {hearing.last} has its checkpoint already; report before the next one", LOOP
    return "", ""
