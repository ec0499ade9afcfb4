"""A space in the words of a library: what becomes of each parameter, and how faithful it is."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from tunebridge.display.rendered import rendered
from tunebridge.space.node import AnyParameter, Node
from tunebridge.space.space import Space

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


class Prior(StrEnum):
    """Where a backend begins, whatever the fidelity of the parameters."""

    DECLARED = "declared"
    """Its first proposals follow the declared weights; those of a finite backend are in its own order."""
    MIDDLE = "middle"
    """It begins in the middle of every parameter, or draws around it, as local searches do."""


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

    def dropped_unless(self, condition: str) -> Self:
        """Return the row of a parameter that is drawn in any case, and dropped where it is inactive.

        Args:
            condition: When it is active, in words; nothing is changed for an empty one.
        """
        if not (condition and self.native):
            return self
        how = f"drawn in any case, dropped unless {condition}"
        fidelity = Fidelity.EMULATED if self.fidelity is Fidelity.EXACT else self.fidelity
        return replace(self, fidelity=fidelity, reason=f"{self.reason}; {how}" if self.reason else how)


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
    prior: Prior = Prior.DECLARED
    """Where the backend begins; `tunebridge.explain` takes it from the backend's spec."""
    members: Mapping[str, Translation] = field(default_factory=dict)
    """Of a backend whose sessions own those of others: theirs, by name; its rows are the worst of theirs."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why others are no members, by name."""
    notes: tuple[str, ...] = ()
    """What its options say of all parameters; `tunebridge.explain` knows it."""

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

        named = [(node.name, node.path, node.parameter) for node in space.nodes]
        is_plain = not space.layout.decides and len(free) == len(named)

        def decode(native: Mapping[str, Any]) -> dict[str, Any]:
            if is_plain:
                return {name: from_native(parameter, native[path]) for name, path, parameter in named}

            def value_of(node: Node) -> Any:
                parameter = node.parameter
                return parameter.quantile(0.0) if node.fixed else from_native(parameter, native[node.path])

            return space.walk(value_of)

        def encode(params: Mapping[str, Any]) -> dict[str, Any]:
            pathed = space.unflatten(params)
            return {path: to_native(free[path], value) for path, value in pathed.items()}

        return cls(backend=backend, parameters=tuple(parameters), build=build, decode=decode, encode=encode)

    @classmethod
    def of_members(
        cls,
        space: Space,
        *,
        backend: str,
        members: Mapping[str, Translation],
        left_out: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the translation of a backend whose sessions own those of others.

        A native point of it has that of each member, under its name; one is enough to be read.

        Args:
            space: The declared space.
            backend: The backend's full name.
            members: The translations of its members, by name; at least one.
            left_out: Why others are no members, by name.
        """
        rows = zip(*(one.parameters for one in members.values()), strict=True)

        def decode(native: Mapping[str, Any]) -> dict[str, Any]:
            name = next(name for name in members if name in native)
            return members[name].decode(native[name])

        return cls(
            backend=backend,
            parameters=tuple(_worst(dict(zip(members, of_one, strict=True))) for of_one in rows),
            build=lambda: {name: one.build() for name, one in members.items()},
            decode=decode,
            encode=lambda params: {name: one.encode(params) for name, one in members.items()},
            members=members,
            left_out=left_out or {},
        )

    def rows(self, fidelity: Fidelity) -> tuple[TranslatedParameter, ...]:
        """Return the rows of one fidelity."""
        return tuple(row for row in self.parameters if row.fidelity is fidelity)

    def __rich__(self) -> Table:
        """Return the rows as a rich table."""
        begins = f"begins in the {self.prior} of the space, whatever the weights"
        notes = [] if self.prior is Prior.DECLARED else [begins]
        notes += self.notes
        notes += [f"without {name}: {reason}" for name, reason in self.left_out.items()]
        return table_of(self.backend, self.parameters, "\n".join(notes) or None)

    def __str__(self) -> str:
        """Return the table as plain text, as wide as the terminal."""
        return rendered(self)


def _worst(rows: Mapping[str, TranslatedParameter]) -> TranslatedParameter:
    """Return the row of the least faithful member, with what becomes of the parameter on each of them."""
    worst = max(rows.values(), key=lambda row: list(Fidelity).index(row.fidelity))
    if worst.fidelity is Fidelity.REFUSED or not worst.native:
        return worst
    natives = [f"{name}: {row.native}" for name, row in rows.items()]
    reasons = [f"{name}: {row.reason}" for name, row in rows.items() if row.reason]
    return replace(worst, native="\n".join(natives), reason="; ".join(reasons))


def table_of(title: str, rows: Sequence[TranslatedParameter], caption: str | None = None) -> Table:
    """Return rows as a rich table."""
    from rich.table import Table

    from tunebridge.display.text import Text

    table = Table(title=Text(title), caption=caption)
    for heading in ("parameter", "declared", "native call", "fidelity"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        verdict = f"{row.fidelity}: {row.reason}" if row.reason else str(row.fidelity)
        table.add_row(*map(Text, (row.path, row.declared, row.native or "-", verdict)))
    return table


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
