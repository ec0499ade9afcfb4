"""A stored study goes on in a larger space, with all its trials: whether it can, and what is noted of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.display.brief import brief
from tunebridge.display.counted import counted
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, SpaceError, StoreError, did_you_mean
from tunebridge.policy import OnSpaceChange
from tunebridge.space.grown import growth_faults, new_paths
from tunebridge.space.natural import filled_in
from tunebridge.space.node import Node
from tunebridge.space.schema import differences
from tunebridge.space.space import UNREAD, Space
from tunebridge.stores.grown_spaces import before_growing, filled_of, space_of
from tunebridge.stores.recorder import POPULATION, read_attempt
from tunebridge.stores.stored_problem import Description

logger = logger_of(__name__)

Grow = bool | Mapping[str, Any]
"""Whether a stored study may go on in a larger space; what its new params were in trials before, by name."""

OTHERWISE = (
    "name another study, and let it learn from this one: history=tunebridge.load_study(url, name), or "
    'on_space_change="carry"'
)
"""What to do if a space has not only grown."""

MOST_NAMED = 10
"""How many trials an error names that a space has lost."""


def check_grow(grow: Any, *, is_stored: bool, on_space_change: OnSpaceChange) -> None:
    """Check what is said of growing before anything is opened.

    Raises:
        ProblemError: It is no such thing, or means nothing beside the rest.
    """
    is_mapping = isinstance(grow, Mapping) and all(isinstance(name, str) for name in grow)
    if not (isinstance(grow, bool) or is_mapping):
        raise ProblemError(
            f"grow must be True, or what new params were in the trials before, by name, got {brief(grow)}",
            hint="grow={'momentum': 0.9}",
        )
    if grow is False:
        return
    if not is_stored:
        raise ProblemError(
            "grow lets a stored study go on in a larger space, and there is no storage",
            hint='name both: storage="sqlite:///tune.db", study="svm"; or give what there is as history=...',
        )
    if on_space_change != "error":
        raise ProblemError(
            f"grow and on_space_change={on_space_change!r} say two things of a space that has changed",
            hint="grow goes on in the same study, and carry in a new one: leave one of the two out",
        )


def warn_of_untried(untried: Sequence[str], backend: str) -> None:
    """Say that a sampler that learns from all trials before may never come to choices that none had."""
    if untried:
        logger.warning(
            "no trial has had these choices, and %s, which learns from those before, may never come to them "
            "by itself (%s): begin with some points that have them, initial=[{...}, ...]",
            backend,
            "; ".join(untried),
        )


def hint_of(known: StoredStudy, described: Description, hint: str) -> str:
    """Return what to do about a stored study of another problem, if its space has only grown; else `hint`."""
    old, new = space_of(known), described.document["space"]
    if old == new or not differences(old, new) or growth_faults(old, new):
        return hint
    lacking = _lacking(known, described.problem.space, filled_of(known.segments))
    how = _word(lacking) if lacking else "grow=True (--grow)"
    had = ", with what these params were in them," if lacking else ""
    return f"the space has grown: {how} goes on with all trials{had} in this study; or {hint}"


def grown_note(known: StoredStudy, described: Description, grow: Grow) -> dict[str, Any] | None:
    """Return what is noted of a stored study that grows now; None if its space is the same, or may not grow.

    Args:
        known: The study.
        described: The problem with which it is to go on.
        grow: What was said of it.

    Raises:
        StoreError: The space had another one before it grew, or has not only grown.
        ProblemError: Names or values in `grow` are not those of new params.
    """
    old, new = space_of(known), described.document["space"]
    space, before = described.problem.space, filled_of(known.segments)
    if old == new or not differences(old, new):
        _check_as_before(_read(grow, space), before, space)
        return None
    _check_no_step_back(known, new)
    if grow is False:
        return None
    faults = growth_faults(old, new)
    if faults:
        message = f"the space of the study {known.name!r} has not only grown:"
        raise StoreError("\n".join([message, *faults]), hint=OTHERWISE)
    filled = _read(grow, space)
    _check_as_before(filled, before, space)
    _check_population(known)
    _check_trials(known, space, {**before, **filled})
    _check_needed(known, filled, new_paths(old, new))
    numbers = (trial.number for trial in known.trials if trial.number is not None)
    return {"space": new, "filled": filled, "trial": 1 + max(numbers, default=-1)}


def _word(lacking: Iterable[str]) -> str:
    """Return how it is said what params were that trials lack."""
    given = ", ".join(f"{path!r}: ..." for path in lacking)
    return f"grow={{{given}}} ({' '.join(['--grow', *(f'--had {path}=...' for path in lacking)])})"


def _read(grow: Grow, space: Space) -> dict[str, Any]:
    """Return what new params were as natural ones, by full path."""
    found = {}
    for name, value in grow.items() if isinstance(grow, Mapping) else ():
        nodes = [node for node in space.nodes if name in {node.path, node.name}]
        if not nodes:
            names = dict.fromkeys(node.name for node in space.nodes)
            raise ProblemError(f"grow: {name}: is no parameter of the space", hint=did_you_mean(name, names))
        for node in nodes:
            try:
                found[node.path] = node.parameter.to_natural(node.parameter.read(value))
            except ValueError as error:
                hint = "trials of before are told with this value, so it must lie in the space"
                raise ProblemError(f"grow: {node.path}: {error}", hint=hint) from error
    return found


def _check_as_before(filled: Mapping[str, Any], before: Mapping[str, Any], space: Space) -> None:
    """Check that nothing is said otherwise than when the study grew before."""
    parameters = {node.path: node.parameter for node in space.nodes}
    for path, value in filled.items():
        if path in before and before[path] != value:
            was, now = (brief(parameters[path].from_natural(one)) for one in (before[path], value))
            raise ProblemError(
                f"grow: {path}: was {was} in trials before, as it was said when the study grew, got {now}",
                hint=f"write {path!r}: {was}, or leave it out",
            )


def _check_no_step_back(known: StoredStudy, document: Mapping[str, Any]) -> None:
    since = before_growing(known, document)
    if since:
        message = f"the space is the one that the study {known.name!r} had before it grew:"
        raise StoreError(
            "\n".join([message, *(f"it {grown}" for grown in since)]),
            hint="give it the space that it has now, or name another study",
        )


def _check_population(known: StoredStudy) -> None:
    if any(POPULATION in trial.notes or "copies" in trial.notes for trial in known.trials):
        raise StoreError(
            f"the study {known.name!r} has a population, whose members hand on their params: it cannot grow",
            hint=OTHERWISE,
        )


def _check_trials(known: StoredStudy, space: Space, filled: Mapping[str, Any]) -> None:
    """Check that every trial has all that it needs in the grown space, and lies in it."""
    lacking = _lacking(known, space, filled)
    if lacking:
        lines = [f"{path}: {counted(count, 'trial')} of before lack it" for path, count in lacking.items()]
        raise StoreError(
            "\n".join(
                [f"the space of the study {known.name!r} has grown by params without a value:", *lines]
            ),
            hint=f"say with which value those trials ran: {_word(lacking)}",
        )
    lost = [line for trial in known.trials for line in _lost(trial, space, filled)]
    if lost:
        message = f"the space of the study {known.name!r} has lost trials:"
        raise StoreError("\n".join([message, *lost[:MOST_NAMED]]), hint=OTHERWISE)


def _lacking(known: StoredStudy, space: Space, filled: Mapping[str, Any]) -> dict[str, int]:
    """Return what trials lack in a grown space, by full path, each with the number of those trials."""
    counts: dict[str, int] = {}
    for trial in known.trials:
        natural = filled_in(space, trial.params, filled)
        for node in _open(space, natural):
            counts[node.path] = counts.get(node.path, 0) + 1
    return counts


def _open(space: Space, natural: Mapping[str, Any]) -> list[Node]:
    """Return the parameters that natural params have no value of; what depends on these is not known yet."""
    found: list[Node] = []

    def take(node: Node) -> Any:
        if node.path in natural:
            return node.parameter.from_natural(natural[node.path])
        if node.fixed:
            return node.parameter.quantile(0.0)
        found.append(node)
        return UNREAD

    space.walk(take)
    return found


def _lost(trial: StoredTrial, space: Space, filled: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a trial out of a grown space: conditions and constraints."""
    name = "an imported trial" if trial.number is None else f"trial {trial.number}"
    try:
        violated = space.violated(read_attempt(space, trial, filled).record.params)
    except SpaceError as error:
        yield from (f"{name}: {fault}" for fault in error.faults)
        return
    if violated is not None:
        yield f"{name}: violates the constraint {violated.reason!r}"


def _check_needed(known: StoredStudy, filled: Mapping[str, Any], new: Collection[str]) -> None:
    """Check that nothing is said of params that all trials have."""
    had = [path for path in filled if path not in new and all(path in one.params for one in known.trials)]
    if had:
        raise ProblemError(
            f"grow: {', '.join(had)}: is not new, and no trial lacks it",
            hint="name new params, with what they were in the trials before, and no others",
        )
