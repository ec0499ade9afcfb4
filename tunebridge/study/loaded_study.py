"""Finds a study in its store, or makes it there: its name, its past, and who writes it on."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from tunebridge import dependencies
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.sharing import Sharing
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, StoreError
from tunebridge.fingerprint.changes import uncompared
from tunebridge.policy import OnObjectiveChange, OnSpaceChange, check_choice
from tunebridge.problem.problem import Problem
from tunebridge.result.grown_space import GrownSpace
from tunebridge.result.left_out import LeftOut
from tunebridge.space.grown import new_choices
from tunebridge.space.schema import unstable_labels
from tunebridge.stores import history, loading, stored_problem
from tunebridge.stores.checkpoint_places import place_of
from tunebridge.stores.given import writer_of
from tunebridge.stores.grown_spaces import filled_of, grown_spaces, space_of
from tunebridge.stores.kept_session import KeptSession
from tunebridge.stores.recorder import Recorder, read_past
from tunebridge.stores.seals import ID, Seals, new_id
from tunebridge.stores.stored_problem import Description
from tunebridge.stores.timeline import Timeline
from tunebridge.stores.upgrades import format_of
from tunebridge.study.grown_study import Grow, check_grow, grown_note, hint_of
from tunebridge.study.interrupted_trials import mark_interrupted
from tunebridge.study.seeds import read_seed

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStudy:
    """A study before it is opened."""

    name: str
    """Its name."""
    seed: int
    """Its seed."""
    identity: str = ""
    """What no other stored study has; empty for one in memory, or of an early version."""
    past: Timeline = field(default_factory=Timeline)
    """What it has been through."""
    left_out: tuple[LeftOut, ...] = ()
    """Trials of other studies that could not be imported, with their reasons."""
    news: str = ""
    """Why its last session cannot go on although nothing else has changed; empty if it can."""
    grown: tuple[GrownSpace, ...] = ()
    """The spaces that it has grown to, in order."""
    grows: Mapping[str, Any] | None = None
    """What its next segment notes of the last of these; None if it does not grow now."""
    untried: tuple[str, ...] = ()
    """Choices that its space has grown by now, by full path: no trial has had them."""
    recorder: Recorder | None = None
    """Where it is kept; None for memory."""
    session: KeptSession | None = None
    """The last state of its session; None if none was kept, or it is damaged."""
    checkpoints: Path | None = None
    """The folder of its checkpoints; None for a temporary one."""

    @property
    def lasting_identity(self) -> str:
        """What no other study has; the name, for one that an early version has stored."""
        return self.identity or (new_id() if self.recorder is None else self.name)


def load_or_create(
    problem: Problem,
    *,
    storage: str | Store | None,
    study: str | None,
    seed: int | None,
    on_space_change: OnSpaceChange,
    on_objective_change: OnObjectiveChange = "error",
    grow: Grow = False,
    sources: Sequence[Any],
    checkpoints: str | os.PathLike[str] | None = None,
    first_turn: ExitStack | None = None,
) -> LoadedStudy:
    """Find or make a study.

    Args:
        problem: What is optimised.
        storage: URL of its store; None for memory.
        study: Its name; made of the seed if None.
        seed: Its seed; that of the stored study, or a fresh one, if None.
        on_space_change: What to do if the stored study has another problem.
        on_objective_change: What to do if only what its objective or constraints compute is another.
        grow: Whether its space may have grown, and what new params were in the trials before.
        sources: Other studies, whose trials its backends are told of.
        checkpoints: The folder for its checkpoints; None for the one beside its file.
        first_turn: Gets the first turn of this process, which ends with it, if the study is to be shared;
            None to claim it.

    Raises:
        StoreError: The store cannot be used or shared, or has another problem under this name.
        ProblemError: An argument is out of its bounds.
    """
    check_choice("on_space_change", on_space_change, get_args(OnSpaceChange))
    check_choice("on_objective_change", on_objective_change, get_args(OnObjectiveChange))
    check_grow(grow, is_stored=storage is not None, on_space_change=on_space_change)
    if study is not None and not (isinstance(study, str) and study):
        raise ProblemError(f"a study's name must be a string that is not empty, got {brief(study)}")
    found = [history.read(source, problem) for source in sources]
    if storage is None:
        return _in_memory(problem, study, read_seed(seed), found, checkpoints)
    _check_labels(problem)
    name = study or _name(seed)
    described = stored_problem.describe(problem, on_objective_change)
    with loading.opened(storage, keep=True) as store:
        target, old = _target(store, described, name, on_space_change)
        carried = [] if old is None else [history.of_stored(old, problem)]
        writer = _entered(store, target, first_turn)
        try:
            known = loading.load(store, target)
            if known is None:
                if old is None:
                    history.check_carried(found)
                loaded = _created(store, described, target, seed, old, writer)
            else:
                loaded = _known(store, described, known, seed, writer, grow)
                carried = _uncarried(store, problem, known)
            place = place_of(storage, target, checkpoints, identity=loaded.identity)
            loaded = replace(loaded, checkpoints=place)
            return _with_history(loaded, problem, [*carried, *found])
        except BaseException:
            store.close()
            raise


def _name(seed: int | None) -> str:
    """Return the name of a study that was given none."""
    if seed is None:
        hint = 'write study="..."; the same name goes on with it later'
        raise ProblemError("a study that is stored needs a name, or a seed to make it of", hint=hint)
    return f"tunebridge-{read_seed(seed)}"


def _entered(store: Store, name: str, first_turn: ExitStack | None) -> str:
    """Claim a study, or join it and return the id of this writer.

    Raises:
        StoreError: Somebody else writes it, or the store cannot be shared.
    """
    if first_turn is None:
        store.claim(name)
        return ""
    if not isinstance(store, Sharing):
        raise StoreError(
            "this store keeps one writer of a study only, so no processes can share one: join=True",
            hint="use a database or a journal: sqlite:///tune.db, postgresql://..., mysql://..., journal:///...",
        )
    return writer_of(store, first_turn.enter_context(store.join(name)))


def _unused(place: Path | None) -> Path | None:
    """Return the folder of a study in memory, which begins anew.

    Raises:
        ProblemError: There are checkpoints of another run in it.
    """
    if place is not None and place.is_dir() and any(place.iterdir()):
        hint = "name another folder or another study, or keep the study: storage='sqlite:///tune.db'"
        raise ProblemError(f"{place} holds the checkpoints of another study of this name", hint=hint)
    return place


def _in_memory(
    problem: Problem,
    study: str | None,
    seed: int,
    found: Sequence[history.History],
    checkpoints: str | os.PathLike[str] | None,
) -> LoadedStudy:
    history.check_carried(found)
    name = study or f"tunebridge-{seed}"
    place = _unused(place_of(None, name, checkpoints))
    return _with_history(LoadedStudy(name=name, seed=seed, checkpoints=place), problem, found)


def _check_labels(problem: Problem) -> None:
    """Check that choices will be found again by their labels.

    Raises:
        ProblemError: A label is another one in every process.
    """
    unstable = unstable_labels(problem.space)
    if unstable:
        raise ProblemError("the space cannot be stored:\n" + "\n".join(unstable))


def _target(
    store: Store, described: Description, name: str, on_space_change: OnSpaceChange
) -> tuple[str, StoredStudy | None]:
    """Return the name of the study that goes on, and the one that is carried into it, if one is."""
    if on_space_change == "error":
        return name, None
    newest, following = line_of(store, name)
    known = loading.load(store, newest)
    return (following, known) if known is not None and described.changes(known) else (newest, None)


def _uncarried(store: Store, problem: Problem, known: StoredStudy) -> list[history.History]:
    """Return the parent of a study that may not have been carried to the end.

    Its maker may have been killed while it copied: no session begins before that is done.
    """
    parent = None if known.segments else known.notes["parent"]
    old = None if parent is None else loading.load(store, parent)
    return [] if old is None else [history.of_stored(old, problem)]


def _known(
    store: Store, described: Description, known: StoredStudy, seed: int | None, writer: str, grow: Grow
) -> LoadedStudy:
    """Return a study that is there, checked."""
    name, space = known.name, described.problem.space
    hint = 'name another study; or let on_space_change="carry" go on in a new one with what still holds'
    grows = grown_note(known, described, grow)
    if grows is None:
        described.check(known, hint_of(known, described, hint))
    else:
        described.check(known, "name another study", grows=True)
    stored = known.notes["seed"]
    if seed is not None and read_seed(seed) != stored:
        hint = f"leave the seed out, write seed={stored}, or take another name"
        raise StoreError(f"the study {name!r} was made with seed {stored}, not {seed}", hint=hint)
    now = known if grows is None else replace(known, segments=(*known.segments, {"grown": grows}))
    filled, grown = filled_of(now.segments), grown_spaces(now)
    recorder = Recorder(
        store, space, Seals(known.notes), described.note_changes, writer=writer, filled=filled
    )
    past = read_past(known, space, filled)
    past = past if writer else mark_interrupted(recorder, past)
    recorder.note_next(_described_anew(known, described))
    return LoadedStudy(
        name=name,
        seed=stored,
        identity=known.notes.get(ID, ""),
        past=past,
        recorder=recorder,
        session=KeptSession.read(known),
        news="" if grows is None else f"its space has grown: {'; '.join(grown[-1].changes)}",
        grown=grown,
        grows=grows,
        untried=() if grows is None else tuple(new_choices(space_of(known), grows["space"])),
    )


def _created(
    store: Store,
    described: Description,
    name: str,
    seed: int | None,
    parent: StoredStudy | None,
    writer: str,
) -> LoadedStudy:
    fixed = read_seed(parent.notes["seed"] if seed is None and parent is not None else seed)
    problem = described.problem
    _say("not compared when it goes on", name, described.document["objective"]["not_compared"])
    notes = {
        **described.document,
        "format": format_of(described.document),
        ID: new_id(),
        "seed": fixed,
        "parent": None if parent is None else parent.name,
        "versions": {
            "python": platform.python_version(),
            "tunebridge": dependencies.installed_version("tunebridge"),
        },
    }
    recorder = Recorder(store, problem.space, Seals(notes), described.note_changes, writer=writer)
    recorder.create(StoredStudy(name=name, directions=problem.directions, notes=notes))
    return LoadedStudy(name=name, seed=fixed, identity=notes[ID], recorder=recorder)


def _described_anew(known: StoredStudy, described: Description) -> dict[str, Any]:
    """Return the note of what is computed otherwise from now on, or is described for the first time."""
    before, now = stored_problem.newest(known), described.document
    accepted = described.computed_changes(known)
    unseen = uncompared(before["objective"], now["objective"])
    if before["objective"].get("scheme") == now["objective"]["scheme"] and not accepted:
        return {}
    _say("goes on although it has changed", known.name, accepted)
    _say("stored by an earlier tunebridge, so this may have changed unseen", known.name, unseen)
    problem = {name: now[name] for name in ("objective", "space") if before[name] != now[name]}
    when = datetime.now(UTC).isoformat()
    return {stored_problem.NOTE: {"problem": problem, "accepted": accepted, "unseen": unseen, "when": when}}


def _say(what: str, name: str, things: Mapping[str, str] | Sequence[str]) -> None:
    if things:
        shown = [f"{one} ({things[one]})" for one in things] if isinstance(things, Mapping) else things
        logger.warning("the study %r, %s: %s", name, what, "; ".join(shown))


def _with_history(loaded: LoadedStudy, problem: Problem, found: Sequence[history.History]) -> LoadedStudy:
    for one in found:
        loaded = _imported(loaded, problem, one)
    return loaded


def _imported(loaded: LoadedStudy, problem: Problem, found: history.History) -> LoadedStudy:
    """Add those trials of another study that were not added before."""
    past = loaded.past
    known = Counter(history.identity(one, problem.space) for one in past.imported)
    fresh, added = [], []
    for one in found.attempts:
        identity = history.identity(one, problem.space)
        known[identity] -= 1
        fresh += [one] if known[identity] < 0 else []
    if fresh and loaded.grows is not None:
        raise ProblemError(
            f"the study {loaded.name!r} grows, and takes trials of {found.source}: one after the other",
            hint="leave history out of the call in which it grows, and give it in the next",
        )
    first = past.n_events
    for index, attempt in enumerate(fresh):
        record = replace(attempt.record, number=len(past.imported) + index)
        added.append(replace(attempt, record=record, place=first + index))
        if loaded.recorder is not None:
            loaded.recorder.add_imported(added[-1])
    return replace(
        loaded,
        past=replace(past, imported=(*past.imported, *added)),
        left_out=loaded.left_out + found.left_out,
        news=f"trials of {found.source} were added" if added and past.segments else loaded.news,
    )


def line_of(store: Store, name: str) -> tuple[str, str]:
    """Return the names of the last study that carrying has made of a name, and of the next."""
    names = set(store.studies())
    number = 2
    while f"{name}@{number}" in names:
        number += 1
    return name if number == 2 else f"{name}@{number - 1}", f"{name}@{number}"
