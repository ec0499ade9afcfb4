"""Executors as they were written when trials had nothing to say but reports."""

from typing import Any

import tunebridge as tb


class WithAnOldReporter:
    """Gives `perform` a reporter that takes a value and a step."""

    def __init__(self, request: tb.ExecutorRequest) -> None:
        self._request = request
        self._tasks: list[tb.Task] = []

    def submit(self, task: tb.Task) -> None:
        self._tasks.append(task)

    def wait(self) -> list[tb.Ending]:
        task = self._tasks.pop()
        answer: Any = self._request.answer
        reporter: Any = lambda value, step: answer(task.key, value, step)  # noqa: E731
        return [tb.perform(self._request.problem, task, reporter)]

    def reply(self, key: int, reply: tb.Reply) -> None:
        raise AssertionError

    def close(self) -> None:
        self._tasks.clear()


class WithAnOldAnswer(WithAnOldReporter):
    """Asks its study with a value and a step."""

    def wait(self) -> list[tb.Ending]:
        task = self._tasks.pop()
        answer: Any = self._request.answer
        answer(task.key, 1.0, None)
        raise AssertionError


SPECS = [
    (tb.ExecutorSpec(name="old-reporter", summary="s", open=WithAnOldReporter), "must take one thing"),
    (tb.ExecutorSpec(name="old-answer", summary="s", open=WithAnOldAnswer), "as it is, got 1.0"),
]
