"""Loads the installed plugins safely: one that fails never takes the others down."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from tunebridge.errors import PluginError
from tunebridge.registry import hookspecs
from tunebridge.registry.registry import PluginFailure, Registry, new_manager

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


STRICT = "TUNEBRIDGE_STRICT_PLUGINS"
"""Environment variable: "1" makes a broken plugin raise instead of being set aside."""


@cache
def registry() -> Registry:
    """Return what the installed plugins register; they are loaded at the first call.

    Raises:
        PluginError: A plugin is broken and TUNEBRIDGE_STRICT_PLUGINS is "1".
    """
    from importlib import metadata

    return load(metadata.entry_points(group=hookspecs.NAMESPACE), strict=os.environ.get(STRICT) == "1")


def load(points: Iterable[EntryPoint], *, strict: bool) -> Registry:
    """Load entry points, tunebridge's own first, then by name; one that fails never takes the others down."""
    loaded = Registry(new_manager())
    named = [(_distribution(point), point) for point in points]
    for distribution, point in sorted(named, key=lambda one: (one[0] != hookspecs.NAMESPACE, one[1].name)):
        try:
            loaded.add(f"{distribution}:{point.name}", point.load(), distribution)
        except (Exception, SystemExit) as error:
            if strict:
                raise PluginError(f"plugin {point.name!r} of {distribution} failed: {error}") from error
            failure = PluginFailure(point.name, distribution, f"{type(error).__name__}: {error}")
            loaded.failures.append(failure)
    return loaded


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"
