"""The spaces that a stored study has had: the one that it was made with, and those that it has grown to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tunebridge.contract.events import StoredStudy
from tunebridge.result.grown_space import GrownSpace
from tunebridge.space.schema import differences


def space_of(study: StoredStudy) -> Mapping[str, Any]:
    """Return the document of the space that a study has now."""
    space: Mapping[str, Any] = _documents(study)[-1]
    return space


def filled_of(segments: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what params are in trials that are older than they, by full path, as the segments say it."""
    return {path: value for grown in _grown(segments) for path, value in grown["filled"].items()}


def grown_spaces(study: StoredStudy) -> tuple[GrownSpace, ...]:
    """Return the spaces that a study has grown to, in order."""
    documents = _documents(study)
    changes = [tuple(differences(before, after)) for before, after in pairwise(documents)]
    return tuple(
        GrownSpace(trial=grown["trial"], changes=lines, filled=grown["filled"])
        for grown, lines in zip(_grown(study.segments), changes, strict=True)
    )


def before_growing(study: StoredStudy, document: Mapping[str, Any]) -> tuple[GrownSpace, ...]:
    """Return what a study has grown to since it had the space of a document; nothing if it never had."""
    places = [place for place, one in enumerate(_documents(study)) if not differences(one, document)]
    return grown_spaces(study)[places[-1] :] if places else ()


def _documents(study: StoredStudy) -> list[Mapping[str, Any]]:
    return [study.notes["space"], *(grown["space"] for grown in _grown(study.segments))]


def _grown(segments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [notes["grown"] for notes in segments if "grown" in notes]
