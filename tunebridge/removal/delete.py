"""Deletes studies, and their checkpoints with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tunebridge.calls import checked
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.removal import Deleting
from tunebridge.contract.store import Store
from tunebridge.display.printable import logger_of, printed
from tunebridge.errors import StoreError, UnsupportedError, did_you_mean
from tunebridge.removal.companions import companions_of, comparison_of
from tunebridge.removal.folders import Mark, read_mark, remove_folder, size_of, store_name
from tunebridge.stores.checkpoint_places import folder_name, place_of
from tunebridge.stores.damage import examined
from tunebridge.stores.loading import check_name, opened
from tunebridge.stores.seals import ID

logger = logger_of(__name__)


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedStudy:
    """A study that was deleted, or is going to be."""

    name: str
    """Its name."""
    n_trials: int
    """How many trials it has."""
    checkpoints: Path | None
    """The folder of its checkpoints; None if there is none."""
    size: int
    """How many bytes that has."""
    is_elsewhere: bool
    """Whether its trials have written checkpoints of which none are here."""


@checked
def delete_study(
    storage: str | Store, study: str, *, checkpoints: str | os.PathLike[str] | None = None
) -> list[DeletedStudy]:
    """Delete a stored study with all its trials and their checkpoints. It cannot be undone.

    A comparison goes with its cells, a study with its confirmation. Should the process die meanwhile, each
    study is there with all that it has, or gone; the same call, or `tunebridge.clean`, then removes what is
    left of its checkpoints.

    Args:
        storage: URL of the study's store, or an open one, which is closed.
        study: Its name.
        checkpoints: The folder that the study was given for checkpoints; None for the one beside its store's
            file.

    Returns:
        What was deleted, the study itself last.

    Raises:
        StoreError: The study is not there, is a cell of a comparison, was not written by tunebridge, or has a
            live writer.
        UnsupportedError: No study can be deleted from the store.
    """
    check_name(study, storage)
    with opened(storage) as store, closing(store):
        if not isinstance(store, Deleting):
            raise UnsupportedError(
                "no study can be deleted from this store",
                hint="its plugin has no `delete`; remove the study by the means of the store itself",
            )
        found = to_delete(store, storage, study, checkpoints)
        for one in reversed(found):
            _check_free(storage, one.name)
        for one in found:
            _delete(store, storage, one)
        return found


def to_delete(
    store: Store,
    storage: str | Store,
    study: str,
    checkpoints: str | os.PathLike[str] | None = None,
) -> list[DeletedStudy]:
    """Return what goes with a study, and last itself.

    Raises:
        StoreError: The study is not there, is a cell of a comparison, or was not written by tunebridge.
    """
    check_name(study)
    if study not in store.studies():
        left = _left_behind(storage, study, checkpoints)
        if left:
            return left
        raise _not_there(store, study)
    whole = comparison_of(store, study)
    if whole is not None:
        raise StoreError(
            f"the study {study!r} is a cell of the comparison {whole!r}, which would run it again",
            hint=f"delete all of the comparison: {whole!r}; or exclude trials of the cell",
        )
    return [_look(store, storage, name, checkpoints) for name in (*companions_of(store, study), study)]


def _not_there(store: Store, study: str) -> StoreError:
    try:
        store.load(study)
    except StoreError as error:
        return StoreError(error.message, hint="delete it with the library that made it")
    return StoreError(f"there is no study {study!r}", hint=did_you_mean(study, store.studies()))


def _look(
    store: Store, storage: str | Store, name: str, checkpoints: str | os.PathLike[str] | None
) -> DeletedStudy:
    known = store.load(name)
    if known is None:
        raise StoreError(f"the study {name!r} was deleted just now", hint="make the same call again")
    place = place_of(storage, name, checkpoints, identity=_identity(known))
    folder = place if place is not None and place.is_dir() else None
    return DeletedStudy(
        name=name,
        n_trials=len({trial.number for trial in known.trials if trial.number is not None}),
        checkpoints=folder,
        size=0 if folder is None else size_of(folder),
        is_elsewhere=folder is None and any(trial.checkpoints for trial in known.trials),
    )


def _identity(known: StoredStudy) -> str:
    """Return the id of a study, damaged as it may be."""
    identity = known.notes.get(ID, "") if known.notes else ""
    return identity if isinstance(identity, str) else ""


def _check_free(storage: str | Store, name: str) -> None:
    """Check that nobody writes to a study, before anything is touched of those that go with it.

    Raises:
        StoreError: Somebody does.
    """
    if not isinstance(storage, str):
        return
    with opened(storage) as store:
        known = store.load(name)
        if known is not None and not examined(known).damaged:  # a damaged one cannot be written to
            store.claim(name)


def _delete(store: Deleting, storage: str | Store, one: DeletedStudy) -> None:
    if one.is_elsewhere:
        logger.warning(
            "the trials of %r have written checkpoints, of which none are here: if it was given a folder for "
            "them, remove its part of that by hand",
            one.name,
        )
    if one.checkpoints is not None:
        Mark(store_name(storage), one.name).write(one.checkpoints)
    if one.name in store.studies():
        store.delete(one.name)
    if one.checkpoints is not None:
        remove_folder(one.checkpoints)


def _left_behind(
    storage: str | Store, study: str, checkpoints: str | os.PathLike[str] | None
) -> list[DeletedStudy]:
    """Return what is left of the checkpoints of a study that was deleted by a process that died meanwhile."""
    place = place_of(storage, study, checkpoints)
    folders: Iterator[Path] = (
        iter(()) if place is None or not place.parent.is_dir() else place.parent.iterdir()
    )
    mark = Mark(store_name(storage), study)
    return [
        DeletedStudy(name=study, n_trials=0, checkpoints=one, size=size_of(one), is_elsewhere=False)
        for one in sorted(folders)
        if one.name.startswith(folder_name(study)) and read_mark(one) == mark
    ]
