"""How models of CatBoost grow: by snapshots, which hold all that a training goes on with.

A model of CatBoost cannot be asked while it trains, and one that is continued by `init_model` draws anew. A
training that goes on from its snapshot, up to more rounds, is one training, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tunebridge import GrowthRequest, LiveParamError, ObjectiveError
from tunebridge_boosting.binned import binned
from tunebridge_boosting.names import FROZEN, ROUNDS_OF_CATBOOST

USUAL = 1000
"""How many rounds there are if nobody says so."""

STOPPING = ("early_stopping_rounds", "od_wait", "od_pval", "od_type")
"""Params of the rule to stop early."""


class Once:
    """Ends a training after its first round."""

    def after_iteration(self, info: Any) -> bool:
        """Return that it does not go on."""
        return False


class SnapshotGrowth:
    """A model of CatBoost that grows by rounds.

    Args:
        request: What it grows from.

    Raises:
        ObjectiveError: The number of rounds is to be found, and the rate would depend on it.
    """

    def __init__(self, request: GrowthRequest) -> None:
        """Make ready; nothing is trained yet."""
        self._request = request
        self._params = dict(request.params)
        self._stops = _has_rule(request)
        if self._stops and not self._params.get("eval_set"):
            self._params["eval_set"] = request.valid
        self._rate = request.model.get_params().get("learning_rate") or request.model.get_params().get("eta")
        if self._stops and self._rate is None:
            raise ObjectiveError(
                "the automatic learning_rate of CatBoost depends on the rounds, whose number is to be found",
                hint="give the model a learning_rate, or declare it in the space",
            )
        self._most = rounds(request.model)
        self._folder: TemporaryDirectory[str] | None = None
        self._is_prepared = False
        self._binned: tuple[Any, dict[str, Any]] | None = None
        self._model: Any = None
        self.is_over = False
        if request.state is not None:
            self._rate = request.state["rate"]
            self._file().write_bytes(request.state["snapshot"])

    @property
    def n_rounds(self) -> int | None:
        """How many rounds a rule to stop early has left; None without one, or before the end."""
        return int(self._model.tree_count_) if self._stops and self.is_over else None

    def grow(self, n_rounds: int) -> Any:
        """Train until there are so many rounds, and return a fitted estimator of as many.

        Raises:
            Exception: Whatever the training raises.
        """
        if self.is_over:
            return self._model
        n_rounds = min(n_rounds, self._most)
        if self._folder is None and n_rounds == self._most:
            self._model = self._request.model
            self._model.fit(self._request.X, self._request.y, **self._params)
        else:
            self._model = self._part(n_rounds)
            self._fit(self._model)
        self.is_over = n_rounds == self._most or (self._stops and self._trained() < n_rounds)
        return self._model

    def change(self, changed: Mapping[str, Any]) -> None:
        """Refuse, whatever it is.

        Raises:
            LiveParamError: Always, if something is to change.
        """
        if changed:
            raise LiveParamError.of(
                "while a booster grows, it cannot change",
                faults(None, changed),
                hint="leave it to whole trials",
            )

    def state(self) -> Any:
        """Return its snapshot, which holds all that it goes on with, and its rate."""
        return {"rate": self._rate, "snapshot": self._file().read_bytes()}

    def close(self) -> None:
        """Let go of a model that grows no more."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._binned = None
        self.is_over = True

    def _fit(self, model: Any, **more: Any) -> None:
        """Fit a part, on rows that were binned once."""
        if not self._is_prepared:
            self._is_prepared = True
            self._binned = binned(self._request, self._params)
        if self._binned is None:
            model.fit(self._request.X, self._request.y, **{**self._params, **more})
        else:
            pool, params = self._binned
            model.fit(pool, **{**params, **more})

    def _file(self) -> Path:
        """Return where its snapshot is."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="tunebridge-catboost-")
        return Path(self._folder.name) / "snapshot"

    def _part(self, n_rounds: int) -> Any:
        """Return a copy of the model that goes on from the snapshot up to a round."""
        if self._folder is None:
            self._rate = self._rate or self._automatic_rate()
        file = self._file()
        model = self._request.model.copy()
        params = model.get_params()
        name = next((name for name in ROUNDS_OF_CATBOOST if params.get(name) is not None), "iterations")
        given = {} if self._rate is None else {_rate_of(model): self._rate}
        return model.set_params(
            **{name: n_rounds},
            **given,
            allow_writing_files=True,
            train_dir=str(file.parent),
            save_snapshot=True,
            snapshot_file=str(file),
            snapshot_interval=10**6,
        )

    def _automatic_rate(self) -> float | None:
        """Return the rate that CatBoost takes for all the rounds; None where it takes none by itself."""
        probe = self._request.model.copy().set_params(allow_writing_files=False)
        self._fit(probe, callbacks=[Once()])
        rate = probe.get_all_params().get("learning_rate")
        return None if rate is None else float(rate)

    def _trained(self) -> int:
        """Return how many rounds were trained, those after the best one included."""
        measured = self._model.get_evals_result()
        return max(len(column) for metrics in measured.values() for column in metrics.values())


def rounds(model: Any) -> int:
    """Return how many rounds one `fit` has at most."""
    params = model.get_params()
    return int(next((params[name] for name in ROUNDS_OF_CATBOOST if params.get(name) is not None), USUAL))


def faults(model: Any, changed: Mapping[str, Any]) -> dict[str, str]:
    """Return why params cannot change between rounds: none can."""
    return dict.fromkeys(changed, FROZEN)


def _has_rule(request: GrowthRequest) -> bool:
    params = {**request.model.get_params(), **request.params}
    has_rows = request.valid is not None or bool(request.params.get("eval_set"))
    return has_rows and any(params.get(name) for name in STOPPING)


def _rate_of(model: Any) -> str:
    return "eta" if "eta" in model.get_params() else "learning_rate"
