"""What runs in a worker's thread: one attempt at a trial, in a slot that it watches over."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections.abc import Coroutine
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from time import monotonic
from typing import Any, TypeVar

import cloudpickle
from distributed import Worker, get_worker, secede

from tunebridge import Ending, Told, Written
from tunebridge_dask.crew import Crew, enlist
from tunebridge_dask.messages import Hello, Permit, Said, crew_name, facts

LOOKING_SECONDS = 1.0
"""How often an attempt looks whether it is still wanted. One that waits longer for an answer makes room."""

SENDING_SECONDS = 60.0
"""How long a message to the scheduler may take."""

WANTED = ("executing", "long-running")
"""The states of a task that the scheduler has not taken back."""

T = TypeVar("T")

Ended = Ending | Exception | None
"""How a run has ended: as its attempt has, or with what ends the study; None if it was not wanted."""


class _NotWantedError(Exception):
    """The study or the worker is over, or Dask has taken the task back."""


def run(study: str, attempt: str, mark: str) -> bytes:
    """Run an attempt, once the study has permitted it; this is Dask's task.

    Args:
        study: The study's token.
        attempt: The attempt's name, and the key of the task.
        mark: A path that can be seen where the study's folder can; empty for a trial without checkpoints.

    Returns:
        How it has ended, pickled.
    """
    worker = get_worker()
    crew = _in_loop(worker, enlist(worker, study))
    with crew.mailbox() as (name, mailbox):
        post = Post(worker, crew, study=study, attempt=attempt, run=name, mailbox=mailbox)
        try:
            ended: Ended = Run(post, crew, post.permit(os.path.exists(mark))).ended()
        except _NotWantedError:
            ended = None
    dumped: bytes = cloudpickle.dumps(ended)
    return dumped


class Post:
    """The way from one run to its study, and back.

    Args:
        worker: Where the run is.
        crew: The study's crew there.
        study: The study's token.
        attempt: The attempt's name.
        run: The run's own name.
        mailbox: Brings what the study says to this run.
    """

    def __init__(
        self, worker: Worker, crew: Crew, *, study: str, attempt: str, run: str, mailbox: Connection
    ) -> None:
        """Begin with nothing said."""
        self.mailbox = mailbox
        """Readable when the study has said something, or the run is to end."""
        self._worker = worker
        self._crew = crew
        self._study = study
        self._attempt = attempt
        self._run = run

    def permit(self, sees_folder: bool) -> Permit:
        """Ask whether the attempt may be run, and wait for the permit."""
        hello = Hello(
            attempt=self._attempt,
            run=self._run,
            worker=self._worker.address,
            facts=facts(),
            has_problem=self._crew.problem is not None,
            sees_folder=sees_folder,
        )
        self._say(hello)
        while not self.mailbox.poll(LOOKING_SECONDS):
            self.check()
        permit: Permit = self.hear()
        return permit

    def say(self, what: Told | Written) -> None:
        """Send what the trial says; the answer comes into the mailbox."""
        self._say(Said(attempt=self._attempt, run=self._run, what=cloudpickle.dumps(what)))

    def hear(self) -> Any:
        """Return what the study says.

        Raises:
            _NotWantedError: The mailbox is closed.
        """
        try:
            return pickle.loads(self.mailbox.recv_bytes())
        except (EOFError, OSError) as error:
            raise _NotWantedError from error

    def check(self) -> None:
        """Raise _NotWantedError if the scheduler has taken the task back, as when the study has died."""
        task = self._worker.state.tasks.get(self._attempt)
        if self._crew.is_over or task is None or task.state not in WANTED:
            raise _NotWantedError

    def _say(self, message: Hello | Said) -> None:
        """Put a message on the study's queue; a queue that is gone is that of a study that is over."""
        put = self._worker.scheduler.queue_put
        dumped = pickle.dumps(message)
        try:
            _in_loop(self._worker, put(name=crew_name(self._study), data=dumped, timeout=None))
        except (KeyError, OSError, RuntimeError) as error:
            raise _NotWantedError from error


class Run:
    """One run of an attempt's task, permitted.

    Args:
        post: The way to the study.
        crew: Its slots here.
        permit: What is run, and within which limits.
    """

    def __init__(self, post: Post, crew: Crew, permit: Permit) -> None:
        """Begin the attempt in a slot."""
        self._post = post
        self._crew = crew
        self._permit = permit
        crew.problem = permit.problem or crew.problem
        self._slot = crew.take(permit.task, crew.problem or b"", permit.limits, permit.device)
        self._asked: float | None = None
        self._has_seceded = False

    def ended(self) -> Ending | Exception:
        """Pass reports and answers on until the attempt has ended, was stopped, or has died."""
        try:
            ended = self._next()
            while ended is None:
                self._post.check()
                self._make_room()
                ended = self._next()
        except BaseException:
            self._crew.drop(self._slot)
            raise
        return ended

    def _next(self) -> Ending | Exception | None:
        """Wait a while for news, and return how the attempt has ended, if so."""
        ready = wait_for([self._slot.connection, self._post.mailbox], LOOKING_SECONDS)
        if self._post.mailbox in ready:
            self._asked = None
            self._slot.answer(self._post.hear())
        return self._listen() if self._slot.connection in ready else None

    def _listen(self) -> Ending | Exception | None:
        """Take in what the slot says: pass it on, or return how the attempt has ended."""
        said = self._slot.receive()
        if isinstance(said, Told | Written):
            self._asked = monotonic()
            self._post.say(said)
            return None
        if isinstance(said, Ending):
            self._crew.give(self._slot)
            return said
        if isinstance(said, Exception):
            self._slot.kill()
            return said
        return self._slot.bury().ending(self._permit.key, self._permit.number)

    def _make_room(self) -> None:
        """Give Dask's thread back while the study takes its time to answer: it may wait for other trials."""
        if self._asked is not None and not self._has_seceded and monotonic() - self._asked > LOOKING_SECONDS:
            secede()
            self._has_seceded = True


def _in_loop(worker: Worker, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in the worker's loop, and return what it returns."""
    running = asyncio.run_coroutine_threadsafe(coroutine, worker.loop.asyncio_loop)
    return running.result(SENDING_SECONDS)
