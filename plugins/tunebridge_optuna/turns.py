"""A turn on a server: time in which no other writer is inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunebridge_optuna.wire import Ask, Asked, Rows

Look = tuple[Asked, Callable[[Any], None]]
"""A question, and what takes the first cell of its answer, and may raise."""


class ServerTurn:
    """A turn that begins with the first that is asked in it: who waits for it has an answer when it comes.

    Args:
        ask: Says statements on the connection that the turn belongs to.
        wait: Waits for the turn.
        give: Gives it up.
        looks: Are asked as it begins.
    """

    def __init__(self, ask: Ask, wait: Look, give: Asked, *looks: Look) -> None:
        """Wait for nothing yet."""
        self._ask = ask
        self._wait = wait
        self._give = give
        self._looks = looks
        self._is_there = self._is_over = False

    def ask(self, *asked: Asked) -> list[Rows]:
        """Say statements in the turn, and return what each has found.

        Raises:
            StoreError: The turn has not come, or a look shows that it may not be had.
        """
        if self._is_there:
            return self._ask(*asked)
        self._is_there, looks = True, (self._wait, *self._looks)
        answers = self._ask(*[question for question, _ in looks], *asked)
        for (_, take), ((answer, *_), *_) in zip(looks, answers, strict=False):
            take(answer)
        return answers[len(looks) :]

    def last(self, *asked: Asked) -> list[Rows]:
        """Say statements, give the turn up with them, and return what each has found.

        Raises:
            StoreError: As for `ask`.
        """
        *found, _ = self.ask(*asked, self._give)
        self._is_over = True
        return found

    def end(self) -> None:
        """Give it up, if it was waited for and is not over yet."""
        if self._is_there and not self._is_over:
            self._ask(self._give)
