"""Random states as plain data: of generators, and of what a whole process draws from."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

Generator = torch.Generator | np.random.Generator | np.random.RandomState | random.Random
"""What numbers are drawn from, of torch, numpy and Python."""


def state_of(generator: Generator) -> Any:
    """Return the state of a generator, which goes on drawing without changing it."""
    match generator:
        case torch.Generator():
            return generator.get_state()
        case np.random.Generator():
            return _plain(generator.bit_generator.state)
        case np.random.RandomState():
            return _plain(generator.get_state(legacy=False))
        case _:
            return generator.getstate()


def set_state(generator: Generator, state: Any) -> None:
    """Let a generator go on from a state.

    Raises:
        ValueError: It is the state of another kind of generator.
    """
    match generator:
        case torch.Generator():
            generator.set_state(state)
        case np.random.Generator():
            generator.bit_generator.state = _arrays(state)
        case np.random.RandomState():
            generator.set_state(_arrays(state))
        case _:
            generator.setstate(state)


def process_state() -> dict[str, Any]:
    """Return what the process draws from where no generator is named: torch's, numpy's and Python's own."""
    return {
        "torch": torch.get_rng_state(),
        "cuda": _of_gpus(),
        "numpy": _plain(np.random.get_state(legacy=False)),  # noqa: NPY002  # it is this one that is kept
        "python": random.getstate(),
    }


def set_process_state(state: dict[str, Any]) -> None:
    """Let the process go on drawing from a state; GPUs that are not here are left out."""
    torch.set_rng_state(state["torch"])
    for gpu, one in zip(range(torch.cuda.device_count()), state["cuda"], strict=False):
        torch.cuda.set_rng_state(one, gpu)
    np.random.set_state(_arrays(state["numpy"]))  # noqa: NPY002  # it is this one that was kept
    random.setstate(state["python"])


def _of_gpus() -> list[torch.Tensor]:
    """Return the state of each GPU; a process that has not used CUDA does not begin with it here."""
    is_used = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch has not annotated it
    return torch.cuda.get_rng_state_all() if is_used else []


def _plain(state: Any) -> Any:
    """Return a state of numpy's with lists in place of arrays."""
    if isinstance(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    return state.tolist() if isinstance(state, np.ndarray) else state


def _arrays(state: Any) -> Any:
    """Return it as numpy takes it."""
    if isinstance(state, dict):
        return {name: _arrays(value) for name, value in state.items()}
    return np.array(state, dtype=np.uint64) if isinstance(state, list) else state
