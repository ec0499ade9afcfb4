"""Where a booster trains: on the device of its trial, unless the model says so itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import Trial

GPU = re.compile(r"cuda(?::([0-9]+))?")
"""A GPU, with its number if it is said; other devices than GPUs and the CPU mean nothing to boosters."""


def _for_xgboost(number: str | None) -> dict[str, Any]:
    return {"device": "cuda" if number is None else f"cuda:{number}"}


def _for_lightgbm(number: str | None) -> dict[str, Any]:
    return {"device_type": "cuda", **({} if number is None else {"gpu_device_id": int(number)})}


def _for_catboost(number: str | None) -> dict[str, Any]:
    return {"task_type": "GPU", **({} if number is None else {"devices": number})}


ON_GPU: Mapping[str, Callable[[str | None], dict[str, Any]]] = {
    "catboost": _for_catboost,
    "lightgbm": _for_lightgbm,
    "xgboost": _for_xgboost,
}
"""Params that put a model on a GPU, by the package of the library."""

SAID = ("device", "device_type", "devices", "gpu_device_id", "gpu_platform_id", "task_type")
"""Params by which a model says itself where it trains."""


def place(model: Any, trial: Trial) -> None:
    """Have a model that is not trained yet train on the GPU of its trial, if that has one.

    Args:
        model: Made by the user; what it says of devices stands.
        trial: Its trial.
    """
    found = None if trial.device is None else GPU.fullmatch(trial.device)
    on_gpu = ON_GPU.get(type(model).__module__.partition(".")[0])
    if found is None or on_gpu is None:
        return
    params = model.get_params()
    if all(params.get(name) is None for name in SAID):
        model.set_params(**on_gpu(found[1]))
