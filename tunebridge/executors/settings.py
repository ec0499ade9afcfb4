"""What a program has set for its own thread: every new thread and process begins with the library's defaults.

scikit-learn keeps `set_config` per thread, numpy `seterr` per thread or context. A trial sees what it would
see in the thread that runs its study.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import Context
from typing import Any

Settings = list[tuple[Callable[..., AbstractContextManager[Any]], dict[str, Any]]]
"""What puts settings in force, and what is set; only what is no default. It may be pickled."""

KEPT = (("sklearn", "get_config", "config_context"), ("numpy", "geterr", "errstate"))
"""Libraries that keep settings per thread: what tells them, and what puts them in force for a while."""


def settings() -> Settings:
    """Return what is set in this thread, of libraries that are loaded."""
    loaded = [
        (getattr(sys.modules[name], told), getattr(sys.modules[name], force))
        for name, told, force in KEPT
        if hasattr(sys.modules.get(name), force)
    ]
    if not loaded:
        return []
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as other:
        defaults = [other.submit(Context().run, told).result() for told, _ in loaded]
    changed = [_changed(told(), default) for (told, _), default in zip(loaded, defaults, strict=True)]
    return [(force, what) for (_, force), what in zip(loaded, changed, strict=True) if what]


@contextmanager
def in_force(what: Settings) -> Iterator[None]:
    """Put settings in force in the calling thread."""
    with ExitStack() as stack:
        for force, changed in what:
            stack.enter_context(force(**changed))
        yield


def _changed(here: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in here.items() if value != default[name]}
