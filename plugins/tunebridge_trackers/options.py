"""Options of the trackers, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tunebridge import OptionError


def text_of(tracker: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """Return an option that is text, and not empty.

    Raises:
        OptionError: It is something else.
    """
    value = options.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise OptionError(
            f"{tracker}: {name} must be a string that is not empty, got {value!r}",
            hint=f'tunebridge.observer("{tracker}", {name}="{default}")',
        )
    return value


def folder_of(tracker: str, options: Mapping[str, Any], name: str, default: str) -> str:
    """Return an option that is a folder, as an absolute path.

    Raises:
        OptionError: It is something else, or a file.
    """
    value = options.get(name, default)
    given = os.fspath(value) if isinstance(value, os.PathLike) else value
    path = os.path.abspath(text_of(tracker, {name: given}, name, default))
    if os.path.exists(path) and not os.path.isdir(path):
        raise OptionError(f"{tracker}: {name} must be a folder, and {path} is none", hint="name another one")
    return path


def tags_of(tracker: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the option `tags`: text by name.

    Raises:
        OptionError: It is something else.
    """
    tags = options.get("tags", {})
    if not isinstance(tags, Mapping) or not all(
        isinstance(one, str) for pair in tags.items() for one in pair
    ):
        raise OptionError(
            f"{tracker}: tags must be text by name, got {tags!r}", hint='tags={"team": "vision"}'
        )
    return dict(tags)
