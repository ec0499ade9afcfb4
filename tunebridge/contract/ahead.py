"""A proposal that a session makes ahead, where `lookahead=1` says so: while trials run, not when they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.option_rules import OneOf, OptionRule
from tunebridge.contract.session import Suggestion

OPTION = "lookahead"
"""The name of the option, the same for every backend that has it."""

STATEMENT = "each proposal is made while trials run, and knows one outcome fewer"
"""What proposals made ahead are."""

BESIDE = (
    "proposes ahead where trials run side by side in no fixed order: it knows one outcome fewer then, and "
    "the time is not counted, as nothing waits"
)
"""What is said of a member of others that proposes ahead when its turn comes."""

NOWHERE = "inline, in a loop of your own and in TuneSearchCV nothing runs beside the study, and none is made"
"""Where the option changes nothing."""


class Ahead:
    """What a session that is `Preparing` needs: at most one proposal, made before it is asked for.

    Args:
        is_on: Whether proposals are made ahead.
    """

    RULE: ClassVar[OptionRule] = OneOf(0, 1, None)
    """What the option has to be: each further proposal ahead would know one outcome fewer."""

    def __init__(self, *, is_on: bool) -> None:
        """Begin with none."""
        self._is_on = is_on
        self._made: list[Suggestion | None] = []

    @classmethod
    def of(cls, request: OpenRequest) -> Self:
        """Return that of a session that is to be opened, as its option `lookahead` says."""
        return cls(is_on=looks_ahead(request.options))

    def prepare(self, propose: Callable[[], Suggestion | None]) -> bool:
        """Make a proposal ahead, and return whether that was done.

        Args:
            propose: Asks the library.
        """
        if not self._is_on or self._made:
            return False
        self._made.append(propose())
        return True

    def take(self, propose: Callable[[], Suggestion | None]) -> Suggestion | None:
        """Return what was made ahead, or else what the library proposes now."""
        return self._made.pop() if self._made else propose()


def looks_ahead(options: Mapping[str, Any]) -> bool:
    """Return whether a backend's options have its sessions propose ahead."""
    return bool(options.get(OPTION))


def lookahead_statement(options: Mapping[str, Any]) -> str:
    """Return what a backend's options say of proposals ahead; empty where there are none."""
    if not looks_ahead(options):
        return ""
    return f"{STATEMENT}; {NOWHERE}"
