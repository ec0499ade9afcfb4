"""An executor: where trials run, what it is given, and how an attempt ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tunebridge.contract.spec import PluginSpec
from tunebridge.problem.ended import Ended
from tunebridge.problem.problem import Problem
from tunebridge.trial.report import Reply
from tunebridge.trial.said import Said
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One turn of an attempt at a trial, as an executor is given it; most attempts have one only."""

    key: int
    """The study's own number for it, used once."""
    trial: Trial
    """What the objective is to get: in another process a copy of it."""
    seconds: float = 0.0
    """Time that the objective ran in the turns of this attempt before; a limit of time counts it, too."""

    @property
    def number(self) -> int:
        """Number of the trial."""
        return self.trial.number

    @property
    def attempt(self) -> int:
        """Which attempt at this number it is, from 0."""
        return self.trial.attempt

    @property
    def seed(self) -> int:
        """Seed of the trial."""
        return self.trial.seed

    @property
    def params(self) -> Mapping[str, Any]:
        """Flat params."""
        return self.trial.params


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Ended):
    """How an attempt has ended."""

    key: int
    """Whose end it is."""
    state: TrialState
    """COMPLETE, PRUNED, FAILED, TIMED_OUT, or INTERRUPTED if it is to be run again: the machine was lost.

    RUNNING, if only its turn is over: the trial was paused, and goes on with another task.
    """
    values: tuple[float, ...] | None = None
    """One per direction; None unless COMPLETE."""
    error: Exception | None = None
    """What the objective of a trial that FAILED raised, or why there is no other end."""
    trace: str = ""
    """The traceback in words; empty for an error that says all."""
    artifacts: Mapping[str, Any] = field(default_factory=dict)
    """What the objective has kept, by name."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the objective has noted, by name."""
    seconds: float
    """Time that the objective ran."""
    device: str | None = None
    """Where it ran, as the study says it; None where trials are given no devices, or nobody knows."""


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
