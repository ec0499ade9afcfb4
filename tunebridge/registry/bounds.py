"""What bounds what samplers are told of, those of members included."""

from __future__ import annotations

from collections.abc import Iterable

from tunebridge.contract.remembered import remember_statement
from tunebridge.registry.choice import Backend


def bound_of(chosen: Backend) -> str:
    """Return what the options of a backend, and of members that it names, say of what is told."""
    theirs = by_statement((one.spec.name, remember_statement(one.options)) for one in chosen.members)
    return "; ".join(filter(None, [remember_statement(chosen.options), *theirs]))


def by_statement(said: Iterable[tuple[str, str]]) -> list[str]:
    """Return statements about members, each once, with the names of those of whom it is made.

    Args:
        said: Names, each with a statement; what is empty is left out.
    """
    names: dict[str, list[str]] = {}
    for name, statement in said:
        names.setdefault(statement, []).append(name)
    return [f"{', '.join(of_one)}: {statement}" for statement, of_one in names.items() if statement]
