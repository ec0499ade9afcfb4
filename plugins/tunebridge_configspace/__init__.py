"""ConfigSpace's spaces, read by `tunebridge.read_space`; importing this package loads no ConfigSpace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebridge_configspace.reader import initial

__all__ = ["initial"]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: what it makes of params does not change."""


def __getattr__(name: str) -> Any:
    """Return the public name, and load what it needs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tunebridge_configspace import reader

    return getattr(reader, name)
