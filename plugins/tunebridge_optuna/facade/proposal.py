"""What a backend proposes for one trial of Optuna's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge import Node, Session, Suggestion
from tunebridge_optuna.facade.ended import Got
from tunebridge_optuna.facade.values import way_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a backend proposes for one trial."""

    session: Session | None
    """Whose suggestion it is; None while there is no space to propose from."""
    suggestion: Suggestion | None
    """The suggestion."""
    active: Mapping[str, Node]
    """Its active parameters by name."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Its flat params."""
        return {} if self.suggestion is None else self.suggestion.params

    def is_left(self, got: Got) -> bool:
        """Return whether a trial has got something else than was proposed: a queue had fixed it."""
        return any(name in self.active and not self._is_as_proposed(name, got) for name in got.params)

    def _is_as_proposed(self, name: str, got: Got) -> bool:
        wanted = got.distributions[name]
        way = way_of(self.active[name].parameter, wanted)
        if way is None:
            return False
        own, proposed = got.params[name], way(self.params[name])
        return own is proposed or wanted.to_internal_repr(own) == wanted.to_internal_repr(proposed)


NOTHING = Proposal(session=None, suggestion=None, active={})
"""What is proposed while there is no space to propose from."""
