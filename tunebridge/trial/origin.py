"""Who proposed the params of a trial."""

from __future__ import annotations

from tunebridge.trial.track import PLAIN, SessionState, Track
from tunebridge.values import passing


@passing
class Origin:
    """How an attempt at a trial came about."""

    backend: str
    """Who proposed the params: a backend's name, or "initial"."""
    segment: int | None = None
    """Whose session proposed them; None for an initial point."""
    asked: int | None = None
    """Place of the ask among the study's events; None if nobody was asked, as for a second attempt."""
    rejected: int = 0
    """Suggestions that were rejected on the way to this one."""
    by: str = ""
    """Which member of the backend proposed them; empty where it has none."""
    decided: str = ""
    """What the session had decided on the way to them, in its own words."""
    attempt: int = 0
    """Which attempt at the trial's number it is, from 0."""
    track: Track = PLAIN
    """What takes the suggestion up in another session."""
    state: SessionState | None = None
    """What the session kept of itself before it was asked; None for nothing."""
