"""Reads the trials of another study, whatever made it, into a problem's own space.

Who wrote params decides how they are read. A label of tunebridge's is a label; if this space has none of it,
the value that stood under it in its own space is looked for. What other libraries wrote is a value, or else a
label. Last, a text that shows a number stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isclose
from typing import Any

from tunebridge.checks import is_finite
from tunebridge.contract.events import StoredStudy, StoredTrial
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, SpaceError
from tunebridge.problem.limits import remeasured
from tunebridge.problem.problem import Direction, Problem
from tunebridge.registry import plugins
from tunebridge.registry.readers import reader_of_study
from tunebridge.result.left_out import LeftOut
from tunebridge.result.result import Result
from tunebridge.space.matching import number_of
from tunebridge.space.natural import from_natural, point_of
from tunebridge.space.node import AnyParameter
from tunebridge.space.numeric import Float
from tunebridge.space.option import Option
from tunebridge.space.schema import stored_space
from tunebridge.space.space import Space
from tunebridge.space.ways import Way, as_written, by_label
from tunebridge.stores import limits, tables
from tunebridge.stores.damage import check_native
from tunebridge.stores.exclusions import reason_of
from tunebridge.stores.grown_spaces import filled_of, space_of
from tunebridge.stores.recorder import read_params
from tunebridge.stores.timeline import Attempt
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

MOST_NAMED = 5
"""How many trials an error lists."""
ROUNDING = 1e-12
"""By what share of a bound `exp(log(bound))` may miss it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The trials of another study."""

    source: str
    """Which study."""
    attempts: tuple[Attempt, ...]
    """Those that are over and inside the space, in order."""
    left_out: tuple[LeftOut, ...]
    """Those that are excluded there, or lie outside the space or its constraints, with the reason."""


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
        StoreError: tunebridge had stored it, and it is damaged.
    """
    if tables.is_table(source):
        return _of_study(tables.read(source, problem), problem)
    if isinstance(source, StoredStudy):
        check_native(source)
        return (of_stored if "space" in source.notes else _of_study)(source, problem)
    result = getattr(source, "result", source)
    if isinstance(result, Result):
        _check_directions(result.problem.directions, problem)
        own = result.problem.space
        trials = ((_known(own, record.params), record) for record in result.trials)
        return _read(f"the study {result.study!r}", trials, problem)
    spec = reader_of_study(source)
    if spec is not None and spec.read:
        study = spec.read(source)
        check_native(study)
        return _of_study(study, problem)
    raise ProblemError(
        f"history takes a Result, a Study of tunebridge's or of a library's, got {brief(source)}",
        hint=f"load a stored study with tunebridge.load_study(url, name); else give {_takes()}",
    )


def of_stored(study: StoredStudy, problem: Problem) -> History:
    """Read a study from a store.

    Raises:
        ProblemError: It has other directions.
    """
    trials = tuple(replace(trial, is_natural=True) for trial in study.trials)
    return _of_study(replace(study, trials=trials), problem)


def _of_study(study: StoredStudy, problem: Problem) -> History:
    _check_directions(study.directions, problem, study.notes.get("other_directions", ""))
    own = stored_space(space_of(study)) if "space" in study.notes else None
    filled = filled_of(study.segments)
    excluded = study.excluded
    trials = (
        (
            _written(own, trial, filled),
            TrialRecord(
                number=trial.attempt if trial.number is None else trial.number,
                state=_state(trial),
                params={},
                values=trial.values if _state(trial) is TrialState.COMPLETE else None,
                backend=trial.notes.get("backend", study.name),
                reports=tuple(report for report in trial.reports if is_finite(report.value)),
                excluded=reason_of(trial, excluded),
                told="",
                error=trial.notes.get("error"),
                notes=trial.notes.get("notes", {}),
                limits=limits.read(trial.notes.get("limits", {})),
                seed=trial.notes.get("seed", 0),
                started=trial.started,
                finished=trial.finished,
                sampler_seconds=0.0,
                objective_seconds=0.0,
            ),
        )
        for trial in study.trials
    )
    return _read(f"the study {study.name!r}", trials, problem)


def identity(attempt: Attempt, space: Space) -> tuple[Any, ...]:
    """Return what two copies of one imported trial have in common."""
    record = attempt.record
    return point_of(space, record.params), record.state, record.values


def _written(own: Space | None, trial: StoredTrial, filled: Mapping[str, Any]) -> Written:
    """Return the params of a trial, and how to read them, as far as it is known who wrote them."""
    if not trial.is_natural:
        return trial.params, partial(_or_number, _as_given)
    if own is None:
        return trial.params, partial(_or_number, by_label)
    return _known(own, read_params(own, trial.params, filled)[0])


def _known(own: Space, params: Mapping[str, Any]) -> Written:
    """Return flat params of another space, and how to read them."""
    active = own.active(params)
    known = {
        name: Known(node.parameter.to_natural(params[name]), params[name]) for name, node in active.items()
    }
    return known, lambda parameter, one: one.within(parameter)


def _as_given(parameter: AnyParameter, given: Any) -> Any:
    """Read a param as another library wrote it."""
    return given.within(parameter) if isinstance(given, Option) else as_written(parameter, given)


def _or_number(way: Way, parameter: AnyParameter, given: Any) -> Any:
    """Read a param; failing that, as the number that it shows, or as the bound that was rounded to it."""
    try:
        return way(parameter, given)
    except ValueError:
        number = number_of(given) if isinstance(given, str) else given
        if not is_finite(number):
            raise
        return parameter.read(_unrounded(parameter, number))


def _unrounded(parameter: AnyParameter, number: Any) -> Any:
    """Return a bound in place of a number that misses it by what `exp(log(bound))` does."""
    bounds = (parameter.low, parameter.high) if isinstance(parameter, Float) else ()
    return next((bound for bound in bounds if isclose(number, bound, rel_tol=ROUNDING)), number)


def _read(source: str, trials: Iterable[tuple[Written, TrialRecord]], problem: Problem) -> History:
    attempts, left_out = [], []
    for written, record in trials:
        if not record.state.counts:
            continue
        if record.excluded is not None:
            reason = f"excluded: {record.excluded}"
            left_out.append(LeftOut(source=source, number=record.number, reason=reason))
            continue
        try:
            own = replace(record, limits=remeasured(problem.limits, record.limits, record.notes))
            attempts.append(_attempt(own, _inside(problem, record, *written)))
        except SpaceError as error:
            reason = "; ".join(error.faults)
            left_out.append(LeftOut(source=source, number=record.number, reason=reason))
    return History(source=source, attempts=tuple(attempts), left_out=tuple(left_out))


def _attempt(record: TrialRecord, params: Mapping[str, Any]) -> Attempt:
    own = replace(
        record, params=params, attempt=0, schedule=(), artifacts={}, told=f"imported: {record.told}"
    )
    return Attempt(record=own, origin=Origin(backend=record.backend), imported=True)


def _inside(problem: Problem, record: TrialRecord, given: Mapping[str, Any], way: Way) -> dict[str, Any]:
    """Return params, given by full path or flat.

    Raises:
        SpaceError: The space or its constraints exclude them, or the trial has other objectives.
    """
    if record.values is not None and len(record.values) != len(problem.directions):
        raise SpaceError([f"has {len(record.values)} values, and this problem {len(problem.directions)}"])
    params = from_natural(problem.space, given, way)
    violated = problem.space.violated(params)
    if violated is not None:
        raise SpaceError([f"breaks the constraint {violated.reason!r}"])
    return params


def check_carried(found: Sequence[History]) -> None:
    """Check that a new study hears of something, if it was given something.

    Raises:
        ProblemError: Nothing of all histories can be carried.
    """
    left_out = [one for history in found for one in history.left_out]
    if left_out and not any(history.attempts for history in found):
        reasons = "\n".join(f"  {one}" for one in left_out[:MOST_NAMED])
        raise ProblemError(
            f"none of the {len(left_out)} trials of the history can be carried:\n{reasons}",
            hint="params have the names of this space, flat or as full paths, and lie in its bounds; a "
            "choice is given by its value or its label",
        )


def _state(trial: StoredTrial) -> TrialState:
    """Return the state of a trial; one whose value is no number has failed, as it does here."""
    has_values = trial.values is not None and all(map(is_finite, trial.values))
    is_complete = trial.state is TrialState.COMPLETE
    return TrialState.FAILED if is_complete and not has_values else trial.state


def _takes() -> str:
    """Return in words what else is read."""
    summaries = [spec.summary for spec in plugins.registry().readers.values() if spec.read]
    return ", ".join([*summaries, "a frame of pandas, or a path that ends in .csv"])


def _check_directions(given: tuple[Direction, ...], problem: Problem, hint: str = "") -> None:
    if given != problem.directions:
        was, now = ", ".join(given), ", ".join(problem.directions)
        fits = len(given) == len(problem.directions)
        raise ProblemError(
            f"the history has the direction {was}, and this problem {now}", hint=hint if fits else ""
        )
