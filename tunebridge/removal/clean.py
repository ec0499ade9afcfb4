"""Removes checkpoints that nothing can need: those that studies keep no longer, or have left behind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from tunebridge.calls import checked
from tunebridge.checks import check_flags
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of, printed
from tunebridge.errors import ProblemError
from tunebridge.registry.store_url import store_spec
from tunebridge.removal.folders import read_mark, remove_folder, size_of, store_name
from tunebridge.stores.checkpoint_places import SUFFIX, folder_name, place_of
from tunebridge.stores.damage import examined
from tunebridge.stores.loading import find, opened
from tunebridge.stores.recorder import read_past
from tunebridge.stores.seals import ID
from tunebridge.stores.stored_problem import problem_of
from tunebridge.stores.timeline import Timeline
from tunebridge.trial.kept_checkpoints import KeptCheckpoints, Which

logger = logger_of(__name__)

WITH_ID = re.compile(r".*-[0-9a-f]{8}")
"""How the folders of stored studies are named, by their ids."""
NO_STORES = {".py", ".ipynb", ".txt", ".md", ".html", ".csv", ".sh", ".toml", ".yaml", ".yml", ".pdf", ".png"}
"""Endings of files that are no stores, though they have a store's name."""


@printed
@dataclass(frozen=True, slots=True, kw_only=True)
class Unneeded:
    """A folder that nothing can need."""

    path: Path
    """The folder."""
    size: int
    """How many bytes the files in it have."""
    reason: str
    """Why nothing can need it."""


@checked
def clean(
    storage: str,
    *,
    study: str | None = None,
    checkpoints: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> list[Unneeded]:
    """Remove checkpoints that nothing can need, of the studies of a store.

    These are checkpoints of trials that have ended, but for the last and the best of each, which
    `record.checkpoint` gives; those that a killed process has left unfinished; and those of studies that
    are not there any more. A damaged study keeps all that it has.

    Args:
        storage: URL of the store.
        study: The only study to look at; None for all.
        checkpoints: The folder that studies were given for checkpoints; None for the one beside the store's
            file. Of such a folder, which others may use too, what no study has is removed only if
            `delete_study` has left it.
        dry_run: Whether all stays as it is.

    Returns:
        What was removed, or would be.

    Raises:
        StoreError: A study has a live writer, or something cannot be removed.
        ProblemError: There is no folder of checkpoints to look at.
    """
    check_flags(dry_run=dry_run)
    root = _root(storage, checkpoints)
    folders = sorted(one for one in root.iterdir() if one.is_dir()) if root.is_dir() else []
    found: list[Unneeded] = []
    # After the folders were listed: a study is in its store before its first checkpoint is in a folder.
    with opened(storage) as store:
        names = store.studies() if study is None else [find(store, study, partly=True).name]
        owners = _owners(store, storage, folders, names, checkpoints)
    for folder, name in owners.items():
        if name is not None:
            found += _of_study(storage, name, folder, dry_run=dry_run)
    if study is None:
        with opened(storage) as store:
            left = [*_left_behind(store, storage, [one for one in folders if one not in owners], checkpoints)]
        found += left
        _remove(left, dry_run=dry_run)
    return found


def _root(storage: str, checkpoints: str | os.PathLike[str] | None) -> Path:
    """Return the folder in which studies have theirs."""
    if not isinstance(storage, str):
        raise ProblemError(
            f"clean takes the URL of a store, got {brief(storage)}",
            hint="tunebridge.clean('sqlite:///tune.db')",
        )
    place = place_of(storage, "any", checkpoints)
    if place is None:
        raise ProblemError(
            "the store is no file that checkpoints could lie beside",
            hint="name the folder that its studies were given: checkpoints='checkpoints'",
        )
    return place.parent


def _owners(
    store: Store,
    storage: str,
    folders: list[Path],
    names: list[str],
    checkpoints: str | os.PathLike[str] | None,
) -> dict[Path, str | None]:
    """Return whose the folders are that belong to studies which are there; None for damaged ones."""
    found: dict[Path, str | None] = {}
    for name in names:
        mine = [one for one in folders if one.name.startswith(folder_name(name))]
        known = store.load(name) if mine else None
        if known is None:
            continue
        identity = known.notes.get(ID, "") if known.notes else ""
        place = place_of(storage, name, checkpoints, identity=identity if isinstance(identity, str) else "")
        if examined(known).damaged:
            logger.warning("the study %r is damaged, and keeps all of its checkpoints", name)
            found |= dict.fromkeys(mine)
        elif place in mine:
            found[place] = name
    return found


def _of_study(storage: str, name: str, folder: Path, *, dry_run: bool) -> list[Unneeded]:
    """Return what a study does not need, and remove it, while nobody else can write to the study."""
    with opened(storage) as store:
        store.claim(name)
        known = find(store, name)
        found = [*_unneeded(known, folder)]
        _remove(found, dry_run=dry_run)
        return found


def _unneeded(known: StoredStudy, folder: Path) -> Iterator[Unneeded]:
    past = read_past(known, problem_of(known).space)
    kept = _kept(past, KeptCheckpoints(place=folder, sign=known.directions[0].sign))
    for own in sorted(one for one in folder.iterdir() if one.name.isdecimal()):
        number = int(own.name)
        if number not in past.records:
            yield _said(own, f"of trial {number}, which the study {known.name!r} does not have")
            continue
        for one in sorted(own.iterdir()):
            if re.fullmatch(r"\d+\.part\d+", one.name):
                yield _said(one, f"of trial {number} of {known.name!r}, and never finished")
            elif one.name.isdecimal() and kept is not None and one not in kept and _has_ended(past, number):
                yield _said(one, f"of trial {number} of {known.name!r}, which keeps its last and its best")


def _has_ended(past: Timeline, number: int) -> bool:
    return past.records[number].state.counts


def _kept(past: Timeline, kept: KeptCheckpoints) -> set[Path] | None:
    """Return the checkpoints that trials which have ended keep; None for all, while a population trains."""
    records = past.records.values()
    if past.population is not None and not all(one.state.counts for one in records):
        return None
    ended = [replace(one, checkpoints=kept) for one in records if one.state.counts]
    found = [one.checkpoint(which) for one in ended for which in get_args(Which)]
    return {one.path for one in found if one is not None}


def _left_behind(
    store: Store, storage: str, folders: list[Path], checkpoints: str | os.PathLike[str] | None
) -> Iterator[Unneeded]:
    """Yield the folders of studies that are not there any more.

    One that `delete_study` has marked is known for what it is. Others count only beside the store's own
    file, if no other file could be the store that they belong to.
    """
    own = store_name(storage)
    there = set(store.studies())
    for folder in folders:
        mark = read_mark(folder)
        if mark is not None and mark.store == own:
            if mark.study not in there or _is_of_another(store, mark.study, folder):
                yield _said(folder, f"of the study {mark.study!r}, which was deleted")
        elif mark is None and WITH_ID.fullmatch(folder.name):
            if checkpoints is None and not _neighbours(storage):
                yield _said(folder, "of a study that is not there any more")
            else:
                logger.warning("%s is of no study here; it may be another store's, and stays", folder)


def _is_of_another(store: Store, study: str, folder: Path) -> bool:
    """Return whether a folder is of an earlier study of the name of one that is there."""
    known = store.load(study)
    identity = known.notes.get(ID) if known is not None and known.notes else None
    return isinstance(identity, str) and not folder.name.endswith(f"-{identity[:8]}")


def _neighbours(storage: str) -> list[Path]:
    """Return files beside a store's own whose checkpoints would lie in the same folder."""
    file = store_spec(storage).file(storage)
    if file is None:
        return []
    root = file.with_suffix(SUFFIX)
    return [
        one
        for one in file.parent.iterdir()
        if one.is_file()
        and one.resolve() != file.resolve()
        and one.with_suffix(SUFFIX) == root
        and one.suffix.lower() not in NO_STORES
    ]


def _said(path: Path, reason: str) -> Unneeded:
    return Unneeded(path=path, size=size_of(path), reason=reason)


def _remove(found: list[Unneeded], *, dry_run: bool) -> None:
    for one in () if dry_run else found:
        remove_folder(one.path)
