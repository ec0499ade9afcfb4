"""Registers the reader of ConfigSpace's spaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunebridge import ReaderSpec, Reading, hookimpl


@hookimpl
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Register the reader of spaces."""
    register(
        ReaderSpec(
            name="configspace",
            summary="a ConfigurationSpace of ConfigSpace's",
            requires=("ConfigSpace", "scipy"),
            extra="configspace",
            parts=("ConfigSpace.configuration_space.ConfigurationSpace",),
            space=_read_space,
        )
    )


def _read_space(source: Any) -> Reading:
    from tunebridge_configspace.reader import read_space

    return read_space(source)
