"""Registers the trackers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import ObserverSpec, hookimpl


@hookimpl
def tunebridge_register_observers(register: Callable[[ObserverSpec], None]) -> None:
    """Register one observer per tracker; its library is imported when a study begins."""
    register(
        ObserverSpec(
            name="mlflow",
            summary="MLflow runs: one per trial, nested in the study's",
            requires=("mlflow-skinny", "SQLAlchemy", "alembic"),
            extra="mlflow",
            options=("experiment", "uri", "tags"),
            open=_mlflow,
        )
    )
    register(
        ObserverSpec(
            name="tensorboard",
            summary="TensorBoard's event files: a folder per trial, in the study's",
            requires=("tensorboard", "torch"),
            extra="tensorboard",
            options=("logdir",),
            open=_tensorboard,
        )
    )
    register(
        ObserverSpec(
            name="wandb",
            summary="Weights & Biases, offline: a run per trial, in the study's group",
            requires=("wandb",),
            extra="wandb",
            options=("project", "entity", "dir"),
            open=_wandb,
        )
    )


def _mlflow(options: Mapping[str, Any]) -> object:
    from tunebridge_trackers.observer import Tracking
    from tunebridge_trackers.of_mlflow import MlflowTracker

    return Tracking(MlflowTracker(options))


def _tensorboard(options: Mapping[str, Any]) -> object:
    from tunebridge_trackers.observer import Tracking
    from tunebridge_trackers.of_tensorboard import TensorboardTracker

    return Tracking(TensorboardTracker(options))


def _wandb(options: Mapping[str, Any]) -> object:
    from tunebridge_trackers.observer import Tracking
    from tunebridge_trackers.of_wandb import WandbTracker

    return Tracking(WandbTracker(options))
