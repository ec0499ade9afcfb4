"""Trials one after the other, in the study's thread: a whole executor on the public names of tunebridge."""

from collections import deque
from collections.abc import Callable

import tunebridge as tb


@tb.hookimpl
def tunebridge_register_executors(register: Callable[[tb.ExecutorSpec], None]) -> None:
    """Describe the executor."""
    register(tb.ExecutorSpec(name="queue", summary="one after the other", open=QueueExecutor))


class QueueExecutor:
    """Runs an attempt when its end is waited for."""

    def __init__(self, request: tb.ExecutorRequest) -> None:
        """Begin with nothing to run."""
        self._problem, self._answer = request.problem, request.answer
        self._tasks: deque[tb.Task] = deque()

    def submit(self, task: tb.Task) -> None:
        """Line the attempt up."""
        self._tasks.append(task)

    def wait(self) -> list[tb.Ending]:
        """Run the next attempt to its end; the study answers at once."""
        task = self._tasks.popleft()

        def reporter(said: tb.Said) -> tb.Reply:
            return self._answer(task.key, said) or tb.Reply(tb.Decision.CONTINUE)

        return [tb.perform(self._problem, task, reporter)]

    def reply(self, key: int, reply: tb.Reply) -> None:
        """Never needed: nothing runs beside the attempt that speaks."""

    def close(self) -> None:
        """Forget what has not begun."""
        self._tasks.clear()
