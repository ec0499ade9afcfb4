"""What a plugin implements, and the values that cross the border between it and tunebridge.

A plugin registers a `BackendSpec` per backend. Its `translate` turns a space into a `Translation`; its
`open` starts a `Session`, which is asked for params and told of outcomes. `tunebridge.testing` holds the
suite that proves all that is promised here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from tunebridge.problem import Direction
from tunebridge.report import Decision, Report
from tunebridge.space import AnyParameter, Node, Space
from tunebridge.stored import Event, StoredStudy
from tunebridge.trial import Trial, TrialRecord

if TYPE_CHECKING:
    from rich.table import Table


class Fidelity(StrEnum):
    """How faithfully a backend can propose a parameter."""

    EXACT = "exact"
    """The library has it: same values, same weights."""
    EMULATED = "emulated"
    """Built from something the library has: same values, same weights."""
    LOSSY = "lossy"
    """The values or their weights differ from the declaration."""
    REFUSED = "refused"
    """The backend cannot propose it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A native call, described before its library is imported: text for people, an object for the library.

    Args:
        function: Dotted name as users of the library write it: `hp.uniform`.
        args: Positional arguments; nested calls are built first.
        kwargs: Keyword arguments.
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the call as it would be written by hand."""
        inside = [_text(arg) for arg in self.args]
        inside += [f"{name}={_text(value)}" for name, value in self.kwargs.items()]
        return f"{self.function}({', '.join(inside)})"

    def build(self, functions: Mapping[str, Callable[..., Any]]) -> Any:
        """Make the call.

        Args:
            functions: The library's functions by the names used in `function`.
        """
        args = [_built(arg, functions) for arg in self.args]
        kwargs = {name: _built(value, functions) for name, value in self.kwargs.items()}
        return functions[self.function](*args, **kwargs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedParameter:
    """One row of a translation."""

    path: str
    """Full path of the parameter."""
    declared: str
    """The declaration, as it was written."""
    native: str
    """The native call; empty when there is none."""
    fidelity: Fidelity
    """How faithful it is."""
    reason: str = ""
    """Why it is not simply exact, or what is worth knowing."""

    @classmethod
    def of(cls, node: Node, native: object, fidelity: Fidelity, reason: str = "") -> Self:
        """Return the row of a node; one with a single value never travels, and is exact."""
        if node.fixed:
            native, fidelity, reason = "", Fidelity.EXACT, "one value only; the library never sees it"
        return cls(
            path=node.path, declared=node.declared, native=str(native), fidelity=fidelity, reason=reason
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A space in the words of one backend."""

    backend: str
    """The backend's full name."""
    parameters: tuple[TranslatedParameter, ...]
    """One row per parameter, in declaration order, parents first."""
    build: Callable[[], Any]
    """Make the native space: what one would hand to the library by hand. Imports the library."""
    decode: Callable[[Any], dict[str, Any]]
    """Turn a native point into flat params."""
    encode: Callable[[Mapping[str, Any]], Any]
    """Turn flat params into a native point."""

    @classmethod
    def by_value(
        cls,
        space: Space,
        *,
        backend: str,
        parameters: Sequence[TranslatedParameter],
        build: Callable[[], Any],
        from_native: Callable[[AnyParameter, Any], Any],
        to_native: Callable[[AnyParameter, Any], Any],
    ) -> Self:
        """Return the translation of a backend whose points are one native value per full path.

        Args:
            space: The declared space.
            backend: The backend's full name.
            parameters: One row per node of the space.
            build: Makes the native space.
            from_native: Returns the declared value of a parameter's native one.
            to_native: Returns the native value of a parameter's declared one.
        """
        free = {node.path: node.parameter for node in space.nodes if not node.fixed}

        def decode(native: Mapping[str, Any]) -> dict[str, Any]:
            known = native.keys() & free.keys()
            return space.flatten({path: from_native(free[path], native[path]) for path in known})

        def encode(params: Mapping[str, Any]) -> dict[str, Any]:
            pathed = space.unflatten(params)
            return {path: to_native(free[path], value) for path, value in pathed.items()}

        return cls(backend=backend, parameters=tuple(parameters), build=build, decode=decode, encode=encode)

    def rows(self, fidelity: Fidelity) -> tuple[TranslatedParameter, ...]:
        """Return the rows of one fidelity."""
        return tuple(row for row in self.parameters if row.fidelity is fidelity)

    def __rich__(self) -> Table:
        """Return the rows as a rich table."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self.backend)
        for heading in ("parameter", "declared", "native call", "fidelity"):
            table.add_column(heading, overflow="fold")
        for row in self.parameters:
            verdict = f"{row.fidelity}: {row.reason}" if row.reason else str(row.fidelity)
            table.add_row(*map(Text, (row.path, row.declared, row.native or "-", verdict)))
        return table

    def __str__(self) -> str:
        """Return the table as plain text, as wide as the terminal."""
        from rich.console import Console

        console = Console(color_system=None)
        with console.capture() as capture:
            console.print(self)
        return capture.get()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; every `True` is proved by the contract suite."""

    conditional: bool = False
    """Proposes spaces with branches."""
    multi_objective: bool = False
    """Optimises several objectives."""
    observes_foreign_trials: bool = False
    """Learns from trials that it did not propose."""
    learns_from_pruned: bool = False
    """Learns from the reports of pruned trials."""
    finite: bool = False
    """Visits every point of a finite space once, then is exhausted."""
    resumes_exactly: bool = False
    """Asked and told again in the same order, it proposes the same: a killed study goes on unchanged."""


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
    """Trials of the whole study, if limited."""
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
    """One study's conversation with a library."""

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
    """Open the store of a URL, made if there is none yet; imports the library. Raises StoreError."""
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
class RuleSpec(PluginSpec):
    """A feedback rule as a plugin registers it."""

    make: Callable[..., Any]
    """Take the options as keywords and return the rule: see `tunebridge.adjusting.Rule`."""


def _text(arg: Any) -> str:
    match arg:
        case Call():
            return str(arg)
        case list():
            return f"[{', '.join(map(_text, arg))}]"
        case tuple():
            return f"({', '.join(map(_text, arg))}{',' if len(arg) == 1 else ''})"
        case dict():
            return f"{{{', '.join(f'{key!r}: {_text(value)}' for key, value in arg.items())}}}"
        case _:
            return repr(arg)


def _built(arg: Any, functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Return `arg` with its calls made; what holds no call stays the same object."""
    match arg:
        case Call():
            return arg.build(functions)
        case list() | tuple():
            items = [_built(item, functions) for item in arg]
            return arg if all(map(operator.is_, items, arg)) else type(arg)(items)
        case dict():
            entries = {key: _built(value, functions) for key, value in arg.items()}
            return arg if all(map(operator.is_, entries.values(), arg.values())) else entries
        case _:
            return arg
