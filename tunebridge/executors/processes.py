"""Trials in processes: one supervised process per slot, reused from trial to trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from multiprocessing.connection import wait as wait_for
from time import monotonic

from tunebridge.contract import Ending, ExecutorRequest, Task
from tunebridge.errors import ReportError
from tunebridge.executors.cores import share
from tunebridge.executors.limits import Limits, stopped
from tunebridge.executors.pickling import dump_problem
from tunebridge.executors.slot import Slot, begin
from tunebridge.report import Reply
from tunebridge.trial import TrialState


@dataclass(slots=True)
class _Run:
    """An attempt in a slot."""

    task: Task
    slot: Slot
    submitted: float = field(default_factory=monotonic)
    begun: float | None = None
    """When its objective began, by the clock of `monotonic`; None while its slot is being started."""
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
        self._limits = Limits(trial_timeout=request.trial_timeout, memory_limit=request.memory_limit)
        self._problem = dump_problem(request.problem)
        self._n_threads = share(request.n_jobs)
        self._idle: list[Slot] = []
        self._runs: dict[int, _Run] = {}
        try:
            self._idle += [Slot(self._problem, self._n_threads) for _ in range(request.n_jobs)]
        except BaseException:
            self.close()
            raise

    def submit(self, task: Task) -> None:
        """Run the attempt in a slot that is idle; one that has died meanwhile is replaced."""
        slot = begin(task, self._idle, self._problem, self._n_threads)
        self._runs[task.key] = _Run(task, slot, begun=monotonic() if slot.is_ready else None)

    def wait(self) -> list[Ending]:
        """Answer reports until attempts have ended, were stopped, or have died."""
        endings: list[Ending] = []
        while not endings and any(not run.is_waiting for run in self._runs.values()):
            by_connection = {run.slot.connection: run for run in self._runs.values()}
            for ready in wait_for(list(by_connection), self._patience()):
                ending = self._listen(by_connection[ready])  # type: ignore[index]
                endings += [] if ending is None else [ending]
            endings += self._past_limits()
        return endings

    def reply(self, key: int, reply: Reply) -> None:
        """Let the attempt go on."""
        run = self._runs[key]
        run.is_waiting = False
        run.slot.answer(reply)

    def close(self) -> None:
        """Kill all slots."""
        for slot in [*self._idle, *(run.slot for run in self._runs.values())]:
            slot.kill()
        self._idle.clear()
        self._runs.clear()

    def _listen(self, run: _Run) -> Ending | None:
        """Take in what a slot says: answer a report, or return how its attempt has ended."""
        said = run.slot.receive()
        if isinstance(said, str):
            run.begun = monotonic()
            return None
        if isinstance(said, tuple):
            self._answer(run, *said)
            return None
        del self._runs[run.task.key]
        if isinstance(said, Ending):
            self._idle.append(run.slot)
            return said
        if isinstance(said, Exception):
            run.slot.kill()
            raise said
        return _stopped(run, TrialState.FAILED, run.slot.bury())

    def _answer(self, run: _Run, value: object, step: int | None) -> None:
        try:
            reply = self._answer_of(run.task.key, value, step)
        except ReportError as error:
            run.slot.answer(error)
            return
        run.is_waiting = reply is None
        if reply is not None:
            run.slot.answer(reply)

    def _patience(self) -> float | None:
        """Return how long to wait for news before the limits are looked at again, in seconds."""
        patiences = [self._limits.patience(run.begun) for run in self._runs.values()]
        return min((seconds for seconds in patiences if seconds is not None), default=None)

    def _past_limits(self) -> list[Ending]:
        """Kill the slots whose attempts are past a limit."""
        endings = []
        for run in list(self._runs.values()):
            state, reason = self._limits.passed(run.slot, run.begun)
            if reason:
                del self._runs[run.task.key]
                run.slot.kill()
                endings.append(_stopped(run, state, reason))
        return endings


def _stopped(run: _Run, state: TrialState, reason: str) -> Ending:
    return stopped(run.task.key, run.task.number, state, reason, monotonic() - run.submitted)
