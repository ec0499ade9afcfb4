"""The observer that shows how a study goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shown_progress(progress: bool) -> Iterator[list[object]]:
    """Give the observer that shows a study's progress, if one is wanted; it imports rich."""
    if not progress:
        yield []
        return
    from tunebridge.progress import Progress

    with Progress() as view:
        yield [view]
