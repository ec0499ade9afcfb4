"""Runs trials on an executor: hands them out, passes reports and answers on, takes their ends in."""

from __future__ import annotations

from itertools import count
from typing import Any, Protocol

from tunebridge.contract.executor import Ending, Executor, Task
from tunebridge.problem.problem import Problem
from tunebridge.study.barrier import Barrier
from tunebridge.study.execution import Placement
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.report import Reply, Report


class StudySide(Protocol):
    """What a study does with trials that run."""

    def begin(self) -> OpenTrial | None:
        """Return a trial that has begun, or None when there are no more."""

    def read(self, opened: OpenTrial, value: Any, step: int | None) -> Report:
        """Return a report of a trial, checked; raises ReportError."""

    def report(self, opened: OpenTrial, report: Report) -> Reply:
        """Take a report in, and decide on its trial."""

    def end(self, opened: OpenTrial, ending: Ending) -> None:
        """Take the end of an attempt in; raises what ends the study."""


class Loop:
    """One run of a study.

    In a fixed order, as many trials as fit are asked for together, and told in the order of their numbers
    when all have ended. Their reports are judged step by step, those of one step by number, once every trial
    of the batch has reported or ended; so no decision depends on how long a trial takes.

    Args:
        study: The study's side.
        problem: What is evaluated.
        placement: Where, and whether in a fixed order.
    """

    def __init__(self, study: StudySide, problem: Problem, placement: Placement) -> None:
        """Begin with nothing that runs."""
        self._study = study
        self._problem = problem
        self._placement = placement
        self._keys = count()
        self._open: dict[int, OpenTrial] = {}
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
        if self._placement.deterministic and self._open:
            return True
        while len(self._open) < self._placement.n_jobs:
            opened = self._study.begin()
            if opened is None:
                break
            key = next(self._keys)
            self._open[key] = opened
            executor.submit(Task(key=key, trial=opened.copy()))
        return bool(self._open)

    def _answer(self, key: int, value: Any, step: int | None) -> Reply | None:
        opened = self._open[key]
        report = self._study.read(opened, value, step)
        if self._placement.deterministic and self._placement.n_jobs > 1:
            self._barrier.hold(opened, report, key)
            return None
        return self._study.report(opened, report)

    def _release(self, executor: Executor) -> None:
        """Judge what is next in order; an attempt that has died while it waited gets no answer."""
        over = {ending.key for ending in self._ended}
        for opened, report, key in self._barrier.release():
            reply = self._study.report(opened, report)
            if key not in over:
                executor.reply(key, reply)

    def _hold(self, ended: list[Ending]) -> None:
        """Keep ends until the whole batch has ended, then take them in by number."""
        self._ended += ended
        if len(self._ended) == len(self._open):
            batch, self._ended = self._ended, []
            self._end(sorted(batch, key=lambda ending: self._open[ending.key].number))

    def _end(self, ended: list[Ending]) -> None:
        for ending in ended:
            self._study.end(self._open.pop(ending.key), ending)
