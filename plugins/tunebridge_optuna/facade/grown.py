"""A space that is found while trials run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution, check_distribution_compatibility

from tunebridge import Categorical, Space, SpaceError
from tunebridge_optuna.facade.declared import DeclaredSpace
from tunebridge_optuna.facade.ended import EndedTrial, Got
from tunebridge_optuna.facade.growth import HINT, Growth, Range, Shown
from tunebridge_optuna.facade.proposal import Proposal
from tunebridge_optuna.facade.values import drawn, way_of
from tunebridge_optuna.natural import parameter_of


class GrownSpace(DeclaredSpace):
    """What the objective has suggested so far; a suggestion that is new is drawn from its own distribution.

    Args:
        seed: Fixes what is drawn.
    """

    def __init__(self, seed: int) -> None:
        """Begin with an empty space."""
        super().__init__(Space(), seed)
        self._growth = Growth()
        self._ranges: dict[BaseDistribution, Range] = {}
        self._wanted: dict[str, BaseDistribution] = {}

    def take(self, trial: EndedTrial) -> bool:
        """Take the end of a trial in, and return whether the space is another one now.

        Raises:
            SpaceError: Nothing that was suggested decides on a parameter; the message names it.
        """
        is_other = self._growth.take(self._shown(trial.params, trial.distributions, is_whole=trial.is_whole))
        if is_other:
            self.space = self._growth.space()
        return is_other

    def value(self, name: str, wanted: BaseDistribution, proposal: Proposal, got: Got) -> Any:
        """Return what the backend proposes for a suggestion; else a value of its own distribution.

        Raises:
            SpaceError: The name is known with another range, and nothing that was suggested decides which.
            ValueError: Optuna does not allow two such ranges under one name.
        """
        node = proposal.active.get(name)
        way = None if node is None else way_of(node.parameter, wanted)
        if way is not None:
            return way(proposal.params[name])
        parameter = self._range(name, wanted)
        self._admit(name, wanted, got)
        own = way_of(parameter, wanted)
        value = drawn(parameter, self._seed, got.number, name)
        return value if own is None else own(value)

    def _admit(self, name: str, wanted: BaseDistribution, got: Got) -> None:
        try:
            check_distribution_compatibility(self._wanted.setdefault(name, wanted), wanted)
        except ValueError as error:
            error.add_note(f"{name}: {HINT}")
            raise
        seen = {**got.distributions, name: wanted}
        self._growth.admit(name, self._range(name, wanted), self._shown(got.params, seen, is_whole=False))

    def _shown(
        self, params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution], *, is_whole: bool
    ) -> Shown:
        """Return what a trial has shown; what has one value only decides on nothing, and is none of it."""
        ranges = {
            name: self._range(name, wanted) for name, wanted in distributions.items() if not wanted.single()
        }
        values = {name: _natural(ranges[name], params, name) for name in ranges}
        return Shown(values, ranges, is_whole)

    def _range(self, name: str, wanted: BaseDistribution) -> Range:
        """Return the parameter of a distribution.

        Raises:
            SpaceError: No backend could propose it.
        """
        if wanted not in self._ranges:
            parameter = parameter_of(wanted)
            faults = [f"{name}: {fault}" for fault in parameter.faults()]
            if faults:
                raise SpaceError(faults, hint=HINT)
            self._ranges[wanted] = parameter
        return self._ranges[wanted]


def _natural(parameter: Range, params: Mapping[str, Any], name: str) -> Any:
    """Return a value as a number or a label; None while it has none."""
    if name not in params or not isinstance(parameter, Categorical):
        return params.get(name)
    return parameter.to_natural(params[name])
