"""Values under labels, and how one of them is found: by what it is, by its label, or as somebody wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from tunebridge.checks import is_finite, plain
from tunebridge.display.brief import brief, brief_text
from tunebridge.space.labels import label_of

MOST_NAMED = 20
"""How many labels an error lists."""


class Choices:
    """Values under labels, each at a place.

    A value is found by identity before equality, and by equality of its own type before that across types: 1,
    True and 1.0 are three, -0.0 and 0.0 are two, and objects are what they are, whatever their `__eq__`.

    Args:
        values: The values; any objects.
        labels: One per value.
    """

    def __init__(self, values: Sequence[Any], labels: Sequence[str]) -> None:
        """Look nothing up yet: a value may be slow to hash."""
        self.values = values
        self.labels = labels

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without what is looked up by identity, which another process does not share."""
        return type(self), (self.values, self.labels)

    def of_label(self, label: Any) -> int:
        """Return the place of a label.

        Raises:
            ValueError: There is no such label.
        """
        return self._known(self._labelled(label), label)

    def of_value(self, value: Any) -> int:
        """Return the place of a value that is one of these, or equal to one.

        Raises:
            ValueError: There is no such value.
        """
        return self._known(self._valued(value), value)

    def of_written(self, given: Any) -> int:
        """Return the place of what somebody wrote: a value, else a label, else the label that shows a number.

        Raises:
            ValueError: It is none of these.
        """
        found = self._valued(given)
        found = self._labelled(given) if found is None else found
        found = self._by_number.get(given) if found is None and is_finite(given) else found
        return self._known(found, given)

    def read(self, given: Any) -> Any:
        """Return the value that somebody wrote, as `of_written` does; a choice is found at once."""
        place = self._by_identity.get(id(given))
        return self.values[self.of_written(given) if place is None else place]

    @property
    def has_twins(self) -> bool:
        """Whether some label has a value that is found under another one: no trial can tell the two apart."""
        return any(self.of_value(value) != place for place, value in enumerate(self.values))

    def _known(self, place: int | None, given: Any) -> int:
        if place is None:
            named, more = self.labels[:MOST_NAMED], len(self.labels) - MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            raise ValueError(f"must be one of {', '.join(map(brief_text, named))}{rest}, got {brief(given)}")
        return place

    def _labelled(self, label: Any) -> int | None:
        return self._by_label.get(label) if isinstance(label, str) else None

    def _valued(self, value: Any) -> int | None:
        place = self._by_identity.get(id(value))
        if place is not None:
            return place
        value = plain(value)
        found = self._equal(value)
        own = [place for place in found if type(self.values[place]) is type(value)] or found
        if len(own) > 1:
            text = label_of(value)
            own = [place for place in own if label_of(self.values[place]) == text] or own
        return own[0] if own else None

    def _equal(self, value: Any) -> list[int]:
        """Return the places of all values that are equal to one."""
        by_hash, others = self._by_equality
        try:
            found = list(by_hash.get(value, ()))
        except Exception:  # noqa: BLE001  # it has no hash, or a foreign `__eq__` raises
            return [place for place, known in enumerate(self.values) if same(known, value)]
        return sorted(found + [place for place in others if same(self.values[place], value)])

    @cached_property
    def _by_label(self) -> dict[str, int]:
        return {label: place for place, label in enumerate(self.labels)}

    @cached_property
    def _by_identity(self) -> dict[int, int]:
        """Places by `id`, the first of those that hold one object."""
        return {id(value): place for place, value in reversed([*enumerate(self.values)])}

    @cached_property
    def _by_equality(self) -> tuple[dict[Any, list[int]], list[int]]:
        """Places by value, and those whose values cannot be looked up, as NaN cannot."""
        by_hash: dict[Any, list[int]] = {}
        others = []
        for place, value in enumerate(self.values):
            try:
                if plain(value == value) is not True:
                    raise TypeError
                by_hash.setdefault(value, []).append(place)
            except Exception:  # noqa: BLE001  # it has no hash, or a foreign `__eq__` raises
                others.append(place)
        return by_hash, others

    @cached_property
    def _by_number(self) -> dict[float, int]:
        """Places by the number that a label shows, where only one does."""
        shown: dict[float, list[int]] = {}
        for place, label in enumerate(self.labels):
            number = number_of(label)
            if number is not None:
                shown.setdefault(number, []).append(place)
        return {number: places[0] for number, places in shown.items() if len(places) == 1}


def same(left: Any, right: Any) -> bool:
    """Return whether two values are equal; of those that cannot be compared, whether they look alike."""
    if left is right:
        return True
    try:
        equal, is_whole = plain(left == right), plain(left == left) is True
    except Exception:  # noqa: BLE001  # whatever a foreign `__eq__` raises: they cannot be compared
        equal, is_whole = None, False
    if isinstance(equal, bool) and is_whole:
        return equal
    if type(left) is not type(right) or repr(left) != repr(right):
        return False
    return "..." not in repr(left) or _holds_everywhere(equal)


def _holds_everywhere(equal: Any) -> bool:
    """Return whether a comparison, element by element, is true of all; a frame's has two dimensions."""
    for _ in range(2):
        equal = equal.all() if hasattr(equal, "all") else equal
    return bool(equal)


def number_of(text: Any) -> float | None:
    """Return the finite number that a text shows, if it does."""
    try:
        number = float(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return number if is_finite(number) else None
