"""Random numbers of one trial, kept apart from those of the process and of other trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch


class Randomness:
    """The state of torch's generators as one trial has left them.

    A trial that reports by `yield` sleeps while others train, so its state is put in place for each
    stretch of work and taken out after it, rather than seeded once.

    Args:
        seed: The trial's own, in [0, 2**32).
        device: Where the model trains.
        others: Generators of the user's data loaders, which other trials draw from, too.
    """

    def __init__(self, seed: int, device: torch.device, others: Sequence[torch.Generator] = ()) -> None:
        """Seed all streams, and touch none of the process's."""
        self._cuda = [device] if device.type == "cuda" else []
        self._others = list(others)
        self._state = torch.Generator().manual_seed(seed).get_state()
        self._cuda_states = [torch.Generator(gpu).manual_seed(seed).get_state() for gpu in self._cuda]
        self._other_states = [torch.Generator(g.device).manual_seed(seed).get_state() for g in self._others]

    @contextmanager
    def active(self) -> Iterator[None]:
        """Draw from this trial's streams inside the `with`, and give the process its own back after it."""
        found = [generator.get_state() for generator in self._others]
        with torch.random.fork_rng(devices=self._cuda):
            self._put()
            try:
                yield
            finally:
                self._take()
                for generator, state in zip(self._others, found, strict=True):
                    generator.set_state(state)

    def state_dict(self) -> dict[str, Any]:
        """Return all states, for a checkpoint."""
        return {"cpu": self._state, "cuda": self._cuda_states, "others": self._other_states}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from the states of a checkpoint; a GPU that was not drawn from keeps its own.

        Raises:
            ValueError: There were other generators.
        """
        if len(state["others"]) != len(self._others):
            raise ValueError(f"got {len(self._others)} generators of loaders for {len(state['others'])}")
        self._state, self._other_states = state["cpu"], state["others"]
        self._cuda_states = state["cuda"] or self._cuda_states

    def _put(self) -> None:
        torch.set_rng_state(self._state)
        for gpu, state in zip(self._cuda, self._cuda_states, strict=True):
            torch.cuda.set_rng_state(state, gpu)
        for generator, state in zip(self._others, self._other_states, strict=True):
            generator.set_state(state)

    def _take(self) -> None:
        self._state = torch.get_rng_state()
        self._cuda_states = [torch.cuda.get_rng_state(gpu) for gpu in self._cuda]
        self._other_states = [generator.get_state() for generator in self._others]
