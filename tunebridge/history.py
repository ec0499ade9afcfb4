"""Reads the trials of another study, whatever made it, into a problem's own space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tunebridge import plugins
from tunebridge.errors import ProblemError, SpaceError
from tunebridge.natural import from_natural, point_of
from tunebridge.past import Attempt, Origin
from tunebridge.problem import Direction, Problem
from tunebridge.result import Result
from tunebridge.schema import Named
from tunebridge.space import Space
from tunebridge.stored import StoredStudy
from tunebridge.trial import TrialRecord, TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The trials of another study."""

    source: str
    """Which study."""
    attempts: tuple[Attempt, ...]
    """Those that are over and inside the space, in order."""
    outside: int
    """Number of those that the space or its constraints exclude."""


def read(source: Any, problem: Problem) -> History:
    """Read a `Result`, something that has one, or a library's own study.

    Raises:
        ProblemError: It is none of these, or has other directions.
    """
    result = getattr(source, "result", source)
    if isinstance(result, Result):
        _check_directions(result.problem.directions, problem)
        return _read(f"the study {result.study!r}", map(_as_is, result.trials), problem)
    for cls in type(source).__mro__:
        for spec in plugins.registry().readers.values():
            if spec.native == f"{cls.__module__}.{cls.__qualname__}":
                return of_stored(spec.read(source), problem)
    raise ProblemError(
        f"history takes a Result, a Study of tunebridge's or of a library's, got {source!r}",
        hint="load a stored study with tunebridge.load_study(url, name)",
    )


def of_stored(study: StoredStudy, problem: Problem) -> History:
    """Read a study as a store or a reader gives it.

    Raises:
        ProblemError: It has other directions.
    """
    _check_directions(study.directions, problem)
    trials = (
        (
            trial.params,
            TrialRecord(
                number=index,
                state=trial.state,
                params={},
                values=trial.values,
                backend=trial.notes.get("backend", study.name),
                reports=trial.reports,
                told="",
                error=trial.notes.get("error"),
                seed=trial.notes.get("seed", 0),
                started=trial.started,
                finished=trial.finished,
                sampler_seconds=0.0,
                objective_seconds=0.0,
            ),
        )
        for index, trial in enumerate(study.trials)
    )
    return _read(f"the study {study.name!r}", trials, problem)


def identity(attempt: Attempt, space: Space) -> tuple[Any, ...]:
    """Return what two copies of one imported trial have in common."""
    record = attempt.record
    return point_of(space, record.params), record.state, record.values


def _read(source: str, trials: Iterable[tuple[Mapping[str, Any], TrialRecord]], problem: Problem) -> History:
    attempts, outside = [], 0
    for given, record in trials:
        if not record.state.is_finished or record.state is TrialState.INTERRUPTED:
            continue
        params = _inside(problem.space, given)
        if params is None:
            outside += 1
            continue
        attempts.append(_attempt(record, params))
    return History(source=source, attempts=tuple(attempts), outside=outside)


def _attempt(record: TrialRecord, params: Mapping[str, Any]) -> Attempt:
    own = replace(
        record, params=params, attempt=0, schedule=(), artifacts={}, told=f"imported: {record.told}"
    )
    return Attempt(record=own, origin=Origin(backend=record.backend), imported=True)


def _as_is(record: TrialRecord) -> tuple[Mapping[str, Any], TrialRecord]:
    """Return params with labels for choices that were loaded without their objects."""
    params = {
        name: repr(value) if isinstance(value, Named) else value for name, value in record.params.items()
    }
    return params, record


def _inside(space: Space, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return params, given by full path or flat, if the space holds them."""
    try:
        params = from_natural(space, given)
        return None if space.violated(params) else params
    except SpaceError:
        return None


def _check_directions(given: tuple[Direction, ...], problem: Problem) -> None:
    if given != problem.directions:
        was, now = ", ".join(given), ", ".join(problem.directions)
        raise ProblemError(f"the history has the direction {was}, and this problem {now}")
