"""Optuna's search estimator, whose own study has the backend that the environment names."""

from __future__ import annotations

import os
from typing import Any, Self

import optuna_integration

from tunebridge.checks import is_int
from tunebridge_optuna import create_study
from tunebridge_optuna.facade.settling import VARIABLE


class OptunaSearchCV(optuna_integration.OptunaSearchCV):  # type: ignore[misc]  # it has no types
    """Optuna's `OptunaSearchCV`; without `study=` its study is `tunebridge_optuna.create_study`'s.

    Where `TUNEBRIDGE_BACKEND` names no backend, all of it is Optuna's own.
    """

    study: Any

    def fit(self, *args: Any, **kwargs: Any) -> Self:
        """Search as Optuna does; an integer `random_state` is the backend's seed.

        Args:
            *args: As in Optuna, like the rest.
            **kwargs: As in Optuna.
        """
        if self.study is not None or not os.environ.get(VARIABLE):
            super().fit(*args, **kwargs)
            return self
        seed = self.random_state if is_int(self.random_state) else None
        self.study = create_study(direction="maximize", seed=seed)
        try:
            super().fit(*args, **kwargs)
        finally:
            self.study = None
        return self
