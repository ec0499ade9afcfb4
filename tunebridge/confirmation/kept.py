"""Reads what a stored confirmation has, which other seeds and finalists may go on with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from tunebridge.confirmation.plan import FINALIST, SEED, Kept
from tunebridge.contract.events import StoredStudy
from tunebridge.errors import SpaceError
from tunebridge.space.natural import from_natural
from tunebridge.space.schema import stored_space
from tunebridge.space.space import Space


def kept_of(known: StoredStudy | None, space: Space) -> Kept:
    """Return what there is of earlier calls.

    Args:
        known: The study of the repeats; None if there is none yet.
        space: That of the study that is confirmed.
    """
    if known is None:
        return Kept()
    repeats = stored_space(known.notes["space"])
    return Kept(
        keys=tuple(repeats[FINALIST].values),
        seeds=tuple(repeats[SEED].values),
        points=dict(_points(known, space)),
    )


def _points(known: StoredStudy, space: Space) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for segment in known.segments:
        for one in segment["options"].get("finalists", ()):
            with suppress(SpaceError):  # the space has grown since, and has no such point
                yield one["key"], from_natural(space, one["params"])
