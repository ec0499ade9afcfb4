"""Trials that were running when a study was killed: their attempts are closed, and run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tunebridge.policy import Interrupted
from tunebridge.stores.recorder import Recorder
from tunebridge.stores.timeline import Attempt, Timeline
from tunebridge.trial.state import TrialState


def mark_interrupted(recorder: Recorder, past: Timeline) -> Timeline:
    """Note the end of attempts that were running when their process died."""
    attempts = []
    for one in past.attempts:
        if one.record.state is TrialState.RUNNING:
            state, now = TrialState.INTERRUPTED, datetime.now(UTC)
            record = replace(one.record, state=state, finished=now, told="not told: interrupted")
            one = replace(one, record=record)  # noqa: PLW2901
            recorder.end(one)
        attempts.append(one)
    return replace(past, attempts=tuple(attempts))


def interrupted_trials(past: Timeline) -> list[Attempt]:
    """Return the last attempts at trials that have come to no end, by number."""
    return [one for one in last_attempts(past).values() if not one.is_told]


def last_attempts(past: Timeline) -> dict[int, Attempt]:
    """Return what there is of each trial, by number: its end, or what the next attempt goes on from."""
    tries: dict[int, list[Attempt]] = {}
    for one in past.attempts:
        tries.setdefault(one.record.number, []).append(one)
    return {number: _with_checkpoint(tries[number]) for number in sorted(tries)}


def _with_checkpoint(tries: Sequence[Attempt]) -> Attempt:
    """Return the last attempt with the last checkpoint; if it has no end, with what had been by then, too.

    An attempt that went on from a checkpoint may end before it has written one of its own. A trial is paused
    no more if a turn has begun since then.
    """
    last = tries[-1]
    wrote = next((one for one in reversed(tries) if one.checkpoint is not None), last)
    if not last.is_told:
        paused = wrote.paused if last.turn in {None, wrote.turn} else None
        return replace(last, record=wrote.record, checkpoint=wrote.checkpoint, paused=paused)
    has_gone_on = any(report.step == wrote.checkpoint for report in last.record.reports)
    return replace(last, checkpoint=wrote.checkpoint) if has_gone_on else last


def trials_to_run_again(past: Timeline, interrupted: Interrupted) -> list[Attempt]:
    """Return the attempts that are made again: of all trials without an end, or of none."""
    return interrupted_trials(past) if interrupted == "retry" else []
