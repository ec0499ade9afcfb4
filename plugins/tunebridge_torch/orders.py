"""The order of rows in the loaders of a trainer, where they draw it from generators of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader

from tunebridge import ObjectiveError
from tunebridge_torch.data import generators
from tunebridge_torch.generators import set_state, state_of


@dataclass(frozen=True, slots=True)
class Orders:
    """The loaders of a trainer."""

    train: list[DataLoader[Any]]
    """Those that it trains by."""
    valid: list[DataLoader[Any]]
    """Those that it validates by."""

    @classmethod
    def of(cls, trainer: Any) -> Orders:
        """Return those of a trainer that has begun to train."""
        return cls(list(_loaders(trainer.train_dataloader)), list(_loaders(trainer.val_dataloaders)))

    def states(self) -> list[Any]:
        """Return the states of their generators, between two epochs.

        Raises:
            ObjectiveError: One cannot be put back.
        """
        for loader in self.train:
            if loader.generator is not None and loader.num_workers:
                raise ObjectiveError(
                    "a checkpoint cannot hold the order of a DataLoader with workers and a generator",
                    hint="leave generator out, and call seed_everything(trial.seed) in the objective",
                )
        return [state_of(one) for one in self._generators]

    def put(self, states: list[Any], *, are_drawn_from: bool = False) -> None:
        """Let the generators go on from states.

        Args:
            states: As `states` has returned them.
            are_drawn_from: Whether iterators of the next epoch were made, each of which draws a number.
        """
        for generator, state in zip(self._generators, states, strict=False):
            set_state(generator, state)
        for loader in self.train if are_drawn_from else ():
            if loader.generator is not None:
                torch.empty((), dtype=torch.int64).random_(generator=loader.generator)

    @property
    def _generators(self) -> list[torch.Generator]:
        return generators(*self.train, *self.valid)


def _loaders(source: Any) -> Iterator[DataLoader[Any]]:
    """Yield the loaders that one, or what holds several, is made of."""
    if isinstance(source, DataLoader):
        yield source
    elif isinstance(source, Mapping):
        for one in source.values():
            yield from _loaders(one)
    elif isinstance(source, list | tuple):
        for one in source:
            yield from _loaders(one)
