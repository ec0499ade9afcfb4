"""hyperopt behind tunebridge: tpe, anneal and random as backends, and its trials as histories.

Importing this package loads no hyperopt; the name below does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunebridge_hyperopt.reader import history

__all__ = ["history"]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""


def __getattr__(name: str) -> Any:
    """Return the public name, and load what it needs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tunebridge_hyperopt import reader

    return getattr(reader, name)
