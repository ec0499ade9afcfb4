"""A declared space, and what an objective that was written for Optuna may suggest in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import BaseDistribution

from tunebridge import AnyParameter, Node, Space, SpaceError
from tunebridge_optuna.facade.ended import EndedTrial, Got
from tunebridge_optuna.facade.proposal import Proposal
from tunebridge_optuna.facade.values import Way, drawn, way_of
from tunebridge_optuna.natural import parameter_of

HINT = "declare in space= what the objective suggests; or leave space= out, and the space is found"
"""What to do about a suggestion that is not in a declared space."""


class DeclaredSpace:
    """A space that the user has declared: nothing is suggested outside it.

    Args:
        space: The space.
        seed: Fixes what is drawn where a queue has gone another way than the backend.
    """

    def __init__(self, space: Space, seed: int) -> None:
        """Match nothing yet."""
        self.space = space
        self._seed = seed
        self._ways: dict[tuple[str, BaseDistribution], Way] = {}

    def take(self, trial: EndedTrial) -> bool:
        """Take the end of a trial in, and return whether the space is another one now: it never is."""
        return False

    def value(self, name: str, wanted: BaseDistribution, proposal: Proposal, got: Got) -> Any:
        """Return what a suggestion gets.

        Args:
            name: What the objective calls it.
            wanted: From where it is to be.
            proposal: What the backend proposes for the trial.
            got: What the trial has got so far.

        Raises:
            SpaceError: It is none of the space, inactive, or from elsewhere.
        """
        node = proposal.active.get(name)
        if node is not None:
            return self._way(node, wanted)(proposal.params[name])
        elsewhere, way = self._anywhere(name, wanted)
        if not proposal.is_left(got):
            raise SpaceError(
                [f"{elsewhere.path}: is suggested where it is inactive by declaration"], hint=HINT
            )
        return way(drawn(elsewhere.parameter, self._seed, got.number, name))

    def check(self, name: str, wanted: BaseDistribution) -> None:
        """Check that a suggestion is somewhere in the space.

        Raises:
            SpaceError: It is not.
        """
        self._anywhere(name, wanted)

    def params(self, got: Got, proposed: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an objective got as flat params of the space.

        Args:
            got: What it got.
            proposed: What the backend had proposed, for what the objective did not suggest.

        Raises:
            LookupError: An active parameter has no value, or something is not in the space.
            ValueError: A value is outside the space.
        """

        def value_of(node: Node) -> Any:
            if node.name in got.params:
                return self._read(node, got)
            return node.parameter.quantile(0.0) if node.fixed else proposed[node.name]

        found = self.space.walk(value_of)
        left = got.params.keys() - found.keys()
        unread = sorted(name for name in left if not got.distributions[name].single())
        if unread:
            raise LookupError(f"{', '.join(unread)}: no active parameter of the space")
        return found

    def _read(self, node: Node, got: Got) -> Any:
        return node.parameter.read(got.params[node.name])

    def _anywhere(self, name: str, wanted: BaseDistribution) -> tuple[Node, Way]:
        nodes = [node for node in self.space.nodes if node.name == name]
        if not nodes:
            known = ", ".join(dict.fromkeys(node.name for node in self.space.nodes))
            fault = f"{name}: is suggested, and is no parameter of the declared space ({known})"
            raise SpaceError([fault], hint=HINT)
        fitting = [node for node in nodes if way_of(node.parameter, wanted) is not None]
        found = (fitting or nodes)[0]
        return found, self._way(found, wanted)

    def _way(self, node: Node, wanted: BaseDistribution) -> Way:
        key = (node.path, wanted)
        if key not in self._ways:
            way = way_of(node.parameter, wanted)
            if way is None:
                raise SpaceError([_differs(node, parameter_of(wanted))], hint=HINT)
            self._ways[key] = way
        return self._ways[key]


def _differs(node: Node, wanted: AnyParameter) -> str:
    return f"{node.path}: is declared as {node.parameter!r}, and suggested from {wanted!r}"
