"""A count in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as in `1 seed` and `2 seeds`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def listed(word: str, numbers: Sequence[int]) -> str:
    """Return numbers after the word for what they number, with its plural: trials 3, 7."""
    return f"{word}{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"
