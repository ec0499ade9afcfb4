"""Predictions of rows that are asked for again and again while a model of xgboost grows."""

from __future__ import annotations

from typing import Any


class Remembering:
    """A booster that is trained, and predicts rows that it knows by the trees that are new alone.

    xgboost keeps what it has predicted for a matrix that lives on, and adds what later trees say, in the
    order in which one prediction adds them all: to the last bit the same.

    Args:
        booster: What is trained.
        matrix: The rows as a `DMatrix`.
        rows: The rows that are known again.
    """

    def __init__(self, booster: Any, matrix: Any, rows: Any) -> None:
        """Hold them."""
        self._booster = booster
        self._matrix = matrix
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._booster, name)

    def inplace_predict(
        self, data: Any, *, iteration_range: Any = (0, 0), base_margin: Any = None, **more: Any
    ) -> Any:
        """Predict as the booster does."""
        if data is not self._rows or base_margin is not None or tuple(iteration_range) != (0, 0):
            return self._booster.inplace_predict(
                data, iteration_range=iteration_range, base_margin=base_margin, **more
            )
        return self._booster.predict(
            self._matrix,
            output_margin=more.get("predict_type") == "margin",
            validate_features=more.get("validate_features", True),
        )
