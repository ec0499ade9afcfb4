"""Trials in the thread that runs the study, one after the other."""

from __future__ import annotations

from collections import deque

from tunebridge.contract.executor import ExecutorRequest
from tunebridge.contract.task import Ending, Task
from tunebridge.executors.attempt import run
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said


class InlineExecutor:
    """Runs an attempt when its end is waited for.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: ExecutorRequest) -> None:
        """Begin with nothing to run."""
        self._evaluator = request.problem.evaluator
        self._answer = request.answer
        self._device: str | None = next(iter(request.options.get("devices", ())), None)
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Note the attempt."""
        self._tasks.append(task)

    def wait(self) -> list[Ending]:
        """Run the next attempt to its end."""
        task = self._tasks.popleft()
        task.trial.device = self._device

        def reporter(said: Said) -> Reply:
            reply = self._answer(task.key, said)
            if reply is None:
                raise RuntimeError("an attempt that runs alone has to be answered at once")
            return reply

        return [run(self._evaluator, task, reporter)]

    def reply(self, key: int, reply: Reply) -> None:
        """Never needed: attempts that run alone are answered at once."""

    def close(self) -> None:
        """Hold nothing."""
        self._tasks.clear()
