"""Trials in processes: one supervised process per slot, reused from trial to trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from multiprocessing.connection import wait as wait_for
from time import monotonic

from tunebridge.contract import Ending, ExecutorRequest, Task
from tunebridge.errors import ExecutorError, ReportError
from tunebridge.executors.cores import share
from tunebridge.executors.pickling import dump_problem
from tunebridge.executors.slot import Slot
from tunebridge.report import Reply
from tunebridge.trial import TrialState

LOOKING_SECONDS = 0.1
"""How often the memory of slots is looked at, if it is limited."""


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
        self._request = request
        self._problem = dump_problem(request.problem)
        self._n_threads = share(request.n_jobs)
        self._idle: list[Slot] = []
        self._runs: dict[int, _Run] = {}
        try:
            self._idle += [self._slot() for _ in range(request.n_jobs)]
        except BaseException:
            self.close()
            raise

    def submit(self, task: Task) -> None:
        """Run the attempt in a slot that is idle; one that has died meanwhile is replaced."""
        slot = self._idle.pop() if self._idle else self._slot()
        try:
            slot.run(task)
        except OSError:
            slot.kill()
            slot = self._slot()
            slot.run(task)
        self._runs[task.key] = _Run(task, slot, begun=monotonic() if slot.is_ready else None)

    def wait(self) -> list[Ending]:
        """Answer reports until attempts have ended, were stopped, or have died."""
        endings: list[Ending] = []
        while not endings and any(not run.is_waiting for run in self._runs.values()):
            by_connection = {run.slot.connection: run for run in self._runs.values()}
            for ready in wait_for(list(by_connection), self._patience()):
                ending = self._listen(by_connection[ready])  # type: ignore[index]
                endings += [] if ending is None else [ending]
            endings += self._stopped()
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

    def _slot(self) -> Slot:
        return Slot(self._problem, self._n_threads)

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
        return self._failed(run, TrialState.FAILED, run.slot.bury())

    def _answer(self, run: _Run, value: object, step: int | None) -> None:
        try:
            reply = self._request.answer(run.task.key, value, step)
        except ReportError as error:
            run.slot.answer(error)
            return
        run.is_waiting = reply is None
        if reply is not None:
            run.slot.answer(reply)

    def _patience(self) -> float | None:
        """Return how long to wait for news before the limits are looked at again, in seconds."""
        if self._request.memory_limit is not None:
            return LOOKING_SECONDS
        if self._request.trial_timeout is None:
            return None
        begun = [run.begun for run in self._runs.values() if run.begun is not None]
        return max(0.0, min(begun) + self._request.trial_timeout - monotonic()) if begun else None

    def _stopped(self) -> list[Ending]:
        """Kill the slots whose attempts are past a limit."""
        endings = []
        for run in list(self._runs.values()):
            state, reason = self._past_limit(run)
            if reason:
                del self._runs[run.task.key]
                run.slot.kill()
                endings.append(self._failed(run, state, reason))
        return endings

    def _past_limit(self, run: _Run) -> tuple[TrialState, str]:
        timeout, limit = self._request.trial_timeout, self._request.memory_limit
        if timeout is not None and run.begun is not None and monotonic() - run.begun > timeout:
            return TrialState.TIMED_OUT, f"it ran for more than trial_timeout={timeout:g} s"
        used = 0 if limit is None else run.slot.memory()
        if limit is not None and used > limit:
            return TrialState.FAILED, f"it used {used:,} bytes of memory, more than memory_limit={limit:,}"
        return TrialState.FAILED, ""

    def _failed(self, run: _Run, state: TrialState, reason: str) -> Ending:
        error = ExecutorError(f"trial {run.task.number} was stopped: {reason}")
        return Ending(
            key=run.task.key, state=state, error=error, trace=str(error), seconds=monotonic() - run.submitted
        )
