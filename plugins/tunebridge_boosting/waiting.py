"""A fit that waits between rounds, in a thread of its own.

Nothing less trains what one `fit` trains: xgboost draws its random numbers from one source per thread, so
that two models which grow in turns in one thread take numbers from each other; a continued LightGBM model
draws anew; and CatBoost continues nothing. A fit that waits is one fit, whatever waits beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import Any
from weakref import finalize

from sklearn import config_context, get_config
from threadpoolctl import ThreadpoolController

Between = Callable[[Any], bool]
"""To be called after each round with the model of now, where there is one; waits there, and returns whether
to go on."""

Run = Callable[[Between], None]
"""Fits, and calls what it is given after each round."""

Limits = dict[str, int]
"""Numbers of threads by the prefix of a library's file name."""


class Waiting:
    """A fit that goes on when it is told to.

    Args:
        run: The fit.
        library: Its library, which is loaded; its threads are limited as those of the caller are.
        n_rounds: How many rounds there are already.
    """

    def __init__(self, run: Run, library: str, n_rounds: int = 0) -> None:
        """Start a thread that waits for its first round."""
        self._wanted: SimpleQueue[float | None] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self.is_over = False
        pools = _pools(library)
        limits = {pool["prefix"]: pool["num_threads"] for pool in pools.info()}
        place = Place(run, self._wanted, self._answers, n_rounds)
        settings = (pools, limits, get_config())
        Thread(target=copy_context().run, args=(place.run, *settings), daemon=True).start()
        # Also where nobody closes it: the thread has no reference to this object.
        self._close = finalize(self, self._wanted.put, None)

    def until(self, n_rounds: float) -> Any:
        """Go on until there are so many rounds, and return the model of then; None if the fit is over.

        Raises:
            Exception: Whatever the fit raises.
        """
        self._wanted.put(n_rounds)
        answer = self._answers.get()
        self.is_over = answer.is_over
        if answer.error is not None:
            raise answer.error
        return answer.model

    def close(self) -> None:
        """End the fit where it waits."""
        self._close()


class Answer:
    """What a fit says when it waits or is over."""

    def __init__(
        self, *, model: Any = None, error: BaseException | None = None, is_over: bool = False
    ) -> None:
        """Hold what it says."""
        self.model = model
        self.error = error
        self.is_over = is_over


class Place:
    """The thread's side of a fit that waits."""

    def __init__(
        self, run: Run, wanted: SimpleQueue[float | None], answers: SimpleQueue[Answer], n_rounds: int
    ) -> None:
        """Hold both ends."""
        self._run = run
        self._wanted = wanted
        self._answers = answers
        self._until: float | None = None
        self._n_rounds = n_rounds

    def run(self, pools: ThreadpoolController, limits: Limits, config: dict[str, Any]) -> None:
        """Fit, with the settings of the thread that began it."""
        pools.limit(limits=limits)
        self._until = self._wanted.get()
        if self._until is None:
            return
        answer = Answer(is_over=True)
        try:
            with config_context(**config):
                self._run(self._between)
        except BaseException as error:  # noqa: BLE001 - it is raised where the fit is waited for
            answer = Answer(error=error, is_over=True)
        self._answers.put(answer)

    def _between(self, model: Any) -> bool:
        self._n_rounds += 1
        while self._until is not None and self._n_rounds >= self._until:
            self._answers.put(Answer(model=model))
            self._until = self._wanted.get()
        return self._until is not None


@cache
def _pools(library: str) -> ThreadpoolController:
    """Return the pools of OpenMP's threads, looked up once a library is there."""
    return ThreadpoolController().select(user_api="openmp")
