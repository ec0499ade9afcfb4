"""The track of a trial in the notes of its begin, where nothing is written of one that has nothing to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.space.natural import filled_in, from_natural, to_natural
from tunebridge.space.space import Space
from tunebridge.trial.track import PLAIN, Rejected, Track


def written(space: Space, track: Track) -> dict[str, Any]:
    """Return the notes of a track."""
    if track == PLAIN:
        return {}
    rejected = [[to_natural(space, one.params), dict(one.mark)] for one in track.rejected]
    return {"track": {"rejected": rejected, "mark": dict(track.mark)}}


def read(space: Space, notes: Mapping[str, Any], filled: Mapping[str, Any]) -> Track:
    """Return the track that notes have; without one, nothing beside the params is needed.

    Args:
        space: The space that the study has now.
        notes: Those of the begin of an attempt.
        filled: What params are in trials that are older than they, by full path.
    """
    found = notes.get("track")
    if found is None:
        return PLAIN
    rejected = found.get("rejected", ())
    return Track(
        rejected=tuple(
            Rejected(params=from_natural(space, filled_in(space, params, filled)), mark=mark)
            for params, mark in rejected
        ),
        mark=found.get("mark", {}),
    )
