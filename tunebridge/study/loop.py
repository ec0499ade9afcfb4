"""Runs trials on an executor: hands them out, passes on what they say and the answers, takes ends in."""

from __future__ import annotations

from itertools import count
from typing import Protocol

from tunebridge.contract.executor import Executor
from tunebridge.contract.task import Ending, Task
from tunebridge.display.brief import brief
from tunebridge.errors import PluginError
from tunebridge.problem.problem import Problem
from tunebridge.study.barrier import Barrier, Heard
from tunebridge.study.execution import Placement
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said, Told, Written


class StudySide(Protocol):
    """What a study does with trials that run."""

    def begin(self) -> OpenTrial | None:
        """Return a trial that has begun, or whose next turn has; None when there are no more."""

    def prepare(self, *, side_by_side: bool) -> None:
        """Use the time while all that there is room for runs: let the backend propose ahead."""

    def read(self, opened: OpenTrial, said: Said) -> Heard:
        """Return what a trial says, checked; raises ReportError."""

    def answer(self, opened: OpenTrial, heard: Heard) -> Reply:
        """Take in what a trial says, and decide on it."""

    def end(self, opened: OpenTrial, ending: Ending) -> None:
        """Take the end of an attempt, or of its turn, in; raises what ends the study."""


class Loop:
    """One run of a study.

    In a fixed order, as many trials as fit are asked for together, and told in the order of their numbers
    when all have ended. What they say is judged step by step, that of one step by number, once every trial
    of the batch has said something or ended; so no decision depends on how long a trial takes.

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
        self._runs_beside = placement.runs_beside
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
        n_before, n_jobs = len(self._open), self._placement.n_jobs
        while len(self._open) < n_jobs:
            opened = self._study.begin()
            if opened is None:
                break
            key = next(self._keys)
            self._open[key] = opened
            executor.submit(Task(key=key, trial=opened.copy(), seconds=opened.seconds))
        if self._runs_beside and n_before < len(self._open) == n_jobs:
            self._study.prepare(side_by_side=self._placement.is_side_by_side)
        return bool(self._open)

    def _answer(self, key: int, said: Said, *more: object) -> Reply | None:
        if more or not isinstance(said, Told | Written):
            raise PluginError(
                f"the executor must hand on what a trial says as it is, got {brief(said)}",
                hint="write request.answer(task.key, said), with what the reporter was called with",
            )
        opened = self._open[key]
        heard = self._study.read(opened, said)
        if self._placement.deterministic and self._placement.n_jobs > 1:
            self._barrier.hold(opened, heard, key)
            return None
        return self._study.answer(opened, heard)

    def _release(self, executor: Executor) -> None:
        """Judge what is next in order; an attempt that has died while it waited gets no answer."""
        over = {ending.key for ending in self._ended}
        for opened, heard, key in self._barrier.release():
            reply = self._study.answer(opened, heard)
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
