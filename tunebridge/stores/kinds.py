"""Kinds of plain data: what a document has to be like, and where one is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

MAX_SHOWN = 80
"""Characters that are shown of what was found."""

MAPPING = "a mapping"


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in a document at which something else is expected."""

    path: str
    """Where: "space.parameters[0].low"; empty for the document itself."""
    found: str
    """What is there, in words."""
    expected: str
    """What should be there, in words."""


class Kind(Protocol):
    """What a part of a document may be."""

    @property
    def words(self) -> str:
        """What it is: "a text"."""

    def holds(self, value: Any) -> bool:
        """Return whether a value is one: whether it has no faults."""

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield where a value, which stands at a path, is something else."""


@dataclass(frozen=True, slots=True)
class Value:
    """A single value."""

    words: str
    """What it is: "a text"."""
    holds: Callable[[Any], bool]
    """Whether a value is one."""

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield the place of a value that is none."""
        if not self.holds(value):
            yield Fault(path, shown(value), self.words)


@dataclass(frozen=True, slots=True)
class Maybe:
    """None, or something of a kind."""

    of: Kind
    """What else it may be."""

    @property
    def words(self) -> str:
        """What it is."""
        return f"{self.of.words}, or null"

    def holds(self, value: Any) -> bool:
        """Return whether a value is None or one of them."""
        return value is None or self.of.holds(value)

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what is wrong with a value that is not None."""
        if value is not None:
            yield from self.of.faults(value, path)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of things of one kind."""

    words: ClassVar[str] = "a list"
    of: Kind
    """What each of them is."""
    key: str = ""
    """The field that tells them apart, of which no two may have the same; empty for none."""

    def holds(self, value: Any) -> bool:
        """Return whether a value is a list of them, none of which is there twice."""
        if not isinstance(value, list | tuple) or not all(map(self.of.holds, value)):
            return False
        return not self.key or len({one[self.key] for one in value}) == len(value)

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what is wrong with each, and what is there twice."""
        if not isinstance(value, list | tuple):
            yield Fault(path, shown(value), self.words)
            return
        found = [
            fault for place, one in enumerate(value) for fault in self.of.faults(one, f"{path}[{place}]")
        ]
        yield from found
        if self.key and not found:
            counts = Counter(one[self.key] for one in value)
            twice = [key for key, count in counts.items() if count > 1]
            yield from (Fault(path, f"{self.key} {shown(key)} twice", "it once") for key in twice)


@dataclass(frozen=True, slots=True)
class Row:
    """A list of a fixed length."""

    of: tuple[Kind, ...]
    """What stands at each place."""

    @property
    def words(self) -> str:
        """What it is."""
        return f"a list of {len(self.of)}"

    def holds(self, value: Any) -> bool:
        """Return whether a value is such a list."""
        if not isinstance(value, list | tuple) or len(value) != len(self.of):
            return False
        return all(kind.holds(one) for kind, one in zip(self.of, value, strict=True))

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what is wrong at each place."""
        if not isinstance(value, list | tuple) or len(value) != len(self.of):
            yield Fault(path, shown(value), self.words)
            return
        for place, (kind, one) in enumerate(zip(self.of, value, strict=True)):
            yield from kind.faults(one, f"{path}[{place}]")


@dataclass(frozen=True, slots=True)
class Named:
    """Things of one kind by any names."""

    words: ClassVar[str] = MAPPING
    of: Kind
    """What each of them is."""

    def holds(self, value: Any) -> bool:
        """Return whether a value is a mapping to them."""
        return _is_mapping(value) and all(map(self.of.holds, value.values()))

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what is wrong with each."""
        yield from _no_mapping(value, path)
        if isinstance(value, Mapping):
            for name, one in value.items():
                yield from self.of.faults(one, _below(path, name))


@dataclass(frozen=True, slots=True)
class Record:
    """Fields, each of its kind; what else is there is left alone: a later version may have put it there."""

    words: ClassVar[str] = MAPPING
    fields: Mapping[str, Kind]
    """Those that must be there."""
    more: Mapping[str, Kind] = field(default_factory=dict)
    """Those that may be there."""

    def holds(self, value: Any) -> bool:
        """Return whether a value is a mapping with these fields."""
        if not _is_mapping(value):
            return False
        for name, kind in self.fields.items():
            if name not in value or not kind.holds(value[name]):
                return False
        return all(kind.holds(value[name]) for name, kind in self.more.items() if name in value)

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield the fields that are missing, and what is wrong with the others."""
        yield from _no_mapping(value, path)
        if not isinstance(value, Mapping):
            return
        for name, kind in {**self.fields, **self.more}.items():
            if name in value:
                yield from kind.faults(value[name], _below(path, name))
            elif name in self.fields:
                yield Fault(_below(path, name), "nothing", kind.words)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A record whose fields depend on what one of them says."""

    words: ClassVar[str] = MAPPING
    by: str
    """The field that says it."""
    of: Mapping[str, Kind]
    """What the record is, by what that field says."""

    def holds(self, value: Any) -> bool:
        """Return whether a value is a record of one of the sorts."""
        if not _is_mapping(value):
            return False
        says = value.get(self.by)
        return isinstance(says, str) and says in self.of and self.of[says].holds(value)

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what is wrong with a record of its sort."""
        yield from _no_mapping(value, path)
        if not isinstance(value, Mapping):
            return
        says = value.get(self.by)
        if isinstance(says, str) and says in self.of:
            yield from self.of[says].faults(value, path)
        else:
            yield Fault(_below(path, self.by), shown(says), f"one of {', '.join(self.of)}")


@dataclass(frozen=True, slots=True)
class Later:
    """A kind that is only known later, because it is inside itself."""

    kind: Callable[[], Kind]
    """Returns it."""

    @property
    def words(self) -> str:
        """What it is."""
        return self.kind().words

    def holds(self, value: Any) -> bool:
        """Return whether a value is one."""
        return self.kind().holds(value)

    def faults(self, value: Any, path: str = "") -> Iterator[Fault]:
        """Yield what it yields."""
        return self.kind().faults(value, path)


def faults_of(kind: Kind, value: Any, path: str = "") -> list[Fault]:
    """Return where a value is not of a kind; whether it is one at all costs less to find out."""
    return [] if kind.holds(value) else [*kind.faults(value, path)]


def shown(value: Any) -> str:
    """Return what was found as it is shown: its `repr`, and not all of it if it is long."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not ours, and is only shown
        text = f"{type(value).__name__} ({type(error).__name__})"
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def _is_mapping(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)


def _no_mapping(value: Any, path: str) -> Iterator[Fault]:
    if not _is_mapping(value):
        yield Fault(path, shown(value), MAPPING)


def _below(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)
