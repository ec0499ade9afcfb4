"""Predictions of rows that LightGBM adds up while it trains: what is asked for at a stop costs no tree again.

It keeps the sums of rows that it validates on, tree after tree, in the order in which one prediction adds
them, and turns them into what is predicted by the same function: to the last bit the same.
"""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

NAME = "rows of tunebridge"
"""What the rows are called in the training that keeps their sums."""


class KeptSums:
    """Rows of numbers whose sums a training keeps.

    Args:
        rows: Shape (n_samples, n_features).
        labels: One for each row, as the training has them: 0, 1, ... for classes.
    """

    def __init__(self, rows: Any, labels: Any) -> None:
        """Hold them."""
        self.rows = rows
        self._labels = labels
        self._data: lightgbm.Dataset | None = None

    def predicted(self, booster: Any) -> Any:
        """Return what a booster predicts that is trained; nothing if that is over, or cannot keep sums."""
        training = getattr(booster, "train_set", None)
        if training is None:
            return None
        found: list[Any] = []

        def take(predicted: Any, data: Any) -> tuple[str, float, bool]:
            found.append(np.array(predicted, order="C"))
            return NAME, 0.0, True

        if self._data is None:
            params = training.get_params()
            self._data = lightgbm.Dataset(self.rows, self._labels, reference=training, params=params)
        try:
            booster.eval(self._data, NAME, feval=take)
        except lightgbm.basic.LightGBMError:  # A metric takes no such labels.
            return None
        return found[0]


def hide(measured: list[Any]) -> None:
    """Take what was measured of the rows from what a training has measured after a round."""
    measured[:] = [one for one in measured if one[0] != NAME]
