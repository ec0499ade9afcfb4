"""What a plugin implements, and the values that cross the border between it and tunebridge.

A plugin registers a `BackendSpec` per backend. Its `translate` turns a space into a `Translation`; its
`open` starts a `Session`, which is asked for params and told of outcomes. `tunebridge.testing` holds the
suite that proves all that is promised here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from tunebridge.contract.events import Event, StoredStudy
from tunebridge.contract.translation import Prior, Translation
from tunebridge.problem.problem import Direction, Problem
from tunebridge.space.space import Space
from tunebridge.trial.report import Decision, Reply, Report
from tunebridge.trial.trial import Trial, TrialRecord, TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; every `True` is proved by the contract suite."""

    conditional: bool = False
    """Proposes spaces with branches."""
    multi_objective: bool = False
    """Optimises several objectives."""
    learns: bool = False
    """Its proposals move toward where the values that it is told are better, and away from the worse."""
    accepts_foreign_trials: bool = False
    """`tell` takes trials that the session did not propose, in any state, and says what becomes of them. One
    without it is never told of them, and `TrialRecord.told` says so."""
    observes_foreign_trials: bool = False
    """Learns from trials that it did not propose; it accepts them, then."""
    learns_from_pruned: bool = False
    """Learns from the reports of pruned trials."""
    finite: bool = False
    """Visits every point of a finite space once, then is exhausted."""
    resumes_exactly: bool = False
    """Asked and told again in the same order, it proposes the same: a killed study goes on unchanged."""
    independent: bool = False
    """Its proposals do not depend on what it is told, so all of them may be asked for at once."""
    needs_budget: bool = False
    """Plans its search over the whole study: `OpenRequest.n_trials` is never None. Without `n_trials` a study
    is refused before its first trial."""

    @property
    def takes_foreign_trials(self) -> bool:
        """Whether sessions are told of trials that they did not propose."""
        return self.accepts_foreign_trials or self.observes_foreign_trials


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """All that a session needs to know about its study."""

    space: Space
    """The declared space."""
    translation: Translation
    """The same space in the backend's words."""
    options: Mapping[str, Any]
    """The backend's options, those given by the user; names are checked."""
    directions: tuple[Direction, ...]
    """One per objective."""
    seed: int
    """The study's seed, 0 <= seed < 2**32, to hand to the library unchanged."""
    n_trials: int | None
    """Trials of the whole study, if limited. A session that is brought back exactly gets the number with
    which it was first opened, and may be asked for more: the study may go on for longer now."""
    study_name: str
    """The study's name; some libraries draw from it."""
    pruner: Pruner | None = None
    """The study's open pruner; a library whose sampler depends on its own pruner may recognise it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a backend proposes."""

    id: int
    """The session's own number for it."""
    params: Mapping[str, Any]
    """Flat params: builtin types or the user's own choices."""


class OutcomeState(Enum):
    """What a library has to be told of a trial."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    INFEASIBLE = "infeasible"
    """The params violate a constraint; they were never evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one suggestion, or of a trial that somebody else proposed."""

    suggestion_id: int | None
    """Whose end it is; None for a foreign trial (an initial point, another backend's)."""
    params: Mapping[str, Any]
    """Flat params."""
    state: OutcomeState
    """How it ended."""
    values: tuple[float, ...] | None = None
    """In the user's sign, one per direction; None unless COMPLETE."""
    reports: Sequence[Report] = ()
    """The trial's intermediate values, by step."""


class Pruner(Protocol):
    """One study's judge of trials that train; fed in the same way whatever backend proposes."""

    def report(self, trial: Trial, step: int, value: float) -> Decision:
        """Take an intermediate value, in the user's sign, and decide on its trial."""

    def finish(self, record: TrialRecord) -> None:
        """Take the end of a trial, exactly once each."""


class Session(Protocol):
    """One study's conversation with a library.

    It may be opened for a space without a free parameter: empty, of constants, or of ranges of one value.
    Many libraries refuse such a space. The session proposes its only point at least once, and no more often
    if the backend is finite.
    """

    def ask(self) -> Suggestion | None:
        """Return the next suggestion, or None when the space is exhausted."""

    def tell(self, outcome: Outcome) -> str:
        """Take the end of a trial, exactly once each.

        Returns:
            How the library was told, in a few words for `TrialRecord.told`.
        """

    def close(self) -> None:
        """Release what the session holds; called once."""


@runtime_checkable
class Recalling(Session, Protocol):
    """A session that can be brought back without asking its sampler again."""

    def recall(self, params: Mapping[str, Any]) -> Suggestion:
        """Take up a suggestion of an earlier run as if `ask` had returned it just now.

        Args:
            params: Its flat params.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """What all registered things have."""

    name: str
    """The name users choose it by."""
    summary: str
    """One line for lists."""
    requires: tuple[str, ...] = ()
    """Distributions that must be installed, the library itself first."""
    extra: str = ""
    """What brings them: the part in brackets of `pip install "tunebridge[...]"`; empty if `requires` does."""
    options: Sequence[str] = ()
    """Names of the options it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec(PluginSpec):
    """A backend as a plugin registers it; its name is `library:sampler`."""

    translate: Callable[[Space, Mapping[str, Any]], Translation]
    """Turn a space, with the backend's options, into its translation; a pure function."""
    open: Callable[[OpenRequest], Session]
    """Start a session; imports the library."""
    capabilities: Capabilities = Capabilities()
    """What it can do."""
    prior: Prior = Prior.DECLARED
    """Where its sampler begins."""
    default: bool = False
    """Whether the bare library name means this sampler."""
    settings: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    """Return the sampler's effective settings, the library's defaults included, for the options given."""

    @property
    def library(self) -> str:
        """The part of the name before the colon."""
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerRequest:
    """All that a pruner needs to know about its study."""

    direction: Direction
    """Whether lower or higher values are better."""
    options: Mapping[str, Any]
    """The pruner's options, those given by the user; names are checked."""
    study_name: str
    """The study's name; Hyperband draws brackets from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunerSpec(PluginSpec):
    """A pruner as a plugin registers it."""

    open: Callable[[PrunerRequest], Pruner]
    """Start a pruner for one study; imports the library."""
    paired: bool = False
    """Whether it compares steps in pairs with another trial's, so that each has to be a value by itself."""


@runtime_checkable
class Store(Protocol):
    """Studies in one place, such as a database. Only plain data goes in, and comes out."""

    def studies(self) -> list[str]:
        """Return the names of the studies that tunebridge has put here, oldest first."""

    def load(self, name: str) -> StoredStudy | None:
        """Return a study with all its trials, or None if there is none of this name.

        Raises:
            StoreError: Something that is no study of tunebridge's has this name, or the place cannot be read.
        """

    def claim(self, name: str) -> None:
        """Become the only writer of a study, which need not exist yet, until `close` or this process ends.

        This makes the place if there is none yet, and once, whoever else claims it. Reading makes nothing.

        Raises:
            StoreError: It has a live writer; the message names its host, process and begin.
        """

    def append(self, event: Event) -> None:
        """Write an event of the claimed study; when this returns, the event is durable.

        Raises:
            StoreError: It could not be written, or the claim was lost.
        """

    def close(self) -> None:
        """Give up the claim and release what is held; closing twice does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSpec(PluginSpec):
    """A store as a plugin registers it; its name is the scheme of its URLs: `sqlite`."""

    open: Callable[[str], Store]
    """Open the store of a URL, made when it is first claimed; imports the library. Raises StoreError."""
    example: str
    """A URL, for messages."""
    exists: Callable[[str], bool] = lambda url: True
    """Return whether there is something to read at a URL; nothing is made by looking."""
    dashboard: Callable[[str, str, int], None] | None = None
    """Serve a dashboard of a URL on a host and port until interrupted; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSpec(PluginSpec):
    """A library's own study, which `history=` can read, as a plugin registers it."""

    native: str
    """Module and name of its class: `optuna.study.study.Study`."""
    read: Callable[[Any], StoredStudy]
    """Return such an object's trials as imported ones, params by whatever names they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One attempt at a trial, as an executor is given it."""

    key: int
    """The study's own number for it, used once."""
    trial: Trial
    """What the objective is to get: in another process a copy of it."""

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
class Ending:
    """How an attempt has ended."""

    key: int
    """Whose end it is."""
    state: TrialState
    """COMPLETE, PRUNED, FAILED, TIMED_OUT, or INTERRUPTED if it is to be run again: the machine was lost."""
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


Answer = Callable[[int, Any, int | None], Reply | None]
"""Takes a key, a value and a step; returns the study's answer, or None if `Executor.reply` will bring it.

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
    """To be called with each report, in the thread that calls `wait`."""
    trial_timeout: float | None
    """Seconds of its objective, without waits for answers, that make a trial TIMED_OUT; None for no limit."""
    memory_limit: int | None
    """Bytes of resident memory, with all it has started, that make a trial FAILED; None for no limit."""


class Executor(Protocol):
    """Runs the trials of one study, wherever that is. All methods are called in one thread."""

    def submit(self, task: Task) -> None:
        """Begin an attempt; there are never more than `n_jobs` of them."""

    def wait(self) -> list[Ending]:
        """Answer reports until at least one attempt has ended, and return those that have.

        It also returns, with nothing, when all attempts that go on wait for an answer.
        """

    def reply(self, key: int, reply: Reply) -> None:
        """Bring the answer to a report that `answer` has left open."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec(PluginSpec):
    """A feedback rule as a plugin registers it."""

    make: Callable[..., Any]
    """Take the options as keywords and return the rule: see `tunebridge.training.rules.Rule`."""
