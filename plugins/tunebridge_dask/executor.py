"""Trials on a Dask cluster.

The study stays here: it asks, judges and tells. Each attempt is one task of Dask's, which runs the objective
in a slot on the worker, within the limits. What goes on between them:

    worker -> study   Hello    a queue on the scheduler, one per study
    study -> worker   Permit   a handler of the worker, called through the scheduler
    worker -> study   Said     a report, or a checkpoint; as often as there is one
    study -> worker   Reply
    worker -> study   Ending   the result of Dask's task

Dask runs the task of a worker that has died again, on another one. Here no objective is run without a permit,
and each attempt gets one only: a second run ends the attempt as lost, and the study makes the next one.
"""

from __future__ import annotations

import pickle
from collections import Counter
from contextlib import ExitStack
from queue import Empty
from time import monotonic

from tunebridge import (
    Ending,
    ExecutorError,
    ExecutorRequest,
    Reply,
    ReportError,
    Task,
    Told,
    TrialState,
    Written,
)
from tunebridge.executors.pickling import dump_problem
from tunebridge.executors.trial_limits import Limits
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge_dask.attempt import Ended
from tunebridge_dask.cluster import check_workers, reach, threads
from tunebridge_dask.link import Link, Lost, News, Sent
from tunebridge_dask.messages import Said
from tunebridge_dask.options import check_options
from tunebridge_dask.room import check_devices, check_room

LOOKING_SECONDS = 1.0
"""How often it is looked whether the client is still connected, while there is no news."""


class DaskExecutor:
    """Runs attempts on the workers of a cluster.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: ExecutorRequest) -> None:
        """Reach the cluster, and check that its workers can run trials."""
        self._request = request
        options = check_options(request.options)
        self._max_attempts = options.max_attempts
        self._losses: Counter[int] = Counter()
        self._running: dict[str, Sent] = {}
        problem = dump_problem(request.problem)
        limits = Limits(trial_timeout=request.trial_timeout, memory_limit=request.memory_limit)
        with ExitStack() as closing:
            client = reach(request.options, request.n_jobs, closing)
            threads(client, options.max_wait_seconds)
            check_workers(client)
            check_room(client, request.n_jobs, options.resources)
            check_devices(client, request.options.get("devices", ()))
            self._link = Link(
                client,
                problem,
                limits,
                max_wait_seconds=options.max_wait_seconds,
                max_checkpoint_bytes=options.max_checkpoint_bytes,
                devices=request.options.get("devices", ()),
                resources=options.resources,
            )
            closing.callback(self._link.close)
            self._closing = closing.pop_all()

    def submit(self, task: Task) -> None:
        """Hand the attempt to Dask."""
        sent = self._link.send(task)
        self._running[sent.name] = sent

    def wait(self) -> list[Ending]:
        """Answer reports until an attempt has ended or was lost.

        Raises:
            ExecutorError: The cluster is gone, or cannot run this study.
        """
        while any(not sent.is_waiting for sent in self._running.values()):
            ending = self._take(self._next())
            if ending is not None:
                return [ending]
        return []

    def reply(self, key: int, reply: Reply) -> None:
        """Let the attempt go on."""
        sent = next(sent for sent in self._running.values() if sent.task.key == key)
        sent.is_waiting = False
        self._link.answer(sent, reply)

    def close(self) -> None:
        """End what runs on the workers; a client or cluster that was given stays open."""
        self._running.clear()
        self._closing.close()

    def _next(self) -> News:
        while True:
            try:
                return self._link.news.get(timeout=LOOKING_SECONDS)
            except Empty:
                if not self._link.is_connected:
                    raise self._link.broken() from None

    def _take(self, news: News) -> Ending | None:
        """Take news in, and return how an attempt has ended, if they say so; the first end of each counts."""
        if isinstance(news, ExecutorError):
            raise news
        sent = self._running.get(news[0] if isinstance(news, tuple) else news.attempt)
        if sent is None:
            return None
        if isinstance(news, Said):
            self._answer(sent, news)
            return None
        if isinstance(news, Lost):
            return self._lost(sent, news.reason)
        ended: Ended = pickle.loads(news[1])
        if ended is None:
            return self._lost(sent, f"its worker {sent.worker} was closed")
        self._drop(sent)
        if isinstance(ended, Ending):
            return ended
        raise ExecutorError(
            f"on the worker {sent.worker} {getattr(ended, 'message', ended)}",
            hint="install its modules on every worker, or send them: client.upload_file(...), or "
            "cloudpickle.register_pickle_by_value(module)",
        )

    def _answer(self, sent: Sent, said: Said) -> None:
        if said.run != sent.run:
            return
        try:
            reply = self._request.answer(sent.task.key, _in_place(sent.task, pickle.loads(said.what)))
        except ReportError as error:
            self._link.answer(sent, error)
            return
        sent.is_waiting = reply is None
        if reply is not None:
            self._link.answer(sent, reply)

    def _lost(self, sent: Sent, reason: str) -> Ending:
        """Return the end of an attempt that may be made again, or of the last one at its trial."""
        if not self._link.is_connected:
            raise self._link.broken()
        self._drop(sent)
        number, seconds = sent.task.number, monotonic() - sent.submitted
        self._losses[number] += 1
        if self._losses[number] < self._max_attempts:
            return Ending(
                key=sent.task.key,
                state=TrialState.INTERRUPTED,
                trace=reason,
                seconds=seconds,
                device=sent.device_name,
            )
        error = ExecutorError(
            f"trial {number} was given up after max_attempts={self._max_attempts}: {reason}",
            hint="see the logs of the workers: what has ended them?",
        )
        return Ending(
            key=sent.task.key,
            state=TrialState.FAILED,
            error=error,
            trace=str(error),
            seconds=seconds,
            device=sent.device_name,
        )

    def _drop(self, sent: Sent) -> None:
        del self._running[sent.name]
        self._link.drop(sent)


def _in_place(task: Task, said: Told | Written) -> Told | Written:
    """Put a checkpoint that has come as bytes into the study's folder."""
    folder = task.trial.folder
    return folder.put(said) if isinstance(said, Written) and isinstance(folder, CheckpointFolder) else said
