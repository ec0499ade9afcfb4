"""A search of Ray Tune's as a script made it: schedulers and searchers cross by their class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tunebridge import Call, Called, CapturedSearch

EVALUATE = """\
def evaluate(trial):
    found = {{objective}}({{params}})
    if isinstance(found, dict):
        return found[{metric}]
    for reported in found:
        yield reported[{metric}]"""
"""What stands between a trial and a function that reports to Ray."""

SCHEDULERS = {
    "AsyncHyperBandScheduler": "asha",
    "ASHAScheduler": "asha",
    "HyperBandScheduler": "hyperband",
    "MedianStoppingRule": "median",
}
"""Pruners by Ray's classes."""

SEARCHERS = {
    "OptunaSearch": "optuna:tpe",
    "HyperOptSearch": "hyperopt:tpe",
    "BasicVariantGenerator": "sklearn:random",
}
"""Backends by Ray's classes."""

SETTINGS = {"time_budget_s": "max_seconds", "max_concurrent_trials": "n_jobs"}
"""Arguments of `tune`, by those of a `TuneConfig`."""


def read(search: Called) -> CapturedSearch:
    """Return a search as a `Tuner` was made, or `tune.run` was called."""
    given = search.arguments
    config = given if "run_or_experiment" in given else vars(given["tune_config"] or object)
    trainable = given.get("run_or_experiment", given.get("trainable"))
    remarks = ["Ray counts steps from 1, and here they begin with 0"]
    metric = config.get("metric") or getattr(config.get("scheduler"), "metric", None)
    if metric is None:
        remarks.append("no metric is named: write that which counts in the place of 'value'")
    settings = _settings(config, remarks)
    if config.get("num_samples", 1) > 0:
        settings["n_trials"] = config.get("num_samples", 1)
    return CapturedSearch(
        objective=None if isinstance(trainable, str | type) else trainable,
        space=given.get("config") if "run_or_experiment" in given else given["param_space"],
        directions=("maximize" if config.get("mode") == "max" else "minimize",),
        settings=settings,
        evaluate=EVALUATE.format(metric=json.dumps(metric or "value")),
        remarks=tuple(remarks),
    )


def _settings(config: Mapping[str, Any], remarks: list[str]) -> dict[str, Any]:
    """Return backend, pruner and limits."""
    searcher, scheduler = config.get("search_alg"), config.get("scheduler")
    name = type(searcher).__name__
    settings: dict[str, Any] = {"backend": "sklearn:random" if searcher is None else SEARCHERS.get(name, "")}
    if not settings["backend"]:
        settings["backend"] = "optuna:tpe"
        remarks.append(f"{name} has no backend: optuna:tpe stands for it")
    if scheduler is not None and type(scheduler).__name__ != "FIFOScheduler":
        kind = type(scheduler).__name__
        if kind in SCHEDULERS:
            settings["pruner"] = Call("tb.pruner", (SCHEDULERS[kind],))
            remarks.append(f"options of {kind} have other names here: see tb.pruner({SCHEDULERS[kind]!r})")
        else:
            remarks.append(f"{kind} has no counterpart")
    settings |= {ours: config[theirs] for theirs, ours in SETTINGS.items() if config.get(theirs)}
    return settings
