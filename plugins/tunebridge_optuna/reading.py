"""Optuna's distributions, read: those of a dict, of a trial, or of all trials of a study.

- Floats, integers and choices have a parameter of their own, with the same values, equally likely.
- A study in whose trials one name has several ranges, or in some of which a name is missing, has a space that
  its code alone knows.
- A space that tunebridge has made for Optuna is that space again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Fidelity, Reading, Space, SpaceError, TranslatedParameter
from tunebridge.display.brief import brief
from tunebridge_optuna.natural import parameter_of
from tunebridge_optuna.records import NATURAL, OURS
from tunebridge_optuna.space import DefineByRun, to_native_value

SOURCE = "a search space of Optuna's"

Found = Mapping[str, BaseDistribution]


@dataclass(frozen=True, slots=True)
class Native:
    """The way back to what Optuna hands to a `define` function of ours, by full path."""

    space: Space
    """The declared space."""

    def __call__(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the native values of flat params."""
        active = self.space.active(params).values()
        return {
            node.path: to_native_value(node.parameter, params[node.name]) for node in active if not node.fixed
        }


@dataclass(frozen=True, slots=True)
class Suggested:
    """The way back to what Optuna would have suggested, by name."""

    ranges: Found
    """The distributions."""

    def __call__(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of flat params; the top of a stepped float is Optuna's own, without rounding."""
        return {name: self._suggested(name, value) for name, value in params.items()}

    def _suggested(self, name: str, value: Any) -> Any:
        known = self.ranges[name]
        return min(value, known.high) if isinstance(known, FloatDistribution) else value


def read(source: Any) -> Reading:
    """Return the reading of a dict of distributions, a trial, a study, or a space that was made for Optuna.

    Raises:
        SpaceError: It has none, or something in it is no distribution.
    """
    match source:
        case DefineByRun():
            return _made(source.space)
        case FrozenTrial():
            return _reading(source.distributions, source)
        case Study():
            return _study(source)
        case Mapping():
            return _reading(source, source)
        case _:
            raise SpaceError(
                [f"{brief(source)} is one distribution without a name"],
                hint="give a dict: {'x': FloatDistribution(0, 1)}",
            )


def _reading(given: Mapping[str, Any], source: object) -> Reading:
    """Return the reading of distributions by name."""
    if not given:
        hint = "give a trial that has suggested some"
        raise SpaceError([f"{brief(source)} has no distributions"], hint=hint)
    wrong = {name: one for name, one in given.items() if not isinstance(one, BaseDistribution)}
    if wrong:
        raise SpaceError(
            [f"{name}: must be a distribution of Optuna's, got {brief(one)}" for name, one in wrong.items()],
            hint="write FloatDistribution(0, 1), IntDistribution(1, 9) or CategoricalDistribution([1, 2])",
        )
    space = Space({name: parameter_of(one) for name, one in given.items()})
    rows = [_row(node.path, node.declared, given[node.name], Fidelity.EXACT, "") for node in space.nodes]
    return Reading(source=SOURCE, space=space, parameters=tuple(rows), back=Suggested(dict(given)))


def _made(space: Space) -> Reading:
    rows = (_row(node.path, node.declared, node.declared, Fidelity.EXACT, "") for node in space.nodes)
    return Reading(source=SOURCE, space=space, parameters=tuple(rows), back=Native(space))


def _study(study: Study) -> Reading:
    """Return the reading of what all trials of a study have suggested."""
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.distributions]
    if any(key.startswith((NATURAL, *OURS)) for trial in trials for key in trial.user_attrs):
        raise SpaceError(
            [f"the study {study.study_name!r} is one of tunebridge's, whose space Optuna does not have"],
            hint="its space is load_study(url, name).result.problem.space",
        )
    found: dict[str, Any] = {}
    for trial in trials:
        found |= trial.distributions
    refused = list(_refused(trials, found))
    if refused:
        return Reading(source=SOURCE, space=Space(), parameters=tuple(refused), back=dict)
    return _reading(found, study)


def _refused(trials: Sequence[FrozenTrial], found: Found) -> Iterator[TranslatedParameter]:
    """Yield what the trials of a study do not settle."""
    whole = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    for name, last in found.items():
        ranges = {repr(trial.distributions[name]) for trial in trials if name in trial.distributions}
        missing = sum(name not in trial.distributions for trial in whole)
        if len(ranges) > 1:
            reason = f"has {len(ranges)} ranges in this study: give the dict of distributions that you mean"
            yield _row(name, "", last, Fidelity.REFUSED, reason)
        elif missing:
            reason = f"is missing in {missing} of {len(whole)} trials, and the study does not say when"
            yield _row(name, "", last, Fidelity.REFUSED, f"{reason}: declare it with when=")


def _row(path: str, declared: str, native: object, fidelity: Fidelity, reason: str) -> TranslatedParameter:
    text = native if isinstance(native, str) else repr(native)
    return TranslatedParameter(path=path, declared=declared, native=text, fidelity=fidelity, reason=reason)
