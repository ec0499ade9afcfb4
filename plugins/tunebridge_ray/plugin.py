"""Registers the reader of Ray Tune's search spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import CaptureSpec, ReaderSpec, Reading, hookimpl
from tunebridge_ray.watched import capture_spec


@hookimpl
def tunebridge_register_captures(register: Callable[[CaptureSpec], None]) -> None:
    """Register Ray Tune's searches in scripts."""
    register(capture_spec())


@hookimpl
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Register the reader of search spaces."""
    register(
        ReaderSpec(
            name="ray",
            summary="a dict of Ray Tune's domains",
            requires=("ray", "pandas", "pyarrow"),
            extra="ray",
            parts=("ray.tune.search.sample.Domain",),
            space=_read_space,
            takes_space=_holds_grid,
        )
    )


def _holds_grid(source: Any) -> bool:
    """Return whether something is a dict that holds a grid, which is a plain dict to Ray."""
    if not isinstance(source, Mapping):
        return False
    return set(source) == {"grid_search"} or any(map(_holds_grid, source.values()))


def _read_space(source: Any) -> Reading:
    from tunebridge_ray.reader import read_space

    return read_space(source)
