"""Runs trials on an executor: hands them out, passes reports and answers on, takes their ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tunebridge.contract.contract import Ending, Executor, Task
from tunebridge.problem.problem import Problem
from tunebridge.study.barrier import Barrier
from tunebridge.study.execution import Placement
from tunebridge.trial.report import Reply, Report
from tunebridge.trial.trial import Trial


@dataclass(frozen=True, slots=True)
class Judge:
    """What a study knows how to do with trials that run."""

    next: Callable[[], Trial | None]
    """Returns a trial that has begun, or None when there are no more."""
    read: Callable[[int, Any, int | None], Report]
    """Takes a number, a value and a step, and returns the report, checked; raises ReportError."""
    decide: Callable[[int, Report], Reply]
    """Takes the report of a number in, and decides on its trial."""
    end: Callable[[Ending, int], None]
    """Takes the end of an attempt at a number in; raises what ends the study."""


class Loop:
    """One run of a study.

    In a fixed order, as many trials as fit are asked for together, and told in the order of their numbers
    when all have ended. Their reports are judged step by step, those of one step by number, once every trial
    of the batch has reported or ended; so no decision depends on how long a trial takes.

    Args:
        judge: The study.
        problem: What is evaluated.
        placement: Where, and whether in a fixed order.
    """

    def __init__(self, judge: Judge, problem: Problem, placement: Placement) -> None:
        """Begin with nothing that runs."""
        self._judge = judge
        self._problem = problem
        self._placement = placement
        self._keys = count()
        self._numbers: dict[int, int] = {}
        self._barrier = Barrier()
        self._ended: list[Ending] = []

    def run(self) -> None:
        """Run trials until there are no more."""
        executor = self._placement.open(self._problem, self._answer)
        try:
            while self._begin(executor):
                ended = executor.wait()
                if not ended:
                    self._release(executor)
                elif self._placement.deterministic:
                    self._hold(ended)
                else:
                    self._end(ended)
        finally:
            executor.close()

    def _begin(self, executor: Executor) -> bool:
        """Fill what room there is, and return whether anything runs."""
        if self._placement.deterministic and self._numbers:
            return True
        while len(self._numbers) < self._placement.n_jobs:
            trial = self._judge.next()
            if trial is None:
                break
            key = next(self._keys)
            self._numbers[key] = trial.number
            executor.submit(
                Task(key=key, number=trial.number, attempt=trial.attempt, seed=trial.seed, params=dict(trial))
            )
        return bool(self._numbers)

    def _answer(self, key: int, value: Any, step: int | None) -> Reply | None:
        number = self._numbers[key]
        report = self._judge.read(number, value, step)
        if self._placement.deterministic and self._placement.n_jobs > 1:
            self._barrier.hold(number, report, key)
            return None
        return self._judge.decide(number, report)

    def _release(self, executor: Executor) -> None:
        """Judge what is next in order; an attempt that has died while it waited gets no answer."""
        over = {ending.key for ending in self._ended}
        for number, report, key in self._barrier.release():
            reply = self._judge.decide(number, report)
            if key not in over:
                executor.reply(key, reply)

    def _hold(self, ended: list[Ending]) -> None:
        """Keep ends until the whole batch has ended, then take them in by number."""
        self._ended += ended
        if len(self._ended) == len(self._numbers):
            batch, self._ended = self._ended, []
            self._end(sorted(batch, key=lambda ending: self._numbers[ending.key]))

    def _end(self, ended: list[Ending]) -> None:
        for ending in ended:
            self._judge.end(ending, self._numbers.pop(ending.key))
