"""What hyperopt's documents say, parameter by parameter, kept between one ask and the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tunebridge_hyperopt.documents import Document

Array = np.ndarray[Any, np.dtype[Any]]


class Columns:
    """The values and losses of the trials in a history, in the order of their ids.

    Args:
        labels: The labels of the domain.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        """Begin with no trials."""
        self._labels = list(labels)
        self._forget()

    def _forget(self) -> None:
        self._tids: list[int] = []
        self._places: dict[str, list[int]] = {label: [] for label in self._labels}
        self._values: dict[str, list[Any]] = {label: [] for label in self._labels}

    def read(self, documents: Sequence[Document]) -> bool:
        """Take in the documents that are new, and return whether that could be done.

        It cannot where ids do not rise, or where a document stands for another one's trial.
        """
        tids = [document["tid"] for document in documents]
        if tids[: len(self._tids)] != self._tids:
            self._forget()
        for document in documents[len(self._tids) :]:
            is_next = not self._tids or document["tid"] > self._tids[-1]
            if not is_next or "from_tid" in document["misc"]:
                return False
            self._add(document["tid"], document["misc"]["vals"])
        return True

    def _add(self, tid: int, values: Mapping[str, Sequence[Any]]) -> None:
        place = len(self._tids)
        self._tids.append(tid)
        for label in self._labels:
            for value in values[label]:
                self._places[label].append(place)
                self._values[label].append(value)

    def split(self, label: str, is_good: Array) -> tuple[Array, Array]:
        """Return the values of a parameter in good trials, and in the others, as hyperopt splits them.

        Args:
            label: Of the parameter.
            is_good: For each trial, whether it is.
        """
        good = is_good[np.asarray(self._places[label], dtype=int)]
        values = np.asarray(self._values[label])
        return _plain(values[good]), _plain(values[~good])


def _plain(values: Array) -> Array:
    """Return values, floats if there are none: hyperopt makes its arrays of lists."""
    return values if values.size else np.asarray([])
