"""Connections that no forked child may hold open: by their end the other side sees that a process is gone."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Closable(Protocol):
    """A connection, a socket."""

    def close(self) -> None:
        """Let it go."""


_UNSHARED: WeakSet[Closable] = WeakSet()


def unshare(connection: Closable) -> None:
    """Close a connection in every child that this process forks."""
    _UNSHARED.add(connection)


def _close_all() -> None:
    for connection in list(_UNSHARED):
        connection.close()


os.register_at_fork(after_in_child=_close_all)
