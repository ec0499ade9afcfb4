"""An executor: where trials run, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.task import Ending, Task
from tunebridge.problem.problem import Problem
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said

Answer = Callable[[int, Said], Reply | None]
"""Takes a key and what its trial says, as it is.

Returns the study's answer, or None if `Executor.reply` will bring it.

Raises ReportError for a report that breaks a rule: the objective is to get it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorRequest:
    """All that an executor needs to know about its study."""

    problem: Problem
    """What its trials evaluate."""
    n_jobs: int
    """How many trials run at a time, >= 1."""
    options: Mapping[str, Any]
    """The executor's options, those given by the user; names are checked."""
    answer: Answer
    """To be called with all that a trial says, in the thread that calls `wait`."""
    trial_timeout: float | None
    """Seconds of its objective, without waits for answers, that make a trial TIMED_OUT; None for no limit."""
    memory_limit: int | None
    """Bytes of resident memory, with all it has started, that make a trial FAILED; None for no limit."""


class Executor(Protocol):
    """Runs the trials of one study, wherever that is. All methods are called in one thread."""

    def submit(self, task: Task) -> None:
        """Begin an attempt; there are never more than `n_jobs` of them."""

    def wait(self) -> list[Ending]:
        """Answer what trials say until at least one attempt has ended, and return those that have.

        It also returns, with nothing, when all attempts that go on wait for an answer.
        """

    def reply(self, key: int, reply: Reply) -> None:
        """Bring the answer that `answer` has left open."""

    def close(self) -> None:
        """Stop what runs, and leave no process, thread or file behind; called once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorSpec(PluginSpec):
    """An executor as a plugin registers it."""

    open: Callable[[ExecutorRequest], Executor]
    """Start an executor for one study; imports what it needs."""
    n_slots: Callable[[Mapping[str, Any]], int | None] = lambda options: None
    """Return how many trials it can run at a time, with these options; None for as many as asked for."""
    parallel: bool = False
    """Whether it runs more than one trial at a time."""
    stops: bool = False
    """Whether it can stop a trial in the middle, with all it has started, whatever the study is busy with.

    `trial_timeout` and `memory_limit` need it.
    """
