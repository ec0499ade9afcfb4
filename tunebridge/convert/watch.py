"""Runs a script with the entry points of libraries watched: it ends where its first search begins."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial, reduce, wraps
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from tunebridge.contract.capture import Called, CaptureSpec, EntryPoint
from tunebridge.dependencies import installed_version
from tunebridge.errors import ProblemError


class SearchBegan(BaseException):
    """Ends a script; no `except Exception` of its own catches it."""


@dataclass(slots=True)
class Watched:
    """What a script did."""

    names: dict[str, Any] = field(default_factory=dict)
    """What its names stand for; those of the functions that were running come last."""
    lines: dict[int, int] = field(default_factory=dict)
    """Where each of its functions was that was running as the search began, by its first line; 0 stands for
    the module."""
    noted: list[Called] = field(default_factory=list)
    """The calls that were noted."""
    line: int = 0
    """The line on which its first search began."""
    search: Called | None = None
    """The call that began its first search."""
    spec: CaptureSpec | None = None
    """The library that this is of."""


def watch(path: Path, captures: Iterable[CaptureSpec], *, name: str) -> Watched:
    """Run a file until its first search begins; its output goes to stderr.

    Args:
        path: The file.
        captures: The libraries that are watched, if they are installed.
        name: Its `__name__`.

    Raises:
        ProblemError: It ended by itself with an exit status.
    """
    watched = Watched()
    module = ModuleType(name)
    module.__file__ = str(path)
    with ExitStack() as stack:
        for spec in captures:
            if all(installed_version(name) for name in spec.requires):
                for entry in spec.entries:
                    recording = partial(_recording, watched, spec, entry, path)
                    stack.enter_context(_replaced(entry, recording))
        stack.enter_context(redirect_stdout(sys.stderr))
        stack.enter_context(_standing_in(module, path))
        try:
            exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
        except SearchBegan:
            pass
        except SystemExit as error:
            if error.code:
                raise ProblemError(
                    f"{path} ended before it began a search: exit status {error.code}",
                    hint="convert runs it without arguments, as `python FILE` does: give them defaults",
                ) from error
    watched.names = vars(module) | watched.names
    return watched


Recording = Callable[[Callable[..., Any]], Callable[..., Any]]


def _recording(
    watched: Watched, spec: CaptureSpec, entry: EntryPoint, path: Path, original: Callable[..., Any]
) -> Callable[..., Any]:
    """Return what stands in a function's place: it notes the call, and ends the script or goes on."""
    signature = inspect.signature(original)

    @wraps(original)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return original(*args, **kwargs)  # which says in its own words what it takes
        given = dict(bound.arguments)
        bound.apply_defaults()
        called = partial(Called, entry=entry, arguments=dict(bound.arguments), given=given)
        if not entry.searches:
            bound.arguments.update(entry.instead)
            result = original(*bound.args, **bound.kwargs)
            watched.noted.append(called(result=result))
            return result
        if watched.search is None:
            watched.search, watched.spec = called(), spec
            _note_frames(watched, inspect.currentframe(), path)
        raise SearchBegan

    return recorded


def _note_frames(watched: Watched, frame: FrameType | None, path: Path) -> None:
    """Keep what the names of the functions of a file stand for, from the outermost one in."""
    local: list[Mapping[str, Any]] = []
    while frame is not None:
        if frame.f_code.co_filename == str(path):
            watched.line = watched.line or frame.f_lineno
            is_module = frame.f_code.co_name == "<module>"
            watched.lines.setdefault(0 if is_module else frame.f_code.co_firstlineno, frame.f_lineno)
            local += [] if is_module else [dict(frame.f_locals)]
        frame = frame.f_back
    for names in reversed(local):
        watched.names |= names


@contextmanager
def _replaced(entry: EntryPoint, recording: Recording) -> Iterator[None]:
    """Put something in the place of a function, wherever its library has it under a name."""
    home = import_module(entry.module)
    *owners, name = entry.name.split(".")
    owner: Any = reduce(getattr, owners, sys.modules[home.__name__])
    original = getattr(owner, name)
    inherited = name not in vars(owner)
    places = [owner] if owners else _places(entry.module.partition(".")[0], name, original)
    replacement = recording(original)
    for place in places:
        setattr(place, name, replacement)
    try:
        yield
    finally:
        for place in places:
            if inherited:
                delattr(place, name)
            else:
                setattr(place, name, original)


def _places(root: str, name: str, original: Any) -> Sequence[ModuleType]:
    """Return the modules of a library that have a function."""
    modules = [one for key, one in [*sys.modules.items()] if key.partition(".")[0] == root]
    return [one for one in modules if getattr(one, "__dict__", {}).get(name) is original]


@contextmanager
def _standing_in(module: ModuleType, path: Path) -> Iterator[None]:
    """Let a module be what is imported by its name, its folder importable, and the command line its file."""
    before, arguments, folders = sys.modules.get(module.__name__), sys.argv, sys.path
    sys.modules[module.__name__] = module
    sys.argv, sys.path = [str(path)], [str(path.parent.resolve()), *sys.path]
    try:
        yield
    finally:
        sys.argv, sys.path = arguments, folders
        if before is None:
            sys.modules.pop(module.__name__, None)
        else:
            sys.modules[module.__name__] = before
