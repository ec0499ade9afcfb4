"""Reads the trials of another study, whatever made it, into a problem's own space.

Who wrote params decides how they are read. A label of tunebridge's is a label; if this space has none of it,
the value that stood under it in its own space is looked for. What other libraries wrote is a value, or else a
label. Last, a text that shows a number stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, SpaceError
from tunebridge.problem.problem import Direction, Problem
from tunebridge.registry import plugins
from tunebridge.result.result import Result
from tunebridge.space.matching import number_of
from tunebridge.space.natural import from_natural, point_of
from tunebridge.space.schema import read_space
from tunebridge.space.space import AnyParameter, Space, Way, as_written, by_label
from tunebridge.stores.timeline import Attempt
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The trials of another study."""

    source: str
    """Which study."""
    attempts: tuple[Attempt, ...]
    """Those that are over and inside the space, in order."""
    outside: int
    """Number of those that the space or its constraints exclude."""


@dataclass(frozen=True, slots=True)
class Known:
    """A param of which its own space is known."""

    natural: Any
    """A number, or a label of its own space."""
    value: Any
    """What stood there."""

    def within(self, parameter: AnyParameter) -> Any:
        """Return what it is in another space: what stands under its label, else the value that stood there.

        Raises:
            ValueError: That has neither.
        """
        try:
            return parameter.from_natural(self.natural)
        except ValueError:
            return parameter.find(self.value)


Written = tuple[Mapping[str, Any], Way]
"""Params by full path or flat name, and how each is read."""


def read(source: Any, problem: Problem) -> History:
    """Read a `Result`, something that has one, or a library's own study.

    Raises:
        ProblemError: It is none of these, or has other directions.
    """
    result = getattr(source, "result", source)
    if isinstance(result, Result):
        _check_directions(result.problem.directions, problem)
        own = result.problem.space
        trials = ((_known(own, record.params), record) for record in result.trials)
        return _read(f"the study {result.study!r}", trials, problem)
    for cls in type(source).__mro__:
        for spec in plugins.registry().readers.values():
            if spec.native == f"{cls.__module__}.{cls.__qualname__}":
                return _of_study(spec.read(source), problem)
    raise ProblemError(
        f"history takes a Result, a Study of tunebridge's or of a library's, got {brief(source)}",
        hint="load a stored study with tunebridge.load_study(url, name)",
    )


def of_stored(study: StoredStudy, problem: Problem) -> History:
    """Read a study from a store.

    Raises:
        ProblemError: It has other directions.
    """
    trials = tuple(replace(trial, is_natural=True) for trial in study.trials)
    return _of_study(replace(study, trials=trials), problem)


def _of_study(study: StoredStudy, problem: Problem) -> History:
    _check_directions(study.directions, problem)
    own = read_space(study.notes["space"]) if "space" in study.notes else None
    trials = (
        (
            _written(own, trial),
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


def _written(own: Space | None, trial: StoredTrial) -> Written:
    """Return the params of a trial, and how to read them, as far as it is known who wrote them."""
    if not trial.is_natural:
        return trial.params, partial(_or_number, as_written)
    if own is None:
        return trial.params, partial(_or_number, by_label)
    return _known(own, from_natural(own, trial.params))


def _known(own: Space, params: Mapping[str, Any]) -> Written:
    """Return flat params of another space, and how to read them."""
    active = own.active(params)
    known = {
        name: Known(node.parameter.to_natural(params[name]), params[name]) for name, node in active.items()
    }
    return known, lambda parameter, one: one.within(parameter)


def _or_number(way: Way, parameter: AnyParameter, given: Any) -> Any:
    """Read a param; failing that, as the number that it shows."""
    try:
        return way(parameter, given)
    except ValueError:
        number = number_of(given)
        if number is None:
            raise
        return parameter.read(number)


def _read(source: str, trials: Iterable[tuple[Written, TrialRecord]], problem: Problem) -> History:
    attempts, outside = [], 0
    for written, record in trials:
        if not record.state.counts:
            continue
        params = _inside(problem.space, *written)
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


def _inside(space: Space, given: Mapping[str, Any], way: Way) -> dict[str, Any] | None:
    """Return params, given by full path or flat, if the space holds them."""
    try:
        params = from_natural(space, given, way)
        return None if space.violated(params) else params
    except SpaceError:
        return None


def _check_directions(given: tuple[Direction, ...], problem: Problem) -> None:
    if given != problem.directions:
        was, now = ", ".join(given), ", ".join(problem.directions)
        raise ProblemError(f"the history has the direction {was}, and this problem {now}")
