"""What a store gives to those who share a study in it, checked: stores come from plugins."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager

from tunebridge.contract.events import StoredTrial
from tunebridge.contract.sharing import Sharing
from tunebridge.display.brief import brief
from tunebridge.errors import PluginError

NEWS = "the attempts that have begun or changed, a list of StoredTrial"


def news_of(store: Sharing) -> Sequence[StoredTrial]:
    """Return the news of a store."""
    news = store.news()
    _check(store, "news", NEWS, news, Sequence, "return them; an empty list where there are none")
    return news


def turn_of(store: Sharing) -> AbstractContextManager[Sequence[StoredTrial]]:
    """Return the next turn in a store; `told` checks what it gives."""
    turn = store.turn()
    step = "decorate it with contextlib.contextmanager, and let it yield self.news()"
    _check(store, "turn", "a context manager that gives the news", turn, AbstractContextManager, step)
    return turn


def told(store: Sharing, news: Sequence[StoredTrial]) -> Sequence[StoredTrial]:
    """Return what a turn has given."""
    _check(store, "turn", NEWS, news, Sequence, "let it yield self.news()")
    return news


def gone_of(store: Sharing, writers: AbstractSet[str]) -> AbstractSet[str]:
    """Return which of some writers are gone."""
    gone = store.gone(writers)
    _check(store, "gone", "the ids of those that have ended, a set", gone, AbstractSet, "return it")
    return gone


def writer_of(store: Sharing, writer: str) -> str:
    """Return the id that a writer has got."""
    what = "the id of the writer, letters and digits"
    _check(store, "join", what, writer or None, str, "let it yield the id that gone() knows")
    return writer


def _check(store: Sharing, call: str, what: str, given: object, kind: type, step: str) -> None:
    """Check what a call has given.

    Raises:
        PluginError: It is something else.
    """
    if not isinstance(given, kind):
        raise PluginError(
            f"{call}() of {type(store).__name__} must give {what}, got {brief(given)}", hint=step
        )
