"""What one worker holds for one study: its slots, and a mailbox for each attempt that runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock
from time import monotonic
from uuid import uuid4

from distributed import Worker, WorkerPlugin
from tornado.ioloop import PeriodicCallback

from tunebridge.executors.device import settle
from tunebridge.executors.slot import Slot
from tunebridge.executors.supervision import Supervision
from tunebridge.executors.thread_limits import share
from tunebridge.executors.trial_limits import Limits
from tunebridge_dask.messages import crew_name

IDLE_SECONDS = 60.0
"""How long a slot is kept that nobody uses: a study that was killed cannot say that it is over."""

CLOSING_SECONDS = 10.0
"""How long attempts may take to end when their study or their worker does."""


class Crew(WorkerPlugin):  # type: ignore[misc]
    """The slots of one study on one worker.

    Args:
        study: The study's token.
    """

    def __init__(self, study: str) -> None:
        """Begin with nothing."""
        self.problem: bytes | None = None
        """The problem, once the study has sent it."""
        self.is_over = False
        """Whether the study or the worker is."""
        self._name = crew_name(study)
        self._lock = Lock()
        self._starting = Lock()
        self._supervision: Supervision | None = None
        self._idle: list[Slot] = []
        self._boxes: dict[str, Connection] = {}
        self._running: set[str] = set()
        self._used = monotonic()

    def setup(self, worker: Worker) -> None:
        """Let the study write to the attempts; called by Dask."""
        self._n_threads = share(worker.state.nthreads)
        worker.handlers[self._name] = self.deliver
        self._looking = PeriodicCallback(self._dismiss_idle, IDLE_SECONDS * 250)
        self._looking.start()

    async def teardown(self, worker: Worker) -> None:
        """End all that runs, and all slots; called by Dask when the worker closes, else by `dismiss`."""
        self._looking.stop()
        worker.handlers.pop(self._name, None)
        with self._lock:
            self.is_over = True
            boxes, self._boxes = self._boxes, {}
        for box in boxes.values():
            box.close()
        await _settle(lambda: not self._running)
        self._end_slots()

    async def deliver(self, run: str, message: bytes) -> str:
        """Put a message into the mailbox of a run; the study calls it through the scheduler."""
        with self._lock, suppress(OSError):
            if run in self._boxes:
                self._boxes[run].send_bytes(message)
        return "OK"

    @contextmanager
    def mailbox(self) -> Iterator[tuple[str, Connection]]:
        """Give a run its name and its mailbox; one that is closed says that the run is to end."""
        run = uuid4().hex
        reader, writer = Pipe(duplex=False)
        self._running.add(run)
        self._used = monotonic()
        with self._lock:
            if self.is_over:
                writer.close()
            else:
                self._boxes[run] = writer
        try:
            yield run, reader
        finally:
            with self._lock:
                self._boxes.pop(run, None)
                writer.close()
            reader.close()
            self._used = monotonic()
            self._running.discard(run)

    def take(self, task: bytes, problem: bytes, limits: Limits, device: str | None) -> Slot:
        """Return a slot that has begun a task: an idle one, or a new one; with a device if one is named.

        Raises:
            ExecutorError: This worker sees no such device.
        """
        settled = None if device is None else settle([device], os.environ)[0]
        with self._starting:
            if self._supervision is None:
                self._supervision = Supervision(problem, limits, self._n_threads)
            supervision = self._supervision
        return supervision.begin(task, self._idle, settled)

    def give(self, slot: Slot) -> None:
        """Take a slot back whose task has ended."""
        self._idle.append(slot)

    def drop(self, slot: Slot) -> None:
        """End a slot whose task is not wanted any more, and all if no other runs: the study may be gone."""
        slot.kill()
        if len(self._running) == 1:
            self._end_slots()

    def _dismiss_idle(self) -> None:
        if not self._running and monotonic() - self._used > IDLE_SECONDS:
            self.problem = None
            self._end_slots()

    def _end_slots(self) -> None:
        """End all slots that are idle, and the process that has started them."""
        while self._idle:
            self._idle.pop().kill()
        with self._starting:
            supervision, self._supervision = self._supervision, None
        if supervision is not None:
            supervision.close()


async def enlist(worker: Worker, study: str) -> Crew:
    """Return a study's crew on a worker, made if there is none yet; runs in the worker's loop."""
    name = crew_name(study)
    if name not in worker.plugins:
        await worker.plugin_add(Crew(study), name=name)
    crew: Crew = worker.plugins[name]
    return crew


async def dismiss(study: str, dask_worker: Worker) -> None:
    """End a study's crew on a worker, and wait until Dask is rid of its tasks; Dask gives the worker."""
    name = crew_name(study)
    crew = dask_worker.plugins.get(name)
    if crew is not None:
        await crew.teardown(dask_worker)
        await _settle(lambda: not any(str(task).startswith(name) for task in dask_worker.state.tasks))
        await dask_worker.plugin_remove(name)


async def _settle(is_settled: Callable[[], bool]) -> None:
    deadline = monotonic() + CLOSING_SECONDS
    while not is_settled() and monotonic() < deadline:
        await asyncio.sleep(0.01)
