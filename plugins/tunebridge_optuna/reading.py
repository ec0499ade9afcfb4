"""Optuna's distributions, read: those of a dict, of a trial, or of all trials of a study.

- Floats, integers and choices have a parameter of their own, with the same values, equally likely.
- What is missing in some trials of a study has the widest condition that they agree with. One name with
  several ranges is refused: what decides between them, the code of the objective alone knows.
- A space that tunebridge has made for Optuna is that space again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Fidelity, Node, Reading, Space, SpaceError, TranslatedParameter
from tunebridge.display.brief import brief
from tunebridge_optuna.facade.growth import Growth, Shown
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


def _reading(given: Mapping[str, Any], source: object, grown: Space | None = None) -> Reading:
    """Return the reading of distributions by name, all active, or under the conditions of a space of them."""
    if not given:
        hint = "give a trial that has suggested some"
        raise SpaceError([f"{brief(source)} has no distributions"], hint=hint)
    wrong = {name: one for name, one in given.items() if not isinstance(one, BaseDistribution)}
    if wrong:
        raise SpaceError(
            [f"{name}: must be a distribution of Optuna's, got {brief(one)}" for name, one in wrong.items()],
            hint="write FloatDistribution(0, 1), IntDistribution(1, 9) or CategoricalDistribution([1, 2])",
        )
    space = Space({name: parameter_of(one) for name, one in given.items()}) if grown is None else grown
    rows = [_row(node.path, node.declared, given[node.name], *_fidelity(node)) for node in space.nodes]
    return Reading(source=SOURCE, space=space, parameters=tuple(rows), back=Suggested(dict(given)))


def _fidelity(node: Node) -> tuple[Fidelity, str]:
    if not node.when:
        return Fidelity.EXACT, ""
    return Fidelity.EMULATED, "under the widest condition that all trials of the study agree with"


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
    refused = list(_moving(trials, found))
    growth = Growth()
    try:
        for trial in () if refused else trials:
            growth.take(_shown(trial))
    except SpaceError as error:
        refused = [_fault(found, fault) for fault in error.faults]
    if refused:
        return Reading(source=SOURCE, space=Space(), parameters=tuple(refused), back=dict)
    return _reading(found, study, growth.space())


def _shown(trial: FrozenTrial) -> Shown:
    """Return what a trial of a study has shown; one that has not come to its end may have shown more."""
    ranges = {name: parameter_of(one) for name, one in trial.distributions.items()}
    values = {name: one.to_natural(one.read(trial.params[name])) for name, one in ranges.items()}
    return Shown(values, ranges, trial.state is TrialState.COMPLETE)


def _fault(found: Found, fault: str) -> TranslatedParameter:
    name = next((name for name in found if fault.startswith(f"{name}: ")), "")
    reason = f"{fault.removeprefix(f'{name}: ')}: declare it with when="
    return _row(name, "", found.get(name, ""), Fidelity.REFUSED, reason)


def _moving(trials: Sequence[FrozenTrial], found: Found) -> Iterator[TranslatedParameter]:
    """Yield what has another range in another trial of a study."""
    for name, last in found.items():
        ranges = {repr(trial.distributions[name]) for trial in trials if name in trial.distributions}
        if len(ranges) > 1:
            reason = f"has {len(ranges)} ranges in this study: give the dict of distributions that you mean"
            yield _row(name, "", last, Fidelity.REFUSED, reason)


def _row(path: str, declared: str, native: object, fidelity: Fidelity, reason: str) -> TranslatedParameter:
    text = native if isinstance(native, str) else repr(native)
    return TranslatedParameter(path=path, declared=declared, native=text, fidelity=fidelity, reason=reason)
