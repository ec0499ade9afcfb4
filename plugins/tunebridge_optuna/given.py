"""Optuna's Gaussian process asked with some params fixed, which it takes into account.

`PartialFixedSampler` takes fixed params out of the model, so that its proposals do not depend on them (issue
6620 of Optuna's). Here they stay in it, by public names alone:

- The sampler sees a fixed parameter as a distribution of one value whose step is the width of its range: the
  model knows how far other trials are from it, and the search has nowhere else to go. A log scale and choices
  have no such distribution, so they are refused.
- The best so far must not be a trial under other circumstances: all would be compared with it, and the search
  would go on from there. So what is farther from the fixed params than the nearest trials violates a
  constraint, and the model learns that this is a matter of distance.
- What comes out is handed to the study's own next trial, by `PartialFixedSampler`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, PartialFixedSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from tunebridge import Node, Space, SpaceError, Suggestion, UnsupportedError
from tunebridge_optuna.heeding import HeedingSession
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.space import distribution, to_native_value

N_NEAREST = 4
"""How many of the nearest trials count as under the circumstances that the fixed params are."""

DISTANCE = "tunebridge:distance"
"""Name of the constraint."""


class GivenSession(HeedingSession):
    """A session that can be asked with some params fixed; it is opened as `OptunaSession` is."""

    def ask_given(self, fixed: Mapping[str, Any]) -> Suggestion | None:
        """Return what the sampler proposes where some params are fixed.

        Raises:
            UnsupportedError: One of them cannot be fixed: see the protocol `tunebridge.Contextual`.
            SpaceError: A name is unknown, or a value outside of its parameter.
        """
        given = _read(self._space, fixed)
        places = _places(self._space.nodes, given)
        own = self._study.sampler
        with quiet():
            study = optuna.create_study(directions=self._study.directions, sampler=GivenSampler(own, places))
            study.add_trials(_with_distance(self._study.get_trials(), places))
            params = self._native(study.ask()) if callable(self._native) else study.ask(self._native).params
            self._study.sampler = PartialFixedSampler(params, own)
        try:
            suggestion = self._propose()
        finally:
            self._study.sampler = own
        return suggestion and Suggestion(suggestion.id, {**suggestion.params, **given})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fixed parameter stands, in native values."""

    value: float
    """What it is fixed to."""
    width: float
    """The width of its range."""

    @classmethod
    def of(cls, node: Node, value: Any) -> Place | None:
        """Return the place of a value; None if the parameter cannot be fixed."""
        call = distribution(node.parameter)
        if (
            node.deciding
            or node.condition
            or call.function == "CategoricalDistribution"
            or call.kwargs.get("log")
        ):
            return None
        low, high = call.args
        is_whole = call.function == "IntDistribution"
        width = high - low + (call.kwargs.get("step", 1) if is_whole else 0)
        return cls(to_native_value(node.parameter, value), width)

    def narrow(self, kind: type[BaseDistribution]) -> BaseDistribution:
        """Return the distribution of this value alone, on the scale of the whole range."""
        return kind(self.value, self.value, step=self.width)  # type: ignore[call-arg]  # a float or an int

    def distance(self, value: float) -> float:
        """Return how far away another native value is, in widths."""
        return abs(value - self.value) / self.width


class GivenSampler(BaseSampler):
    """Another sampler, in whose search space some parameters have one value.

    Args:
        sampler: The other one.
        places: Where these parameters stand, by full path.
    """

    def __init__(self, sampler: BaseSampler, places: Mapping[str, Place]) -> None:
        """Hold both."""
        self._sampler = sampler
        self._places = places

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the other's, narrowed."""
        found = self._sampler.infer_relative_search_space(study, trial)
        return {path: self._narrowed(path, native) for path, native in found.items()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return what the other one proposes there."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the fixed value, or what the other one draws."""
        if param_name in self._places:
            return self._places[param_name].value
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def _narrowed(self, path: str, native: BaseDistribution) -> BaseDistribution:
        return self._places[path].narrow(type(native)) if path in self._places else native


def _read(space: Space, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared values of what is to be fixed."""
    nodes, given, faults = {node.name: node for node in space.nodes}, dict[str, Any](), []
    for name, value in fixed.items():
        try:
            given[name] = nodes[name].parameter.read(value)
        except KeyError:
            faults.append(f"{name}: no param of the space has this name")
        except ValueError as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise SpaceError(faults)
    return given


def _places(nodes: Iterable[Node], given: Mapping[str, Any]) -> dict[str, Place]:
    found = {}
    for node in nodes:
        if node.name not in given or node.fixed:
            continue
        place = Place.of(node, given[node.name])
        if place is None:
            raise UnsupportedError(
                f"{node.path}: Optuna's model cannot propose the rest while {node.declared} is fixed",
                hint="what can be fixed is a number on a linear scale on which nothing else depends",
            )
        found[node.path] = place
    return found


def _with_distance(trials: list[FrozenTrial], places: Mapping[str, Place]) -> Iterator[FrozenTrial]:
    """Yield trials; those that have a value violate a constraint if they are farther than the nearest."""
    ended = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    far = {trial.number: _distance(trial, places) for trial in ended}
    reach = sorted(far.values())[:N_NEAREST][-1] if far else 0.0
    for own in trials:
        trial = copy(own)  # Optuna numbers what it is given anew, and the session's own stays as it is
        if trial.number in far and reach < max(far.values()):
            trial.system_attrs = {**trial.system_attrs}
            trial.set_constraint(DISTANCE, far[trial.number] - reach)
        yield trial


def _distance(trial: FrozenTrial, places: Mapping[str, Place]) -> float:
    return max((place.distance(trial.params[path]) for path, place in places.items()), default=0.0)
