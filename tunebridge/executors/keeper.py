"""Watches over one slot, beside the study: keeps it within its limits, and leaves nothing of it.

A keeper is the slot's parent, and on Linux the parent of all its orphans. It loads no code of the user's, and
so does what it has to whatever the slot, or the study, is busy with.
"""

from __future__ import annotations

import os
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from time import monotonic, process_time

from tunebridge.executors.bell import Bell
from tunebridge.executors.clock import Clock
from tunebridge.executors.death import Death, in_words
from tunebridge.executors.family import adopt, below, die_with, end_all, kill_group, reap
from tunebridge.executors.footprint import footprint
from tunebridge.executors.trial_limits import Limits
from tunebridge.trial.state import TrialState

LOOKING_SECONDS = 0.1
"""How often the memory of the slot is looked at, if it is limited."""

SHORTEST_SECONDS = 0.01
"""How long a keeper sleeps at least, unless something happens."""

LOOKING_SHARE = 0.1
"""The share of a core that looking at memory may take: where a look takes long, the next one comes later."""


def keep(connection: Connection, control: Connection) -> Clock | None:
    """Fork a slot, and watch over it until it is gone.

    Args:
        connection: The slot's to its study.
        control: Brings the limits from the study, and tells it that the slot is there, by None, and of its
            end. That the study says anything more, or is gone, means that the slot is to end.

    Returns:
        The clock that the slot has to keep; None in the keeper.
    """
    try:
        limits: Limits = control.recv()
    except (EOFError, OSError):
        return None
    adopt()
    clock, bell, own = Clock(), Bell(), os.getpid()
    slot = os.fork()
    if slot == 0:
        bell.close()
        control.close()
        os.setsid()
        die_with(own)
        return clock
    connection.close()
    with suppress(OSError):
        control.send(None)
    death = Keeper(slot, clock, limits).watch(control, bell)
    with suppress(OSError):
        control.send(death)
    end_all()
    return None


class Keeper:
    """Watches over one slot.

    Args:
        slot: Its process id.
        clock: What the slot notes.
        limits: What an attempt may use.
    """

    def __init__(self, slot: int, clock: Clock, limits: Limits) -> None:
        """Look at the memory at once."""
        self._slot = slot
        self._clock = clock
        self._limits = limits
        self._next_look = monotonic()

    def watch(self, control: Connection, bell: Bell) -> Death:
        """Wait until the slot has died, is past a limit, or is to end; kill its group, and say why."""
        while True:
            ready = wait([control, bell.descriptor], self._patience())
            bell.hush()
            state, reason = TrialState.FAILED, ""
            code = reap().get(self._slot)
            if code is not None:
                reason = in_words(code)
            elif control in ready:
                reason = "it has closed its connection to the study"
            else:
                state, reason = self._past()
            if reason:
                clock = self._clock
                death = Death(attempt=clock.attempt, state=state, reason=reason, seconds=clock.seconds)
                kill_group(self._slot)
                return death

    def _patience(self) -> float | None:
        """Return how long to wait before the limits are to be looked at, in seconds; None for ever."""
        timeout = self._limits.trial_timeout
        patiences = [] if timeout is None else [timeout - self._clock.used]
        patiences += [] if self._limits.memory_limit is None else [self._next_look - monotonic()]
        return max(SHORTEST_SECONDS, min(patiences)) if patiences else None

    def _past(self) -> tuple[TrialState, str]:
        """Return how an attempt that is past a limit is to end, and why; no reason if it is within them."""
        timeout, limit = self._limits.trial_timeout, self._limits.memory_limit
        if timeout is not None and self._clock.used > timeout:
            return TrialState.TIMED_OUT, f"it ran for more than trial_timeout={timeout:g} s"
        used = 0 if limit is None or monotonic() < self._next_look else self._look(limit)
        if limit is not None and used > limit:
            return TrialState.FAILED, f"it used {used:,} bytes of memory, more than memory_limit={limit:,}"
        return TrialState.FAILED, ""

    def _look(self, limit: int) -> int:
        """Return the memory that is used; the longer this takes, the later it is done again."""
        begun = process_time()
        used = footprint(below(), limit)
        pause = max(LOOKING_SECONDS, (process_time() - begun) / LOOKING_SHARE)
        self._next_look = monotonic() + pause
        return used
