"""The study's side of what it says to its workers; all of it runs in the loop of Dask's client."""

from __future__ import annotations

import asyncio
import pickle
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from time import monotonic
from typing import Any
from uuid import uuid4

from distributed import CancelledError, Client, Queue
from distributed.comm import get_address_host
from distributed.scheduler import KilledWorker

from tunebridge import ExecutorError, Reply, Task
from tunebridge.display.brief import brief
from tunebridge.executors.device import Device, unhidden
from tunebridge.executors.devices import Devices
from tunebridge.executors.pickling import dump
from tunebridge.executors.trial_limits import Limits
from tunebridge_dask.attempt import run
from tunebridge_dask.cluster import mismatch, no_workers
from tunebridge_dask.crew import CLOSING_SECONDS, dismiss
from tunebridge_dask.mark import Mark
from tunebridge_dask.messages import Hello, Permit, Said, crew_name

LOOKING_SECONDS = 1.0
"""How often the workers are counted."""

END = b""
"""What the study puts on its own queue when it is over."""


@dataclass(slots=True)
class Sent:
    """An attempt that was handed to Dask."""

    name: str
    """Its name, and the key of Dask's task."""
    task: Task
    """The attempt."""
    dumped: bytes
    """The task, pickled."""
    mark: str
    """What a worker sees that sees the study's folder; empty for a trial that has none."""
    submitted: float
    """When it was handed over, by the clock of `monotonic`."""
    future: Any = None
    """Dask's."""
    run: str = ""
    """The run that has the permit; empty before."""
    worker: str = ""
    """Where that is."""
    host: str = ""
    """The machine of that worker."""
    device: Device | None = None
    """What it has there, if trials are given devices."""
    is_waiting: bool = False
    """Whether it waits for an answer that the study has left open."""

    @property
    def device_name(self) -> str | None:
        """The name of its device, if it has one."""
        return None if self.device is None else self.device.name


@dataclass(frozen=True, slots=True)
class Lost:
    """An attempt's worker is gone, so that nobody knows how it would have ended."""

    attempt: str
    """The attempt's name."""
    reason: str
    """What happened, in words."""


News = Said | Lost | tuple[str, bytes] | ExecutorError
"""A report, a loss, an attempt's name and how it has ended; or what ends the study."""


class Link:
    """Hands attempts to Dask, and passes on what is said.

    Args:
        client: A client that is connected.
        problem: The problem, pickled.
        limits: Of every attempt.
        max_wait_seconds: How long there may be no worker.
        max_checkpoint_bytes: The most that a checkpoint may hold which a worker sends.
        devices: Names of those of each machine.
        resources: What Dask is to count for each attempt, of those that its workers have.
    """

    def __init__(
        self,
        client: Client,
        problem: bytes,
        limits: Limits,
        *,
        max_wait_seconds: float,
        max_checkpoint_bytes: int,
        devices: Sequence[str],
        resources: Mapping[str, float],
    ) -> None:
        """Open the study's queue on the scheduler."""
        self.study = uuid4().hex
        """The study's token."""
        self.news: SimpleQueue[News] = SimpleQueue()
        """What happens to attempts; those that were dropped may still be in it."""
        self._client = client
        self._problem = problem
        self._limits = limits
        self._max_wait_seconds = max_wait_seconds
        self._max_checkpoint_bytes = max_checkpoint_bytes
        self._devices: dict[str, Devices] = defaultdict(lambda: Devices(unhidden(devices)))
        self._resources = dict(resources) or None
        self._mark = Mark(f".{crew_name(self.study)}")
        self._sent: dict[str, Sent] = {}
        self._queue, self._tasks = client.sync(self._open)

    @property
    def is_connected(self) -> bool:
        """Whether the client has its scheduler, and what workers say is heard."""
        return bool(self._client.status == "running") and not any(task.done() for task in self._tasks)

    def send(self, task: Task) -> Sent:
        """Hand an attempt to Dask."""
        if not self.is_connected:
            raise self.broken()
        name = f"{crew_name(self.study)}-{task.key}"
        sent = Sent(name, task, dump(task), self._mark.of(task.trial), monotonic())
        self._sent[name] = sent
        sent.future = self._client.submit(
            run, self.study, name, sent.mark, key=name, pure=False, retries=0, resources=self._resources
        )
        self._client.loop.add_callback(self._follow, sent)
        return sent

    def answer(self, sent: Sent, answer: Reply | Exception) -> None:
        """Answer an attempt's report."""
        self._client.loop.add_callback(self._deliver, sent, dump(answer))

    def drop(self, sent: Sent) -> None:
        """Forget an attempt; if it still runs, its worker is told to end it."""
        if self._sent.pop(sent.name, None) is not None:
            self._devices[sent.host].give(sent.device)
        if sent.future is not None:
            sent.future.release()

    def broken(self) -> ExecutorError:
        """Return the error of a connection that is lost."""
        return ExecutorError(
            "the connection to the Dask scheduler is lost, or its client was closed",
            hint="a study with storage= goes on when it is called again",
        )

    def close(self) -> None:
        """Drop all attempts, and dismiss the study's crews from the workers."""
        for sent in list(self._sent.values()):
            self.drop(sent)
        self._mark.remove()
        if self._client.status == "running":
            with suppress(OSError, CancelledError):
                self._client.sync(self._close, callback_timeout=CLOSING_SECONDS)

    async def _open(self) -> tuple[Queue, list[asyncio.Task[None]]]:
        queue = await Queue(crew_name(self.study), client=self._client)
        return queue, [asyncio.create_task(self._listen(queue)), asyncio.create_task(self._watch())]

    async def _close(self) -> None:
        for task in self._tasks[1:]:
            task.cancel()
        await self._client.run(dismiss, self.study, on_error="ignore")
        await self._queue.put(END)
        await asyncio.wait(self._tasks)
        self._queue.close()

    async def _listen(self, queue: Queue) -> None:
        """Take in what workers put on the queue."""
        try:
            while message := await queue.get():
                said: Hello | Said = pickle.loads(message)
                if isinstance(said, Hello):
                    await self._permit(said)
                else:
                    self.news.put(said)
        except (OSError, RuntimeError, CancelledError):
            self.news.put(self.broken())
        except (AttributeError, ImportError, TypeError, pickle.UnpicklingError) as error:
            message = f"a worker says what cannot be understood here: {error}"
            self.news.put(ExecutorError(message, hint="install the same tunebridge on every worker"))

    async def _watch(self) -> None:
        """Count the workers, and tell of attempts whose worker is gone."""
        seen = monotonic()
        try:
            while True:
                await asyncio.sleep(LOOKING_SECONDS)
                alive = await self._client.scheduler.ncores(workers=None)
                for sent in list(self._sent.values()):
                    if sent.worker and sent.worker not in alive:
                        self.news.put(Lost(sent.name, f"its worker {sent.worker} is gone"))
                seen = monotonic() if alive else seen
                if monotonic() - seen > self._max_wait_seconds:
                    self.news.put(no_workers(self._client, self._max_wait_seconds))
        except (OSError, RuntimeError, CancelledError):
            self.news.put(self.broken())

    async def _permit(self, hello: Hello) -> None:
        """Permit the first run of an attempt; a second one says that Dask has lost the first."""
        sent = self._sent.get(hello.attempt)
        fault = mismatch(hello.worker, hello.facts)
        if sent is None:
            return
        if fault:
            self.news.put(ExecutorError(fault, hint="install the same tunebridge and Python there"))
        elif sent.run:
            self.news.put(Lost(sent.name, f"its worker {sent.worker} is gone"))
        else:
            sent.run, sent.worker, sent.host = hello.run, hello.worker, get_address_host(hello.worker)
            sent.device = self._devices[sent.host].take()
            permit = Permit(
                key=sent.task.key,
                number=sent.task.number,
                task=sent.dumped if hello.sees_folder or not sent.mark else dump(self._packed(sent.task)),
                problem=None if hello.has_problem else self._problem,
                limits=self._limits,
                device=sent.device_name,
            )
            self._client.loop.add_callback(self._deliver, sent, pickle.dumps(permit))

    def _packed(self, task: Task) -> Task:
        """Return an attempt whose checkpoints come and go as bytes."""
        hint = "give the study a folder that all workers see: checkpoints=...; or send more: "
        hint += "tunebridge.executor('dask', max_checkpoint_bytes=...)"
        return replace(task, trial=task.trial.sent(self._max_checkpoint_bytes, hint))

    async def _deliver(self, sent: Sent, message: bytes) -> None:
        """Put a message into the mailbox of an attempt."""
        call = {"op": crew_name(self.study), "run": sent.run, "message": message}
        try:
            await self._client.scheduler.proxy(worker=sent.worker, msg=call)
        except (OSError, RuntimeError, KeyError, CancelledError) as error:
            self.news.put(Lost(sent.name, f"its worker {sent.worker} does not answer: {error}"))

    async def _follow(self, sent: Sent) -> None:
        """Wait for the end of Dask's task."""
        future = sent.future
        try:
            error = await future.exception()
            if error is None:
                self.news.put((sent.name, await future))
            elif isinstance(error, KilledWorker | CancelledError):
                self.news.put(Lost(sent.name, "Dask has given it up"))
            else:
                self.news.put(ExecutorError(f"Dask cannot run trials on its workers: {brief(error)}"))
        except (OSError, RuntimeError, CancelledError):
            self.news.put(Lost(sent.name, "Dask has given it up"))
