"""Trials in processes: one supervised process per slot, reused from trial to trial."""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for

from tunebridge.contract.executor import ExecutorRequest
from tunebridge.contract.task import Ending, Task
from tunebridge.errors import ReportError
from tunebridge.executors.device import settle
from tunebridge.executors.devices import Devices, spread
from tunebridge.executors.pickling import dump_problem
from tunebridge.executors.slot import Slot
from tunebridge.executors.supervision import Supervision
from tunebridge.executors.thread_limits import share
from tunebridge.executors.trial_limits import Limits
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said, Told, Written


@dataclass(slots=True)
class _Run:
    """An attempt in a slot."""

    task: Task
    slot: Slot
    is_waiting: bool = False
    """Whether it waits for an answer that the study has left open."""


class ProcessesExecutor:
    """Runs attempts in slots; one that dies or is killed touches no other.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: ExecutorRequest) -> None:
        """Start all slots."""
        self._answer_of = request.answer
        limits = Limits(trial_timeout=request.trial_timeout, memory_limit=request.memory_limit)
        devices = settle(request.options.get("devices", ()), os.environ)
        self._devices = Devices(devices)
        self._supervision = Supervision(dump_problem(request.problem), limits, share(request.n_jobs))
        self._idle: list[Slot] = []
        self._runs: dict[int, _Run] = {}
        try:
            self._idle += map(self._supervision.slot, spread(devices, request.n_jobs))
        except BaseException:
            self.close()
            raise

    def submit(self, task: Task) -> None:
        """Run the attempt in a slot that is idle; one that has died meanwhile is replaced."""
        device = self._devices.take()
        self._runs[task.key] = _Run(task, self._supervision.begin(task, self._idle, device))

    def wait(self) -> list[Ending]:
        """Answer trials until attempts have ended, were stopped, or have died."""
        endings: list[Ending] = []
        while not endings and any(not run.is_waiting for run in self._runs.values()):
            by_connection = {run.slot.connection: run for run in self._runs.values()}
            for ready in wait_for(list(by_connection)):
                ending = self._listen(by_connection[ready])  # type: ignore[index]
                endings += [] if ending is None else [ending]
        return endings

    def reply(self, key: int, reply: Reply) -> None:
        """Let the attempt go on."""
        run = self._runs[key]
        run.is_waiting = False
        run.slot.answer(reply)

    def close(self) -> None:
        """Kill all slots."""
        slots = [*self._idle, *(run.slot for run in self._runs.values())]
        for slot in slots:
            slot.end()
        for slot in slots:
            slot.kill()
        self._supervision.close()
        self._idle.clear()
        self._runs.clear()

    def _listen(self, run: _Run) -> Ending | None:
        """Take in what a slot says: answer its trial, or return how its attempt has ended."""
        said = run.slot.receive()
        if isinstance(said, Told | Written):
            self._answer(run, said)
            return None
        del self._runs[run.task.key]
        self._devices.give(run.slot.device)
        if isinstance(said, Ending):
            self._idle.append(run.slot)
            return said
        if isinstance(said, Exception):
            run.slot.kill()
            raise said
        return run.slot.bury().ending(run.task.key, run.task.number)

    def _answer(self, run: _Run, said: Said) -> None:
        try:
            reply = self._answer_of(run.task.key, said)
        except ReportError as error:
            run.slot.answer(error)
            return
        run.is_waiting = reply is None
        if reply is not None:
            run.slot.answer(reply)
