"""What a model trains on: a pair of tensors, a `Dataset` or a `DataLoader`, read in mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
)

from tunebridge import ObjectiveError, ProblemError

Data = tuple[Tensor, Tensor] | Dataset[Any] | DataLoader[Any]
"""What `train` and `valid` may be."""

Source = Dataset[Any] | DataLoader[Any]
"""The same, checked: a pair of tensors is a `TensorDataset`."""


def read_data(data: Any, name: str) -> Source:
    """Return the data checked.

    Raises:
        ProblemError: It is of another kind, or it is empty.
    """
    if isinstance(data, tuple | list):
        data = _pair(data, name)
    if not isinstance(data, Dataset | DataLoader):
        raise ProblemError(
            f"{name} must be a pair of tensors, a Dataset or a DataLoader, got {type(data).__name__}",
            hint=f"write {name}=(inputs, targets)",
        )
    if _length(data) == 0:
        raise ProblemError(f"{name} is empty", hint="a loader with drop_last=True drops what fills no batch")
    return data


def make_loader(source: Source, batch_size: int, *, shuffle: bool) -> DataLoader[Any]:
    """Return a loader of the data; one of the user's is returned as it is."""
    if isinstance(source, DataLoader):
        return source
    if isinstance(source, IterableDataset):
        return DataLoader(source, batch_size=batch_size)
    if isinstance(
        source, TensorDataset
    ):  # a tensor is read a batch at a time, which is much faster than by row
        rows = RandomSampler(source) if shuffle else SequentialSampler(source)
        return DataLoader(source, sampler=BatchSampler(rows, batch_size, drop_last=False), batch_size=None)
    return DataLoader(source, batch_size=batch_size, shuffle=shuffle)


def read_batches(loader: DataLoader[Any], device: torch.device, name: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield inputs and targets on the device.

    Raises:
        ObjectiveError: The loader yields nothing, or something else than pairs.
    """
    empty = True
    for batch in loader:
        empty = False
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise ObjectiveError(
                f"a batch of {name} must be a pair (inputs, targets), got {type(batch).__name__}",
                hint="write a collate_fn that returns a pair, or an objective of your own that yields",
            )
        inputs, targets = batch
        yield inputs.to(device), targets.to(device)
    if empty:
        raise ObjectiveError(
            f"the loader of {name} yielded no batch", hint="an iterator can be used up: give a Dataset"
        )


def generators(*sources: Source) -> list[torch.Generator]:
    """Return the generators of the user's own loaders, each once."""
    found = {}
    for source in sources:
        for holder in (source, getattr(source, "sampler", None)):
            generator = getattr(holder, "generator", None)
            if isinstance(source, DataLoader) and isinstance(generator, torch.Generator):
                found[id(generator)] = generator
    return list(found.values())


def _pair(data: Any, name: str) -> TensorDataset:
    if len(data) != 2 or not all(isinstance(part, Tensor) for part in data):
        kinds = ", ".join(type(part).__name__ for part in data)
        raise ProblemError(
            f"{name} must be a pair of tensors (inputs, targets), got ({kinds})",
            hint="torch.from_numpy makes a tensor of an array",
        )
    inputs, targets = data
    if len(inputs) != len(targets):
        raise ProblemError(f"{name} needs as many targets as inputs, got {len(targets)} and {len(inputs)}")
    return TensorDataset(inputs, targets)


def _length(data: Source) -> int | None:
    """Return the number of rows or batches; None when the data does not know."""
    try:
        return len(data)  # type: ignore[arg-type]
    except TypeError:
        return None
