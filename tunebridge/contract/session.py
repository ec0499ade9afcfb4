"""A session: one study's conversation with a library, which is asked for params and told of outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from tunebridge.contract.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a backend proposes."""

    id: int
    """The session's own number for it."""
    params: Mapping[str, Any]
    """Flat params: builtin types or the user's own choices."""
    by: str = ""
    """Which of the session's members proposed it: a backend's name. Empty for a session that has none."""
    decided: str = ""
    """What a `Deciding` session has decided on the way to it, in words that end "the trial began ...": such
    as "without a:b". Empty for nothing."""


class Session(Protocol):
    """One study's conversation with a library.

    It may be opened for a space without a free parameter: empty, of constants, or of ranges of one value.
    Many libraries refuse such a space. The session proposes its only point at least once, and no more often
    if the backend is finite.
    """

    def ask(self) -> Suggestion | None:
        """Return the next suggestion, or None when the space is exhausted."""

    def tell(self, outcome: Outcome) -> str:
        """Take the end of a trial, exactly once each.

        Returns:
            How the library was told, in a few words for `TrialRecord.told`.
        """

    def close(self) -> None:
        """Release what the session holds; called once."""


@runtime_checkable
class Recalling(Session, Protocol):
    """A session that can be brought back without asking its sampler again."""

    def recall(self, params: Mapping[str, Any]) -> Suggestion:
        """Take up a suggestion of an earlier run as if `ask` had returned it just now.

        Args:
            params: Its flat params.
        """


@runtime_checkable
class Deciding(Session, Protocol):
    """A session that takes decisions which asking it again does not repeat, as those by a clock."""

    def ask_again(self, decided: str) -> Suggestion | None:
        """Return the next suggestion under a decision of an earlier run, taken as if just now.

        Args:
            decided: `Suggestion.decided` of then; empty if nothing was decided.
        """

    def decide_nothing(self) -> None:
        """Decide nothing any more that asking does not repeat: from now on the study has a fixed order."""


@runtime_checkable
class Restorable(Session, Protocol):
    """A session whose state can be kept: another one, given it, goes on without asking its sampler again.

    Whoever brings it back opens one as this was opened, and repeats what was done: `take_up` in place of each
    `ask`, and `tell`. Then comes `restore`. All that is kept is JSON.
    """

    def mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        """Return what `take_up` needs of what was just proposed beside its params; empty for nothing."""

    def state(self) -> Mapping[str, Any] | None:
        """Return what the next proposals depend on beside what was asked and told.

        Returns:
            It, as it is between two calls; None where it cannot be kept.
        """

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Take up a suggestion of an earlier run, with the id that it had; the sampler is not asked.

        Args:
            params: Its flat params.
            mark: What `mark` said of it.
        """

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; what was asked and told before it was taken up and told.

        Raises:
            ValueError: It is none of this session's.
        """


@runtime_checkable
class Preparing(Session, Protocol):
    """A session that can propose ahead: its option `lookahead` says whether it is to.

    With `lookahead=1` it is called wherever trials run beside the study. Without the option it is called
    where several run at a time in no fixed order, and may propose ahead by itself.
    """

    def prepare(self) -> bool:
        """Make the proposal that the next `ask` returns, from what is known now; called while trials run.

        Returns:
            Whether it was made: not where one waits already, nor with `lookahead=0`. What the session does
            hangs on what it was asked, told and called for, and in which order, alone.
        """


@runtime_checkable
class Heeding(Session, Protocol):
    """A session whose proposals keep away from where trials run elsewhere, as from those of its own."""

    def heed(self, params: Mapping[str, Any]) -> int:
        """Take in that a trial runs which this session did not propose; the sampler is not asked.

        Args:
            params: Its flat params.

        Returns:
            The id under which its end is told. What is proposed after that is what would have been proposed
            if the trial had been told as a foreign one then.
        """


@runtime_checkable
class Contextual(Session, Protocol):
    """A session that proposes the rest where some params are fixed, as by the circumstances of the trial."""

    def ask_given(self, fixed: Mapping[str, Any]) -> Suggestion | None:
        """Return a suggestion in which some params are as given; it is told as any other.

        The rest depends on them wherever the values told do. It must be possible for numbers on a linear
        scale on which nothing else depends.

        Args:
            fixed: Declared values by flat name.

        Raises:
            UnsupportedError: A param cannot be fixed.
            SpaceError: A name is unknown, or a value outside of its parameter.
        """
