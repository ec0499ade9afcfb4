"""What an attempt may use."""

from __future__ import annotations

from tunebridge.values import passing


@passing
class Limits:
    """The limits of every attempt of a study."""

    trial_timeout: float | None
    """Seconds that its objective may run; None for no limit."""
    memory_limit: int | None
    """Bytes of memory that its process may hold, with all it has started; None for no limit."""
