"""Nouns as they stand in a sentence: with a count, with numbers, with an article."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as in `1 seed` and `2 seeds`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def listed(word: str, numbers: Sequence[int]) -> str:
    """Return numbers after the word for what they number, with its plural: trials 3, 7."""
    return f"{word}{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"


def with_article(noun: str) -> str:
    """Return a noun with its article: a backend, an executor."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
