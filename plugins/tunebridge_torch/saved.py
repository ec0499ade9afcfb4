"""A training as one file in a folder: all that its next step depends on."""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tunebridge import ObjectiveError
from tunebridge.display.brief import brief
from tunebridge_torch import generators

FILE = "training.pt"
"""The name of the file in the folder of a checkpoint."""

KEYS = {"states", "kinds", "process"}
"""What the file holds: states of parts by name, their kinds, and what the process draws from."""

PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.Size, torch.dtype, torch.device)
"""Types that torch loads without running code, beside tensors and what holds others."""

NAMED = (dict, OrderedDict, Counter)
"""Those of them that hold others by name."""

LISTED = (list, tuple, set)
"""Those that hold others without names."""

RAISED = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What parts of a training raise for a state that is another one's."""


def write(folder: str | os.PathLike[str], parts: Mapping[str, Any], *, of_process: bool) -> None:
    """Write the parts of a training.

    Args:
        folder: An existing one.
        parts: By name: what has a state, and plain data.
        of_process: Whether to write the random state of the process, too.

    Raises:
        ObjectiveError: A part has no state, and is no plain data.
    """
    states, kinds = {}, {}
    for name, part in parts.items():
        state = _state(part)
        kinds[name] = "" if state is None else _kind(part)
        states[name] = _checked(part if state is None else state[0], name)
    process = generators.process_state() if of_process else None
    torch.save({"states": states, "kinds": kinds, "process": process}, Path(folder) / FILE)


def read(folder: str | os.PathLike[str], parts: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """Let parts of a training go on from what was written, and return what was plain data.

    Args:
        folder: That of a checkpoint.
        parts: By name, those that have a state; each of the kind that was written.
        partial: Whether parts may be left out; the random state of the process is left alone then.

    Raises:
        ObjectiveError: There is nothing to read, or it is of another training.
    """
    saved = _loaded(Path(folder))
    states, kinds = saved["states"], saved["kinds"]
    _check_parts(kinds, parts, partial=partial)
    for name, part in parts.items():
        _load(part, states[name], name)
    if saved["process"] is not None and not partial:
        generators.set_process_state(saved["process"])
    return {name: state for name, state in states.items() if not kinds[name]}


def _loaded(folder: Path) -> dict[str, Any]:
    file = folder / FILE
    if not file.exists():
        hint = "tunebridge_torch.save(folder, model=model, optimizer=optimizer) writes it"
        raise ObjectiveError(f"there is no {FILE} in {folder}", hint=hint)
    try:
        # On the CPU: each part moves its own to the device where it is, which may not be the old one.
        saved = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever damaged bytes lead to
        raise _damaged(file) from error
    if not isinstance(saved, dict) or saved.keys() != KEYS:
        raise _damaged(file)
    return saved


def _damaged(file: Path) -> ObjectiveError:
    return ObjectiveError(
        f"{file} is damaged, or something else has written it",
        hint="begin anew, or from another checkpoint; a file of your own needs another name",
    )


def _check_parts(kinds: Mapping[str, str], parts: Mapping[str, Any], *, partial: bool) -> None:
    """Check that the parts are those that were written, before any of them is changed.

    Raises:
        ObjectiveError: One is missing, was not written, or is of another kind.
    """
    held = [name for name, kind in kinds.items() if kind]
    found = [f"{name} is not in it (it holds: {', '.join(held)})" for name in parts if name not in held]
    if not partial:
        found += [f"{name} is in it, and was not given" for name in held if name not in parts]
    for name, part in parts.items():
        if kinds.get(name) and kinds[name] != _kind(part):
            found.append(f"{name} was {kinds[name]}, and is {_kind(part)}")
    if found:
        raise ObjectiveError(
            f"the checkpoint is of another training: {'; '.join(found)}",
            hint="hand over the same parts as to save, made by the same params; "
            "to load some of them alone, such as the model: partial=True",
        )


def _state(part: Any) -> tuple[Any] | None:
    """Return the state of a part, alone in a tuple; None if it has none."""
    if isinstance(part, generators.Generator):
        return (generators.state_of(part),)
    if isinstance(part, type) or not (hasattr(part, "state_dict") and hasattr(part, "load_state_dict")):
        return None
    return (part.state_dict(),)


def _load(part: Any, state: Any, name: str) -> None:
    """Let a part go on from a state.

    Raises:
        ObjectiveError: It is the state of another one.
    """
    try:
        if isinstance(part, generators.Generator):
            generators.set_state(part, state)
        else:
            part.load_state_dict(state)
    except RAISED as error:
        raise ObjectiveError(
            f"the checkpoint does not fit {name}: {error}",
            hint="make it by the same params, and in the same order, as when it was saved",
        ) from error


def _kind(part: Any) -> str:
    """Return what a part has to be again; any module will do whose weights have the same names."""
    return "a module" if isinstance(part, nn.Module) else type(part).__qualname__


def _checked(state: Any, path: str) -> Any:
    """Return a state in which numpy's scalars are Python's, if torch can load it without running code.

    Raises:
        ObjectiveError: It cannot; the message says which part of it.
    """
    kind = type(state)
    if kind in NAMED:
        return kind({name: _checked(value, f"{path}.{name}") for name, value in state.items()})
    if kind in LISTED:
        return kind(_checked(value, f"{path}[{place}]") for place, value in enumerate(state))
    if isinstance(state, np.generic):
        return _checked(state.item(), path)
    if kind in PLAIN or isinstance(state, Tensor):
        return state
    raise ObjectiveError(
        f"{path} cannot be saved: {brief(state)} is no tensor, no plain data and no part with a state_dict",
        hint=_hint(state),
    )


def _hint(state: Any) -> str:
    if isinstance(state, torch.utils.data.DataLoader):
        return "save the generator that the loader was given: generator=generator"
    if isinstance(state, np.ndarray):
        return "save torch.from_numpy(array)"
    return "save numbers, strings, tensors, and lists and dicts of these"
