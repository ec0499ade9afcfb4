"""Trials that were running when a study was killed: their attempts are closed, and run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tunebridge.policy import Interrupted
from tunebridge.stores.recorder import Recorder
from tunebridge.stores.timeline import Attempt, Timeline
from tunebridge.trial.state import TrialState

DIED = "not told: its process died"
"""How backends are told of an attempt that has ended so."""


def mark_interrupted(recorder: Recorder, past: Timeline) -> Timeline:
    """Note the end of attempts that were running when their process died."""
    attempts = [
        end_interrupted(recorder, one) if one.record.state is TrialState.RUNNING else one
        for one in past.attempts
    ]
    return replace(past, attempts=tuple(attempts))


def end_interrupted(recorder: Recorder, attempt: Attempt) -> Attempt:
    """Note the end of an attempt that was running when its process died, and return it."""
    return end_left(recorder, attempt, TrialState.INTERRUPTED, told=DIED)


def end_left(
    recorder: Recorder, attempt: Attempt, state: TrialState, *, place: int | None = None, **said: Any
) -> Attempt:
    """Note the end of an attempt that nobody runs any more, and return it.

    Args:
        recorder: Keeps the study.
        attempt: It, as it was left.
        state: How it ends.
        place: Of its tell among the study's events; None for an attempt that is not told.
        said: What else its record says.
    """
    record = replace(attempt.record, state=state, finished=datetime.now(UTC), **said)
    ended = replace(attempt, record=record, place=place)
    recorder.end(ended)
    return ended


def n_deaths(tries: Sequence[Attempt]) -> int:
    """Return how many processes have died with a trial since it has got any further.

    It gets further with each checkpoint that is the furthest yet.
    """
    furthest, count = -1, 0
    for one in tries:
        if one.checkpoint is not None and one.checkpoint > furthest:
            furthest, count = one.checkpoint, 0
        count += one.record.told == DIED or one.record.state is TrialState.RUNNING
    return count


def interrupted_trials(past: Timeline) -> list[Attempt]:
    """Return the last attempts at trials that have come to no end, by number."""
    return [one for one in last_attempts(past).values() if not one.is_told]


def last_attempts(past: Timeline) -> dict[int, Attempt]:
    """Return what there is of each trial, by number: its end, or what the next attempt goes on from."""
    tries: dict[int, list[Attempt]] = {}
    for one in past.attempts:
        tries.setdefault(one.record.number, []).append(one)
    return {number: last_of(tries[number]) for number in sorted(tries)}


def last_of(tries: Sequence[Attempt]) -> Attempt:
    """Of a trial's attempts, return the last with the last checkpoint; without an end, with what led there.

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
