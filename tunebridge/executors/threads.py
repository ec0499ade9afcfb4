"""Trials in threads: for objectives that wait, or whose libraries let the lock of the interpreter go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from tunebridge.contract.executor import ExecutorRequest
from tunebridge.contract.task import Ending, Task
from tunebridge.errors import ReportError, TrialError
from tunebridge.executors.attempt import run
from tunebridge.executors.device import unhidden
from tunebridge.executors.devices import Devices
from tunebridge.executors.settings import in_force, settings
from tunebridge.executors.thread_limits import limit_thread, limited, share
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said

CLOSING_SECONDS = 0.5
"""How often a trial that waits for an answer looks whether its study is closed."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a trial says in its thread, and where it waits for the answer."""

    key: int
    said: Said
    answers: SimpleQueue[Reply | Exception] = field(default_factory=SimpleQueue)


class ThreadsExecutor:
    """Runs each attempt in a thread; it cannot stop one in the middle.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: ExecutorRequest) -> None:
        """Start the threads, and share the cores out among what they call."""
        self._evaluator = request.problem.evaluator
        self._answer = request.answer
        self._settings = settings()
        self._devices = Devices(unhidden(request.options.get("devices", ())))
        self._news: SimpleQueue[_Said | Ending | BaseException] = SimpleQueue()
        self._running: set[int] = set()
        self._waiting: dict[int, _Said] = {}
        self._limits = ExitStack()
        limits = self._limits.enter_context(limited(share(request.n_jobs)))
        self._threads = ThreadPoolExecutor(
            request.n_jobs,
            thread_name_prefix="tunebridge-trial",
            initializer=limit_thread,
            initargs=(limits,),
        )
        self._closed = False

    def submit(self, task: Task) -> None:
        """Hand the attempt to a thread."""
        self._running.add(task.key)
        self._threads.submit(self._run, task)

    def wait(self) -> list[Ending]:
        """Answer trials until an attempt has ended; one that exits does so here, as it would inline."""
        while self._running - self._waiting.keys():
            news = self._news.get()
            if isinstance(news, BaseException):
                raise news
            if isinstance(news, Ending):
                self._running.remove(news.key)
                return [news]
            self._waiting[news.key] = news
            try:
                answer: Reply | Exception | None = self._answer(news.key, news.said)
            except ReportError as error:
                answer = error
            if answer is not None:
                self._waiting.pop(news.key).answers.put(answer)
        return []

    def reply(self, key: int, reply: Reply) -> None:
        """Let the attempt go on."""
        self._waiting.pop(key).answers.put(reply)

    def close(self) -> None:
        """End attempts at the next thing they say, and wait for the threads."""
        self._closed = True
        for said in self._waiting.values():
            said.answers.put(_closed())
        self._threads.shutdown(cancel_futures=True)
        self._limits.close()

    def _run(self, task: Task) -> None:
        def reporter(what: Said) -> Reply:
            said = _Said(task.key, what)
            self._news.put(said)
            answer = self._answered(said)
            if isinstance(answer, Exception):
                raise answer
            return answer

        device = self._devices.take()
        task.trial.device = None if device is None else device.inside
        try:
            with in_force(self._settings):
                news: Ending | BaseException = run(self._evaluator, task, reporter)
        except BaseException as left:  # noqa: BLE001  # sys.exit in an objective: a thread would swallow it
            news = left
        self._devices.give(device)
        self._news.put(news)

    def _answered(self, said: _Said) -> Reply | Exception:
        while True:
            try:
                return said.answers.get(timeout=CLOSING_SECONDS)
            except Empty:
                if self._closed:
                    return _closed()


def _closed() -> TrialError:
    return TrialError("the study is closed")
