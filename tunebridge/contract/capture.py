"""What `tunebridge convert` knows of a library: where its searches begin, and what they were called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.translation import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An argument of a call, as it is found in the text of a script."""

    name: str
    """Its keyword."""
    position: int
    """Its place, `self` not counted; -1 for a keyword of some call inside."""
    default: int | None = None
    """The number that stands for it where it is left out; None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A function or a method that is watched while a script runs."""

    module: str
    """The module that defines it: `optuna.study.study`."""
    name: str
    """Its name there: `Study.optimize`."""
    searches: bool = True
    """Whether a search begins there, which ends the script; else the call is noted, and made."""
    instead: Mapping[str, Any] = field(default_factory=dict)
    """What a call that is made gets in place of the script's arguments, so that it writes nothing."""
    objective: Argument | None = None
    """The objective, where it is an argument."""
    times: tuple[Argument, ...] = ()
    """The numbers, or grids, whose product says how often the objective runs."""
    made_by: str = ""
    """The class whose objects have the method, where the method's name does not say enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call of an entry point."""

    entry: EntryPoint
    """What was called."""
    arguments: Mapping[str, Any]
    """What it was called with, defaults included."""
    given: Mapping[str, Any]
    """Those of them that the script gave."""
    result: Any = None
    """What it returned; None where a search begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedSearch:
    """A search as a script called it, in the words of tunebridge."""

    objective: Any
    """The function, or the model; None if the script has none as such."""
    space: Any = None
    """What `tunebridge.read_space` takes; None where the objective itself suggests the values."""
    directions: tuple[str, ...] = ("minimize",)
    """One per objective."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of `tunebridge.tune`; a `Call` is one of tunebridge's functions: `tb.pruner`."""
    evaluate: str = ""
    """Code of a function `evaluate(trial)`, where the objective takes no trial. In it `{objective}`
    stands for the objective, and `{params}` for the params of `trial` in the space's own structure."""
    problem: Call | None = None
    """What makes the problem, where that is not `tb.Problem`; the text `space` stands for the space."""
    remarks: tuple[str, ...] = ()
    """What is left out, or means something else here."""


def as_it_is(source: str) -> str:
    """Return code as it is."""
    return source


def nothing(source: str) -> None:
    """Return that code says no space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSpec(PluginSpec):
    """The searches of a library, which `tunebridge convert` reads in a script, as a plugin registers them."""

    libraries: tuple[str, ...]
    """Packages that have them: the library, then those that give on its names."""
    entries: tuple[EntryPoint, ...]
    """What is watched."""
    read: Callable[[Called, Sequence[Called]], CapturedSearch]
    """Take the call that begins a search, and all that were noted before it."""
    harmless: tuple[str, ...] = ()
    """Names whose calls do no work, as patterns: `optuna.samplers.*`; with a dot in front, methods."""
    rewrite: Callable[[str], str] = as_it_is
    """Return the code of an objective as it is written here."""
    said: Callable[[str], Any] = nothing
    """Return the space that the code of an objective says literally, as `tunebridge.read_space` takes it; or
    None, if it does not, or not all of it."""
    walk: Callable[[CapturedSearch, int], Any] | None = None
    """Return the space of an objective that suggests values: call it so many times, at random points."""
