"""The only study, or the only comparison, of a store whose user names none."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.errors import StoreError

MAX_NAMED = 5
"""The most names that a hint gives."""


def only(names: Sequence[str], one: str, several: str, *, nothing: str, option: str = "") -> str:
    """Return the only name.

    Args:
        names: The names that there are.
        one: The word for what they name.
        several: The same for several.
        nothing: What to do where there is none.
        option: What stands before a name where one is given.

    Raises:
        StoreError: There is none, or there are several.
    """
    if len(names) == 1:
        return names[0]
    if not names:
        raise StoreError(f"this store holds no {one}", hint=nothing)
    shown = [*map(repr, names[:MAX_NAMED]), *(["..."] if len(names) > MAX_NAMED else [])]
    raise StoreError(
        f"this store holds {len(names)} {several}", hint=f"name one: {option}{' | '.join(shown)}"
    )
