"""What a warm start of histogram boosting would do anew: bin the rows, and sum up the trees there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tunebridge_sklearn.private import BIN, MAPPER, SUM


class Bins:
    """The binned rows of one training, and the sums of the trees that it has.

    scikit-learn bins the same rows in each fit by the same seed, and adds to the sums of a warm start in
    place; so what a part ends with is what the next one would begin with.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._rows: dict[bool, Any] = {}
        self._mapper: Any = None
        self._sums: Any = None

    @contextmanager
    def used(self, model: Any, *, is_warm: bool) -> Iterator[None]:
        """Have a fit within take what is there, and keep what it makes.

        Args:
            model: What is fitted, always to the same rows.
            is_warm: Whether the fit goes on from an earlier one within.
        """
        bin_rows, sum_up = getattr(model, BIN), getattr(model, SUM)
        takes_sums = is_warm

        def binned(X: Any, sample_weight: Any, is_training_data: bool) -> Any:
            if is_training_data in self._rows:
                setattr(model, MAPPER, self._mapper)
            else:
                self._rows[is_training_data] = bin_rows(X, sample_weight, is_training_data)
                self._mapper = getattr(model, MAPPER)
            return self._rows[is_training_data]

        def summed(X: Any, n_threads: Any = None) -> Any:
            nonlocal takes_sums
            if not takes_sums or X is not self._rows[True]:
                return sum_up(X, n_threads)
            takes_sums = False  # A scorer that asks later gets sums of its own.
            if self._sums is None:
                self._sums = sum_up(X, n_threads)
            return self._sums

        setattr(model, BIN, binned)
        setattr(model, SUM, summed)
        try:
            yield
        finally:
            delattr(model, BIN)
            delattr(model, SUM)
