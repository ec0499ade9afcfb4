"""A search of hyperopt's as a script called `fmin`.

`tpe.suggest` and its like become backends by their module; a partial one gives options. The seed is read from
a fresh generator: of one that was drawn from, it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from hyperopt.pyll.base import as_apply, dfs

from tunebridge import Backend, Call, Called, CapturedSearch, backend

EVALUATE = """\
def evaluate(trial):
    found = {objective}({params})
    if not isinstance(found, dict):
        return found
    if found["status"] != "ok":
        raise RuntimeError("the objective says that this trial failed")
    return found["loss"]"""
"""What stands between a trial and an objective of hyperopt's."""

ALGORITHMS = {"hyperopt.tpe": "tpe", "hyperopt.rand": "random", "hyperopt.anneal": "anneal"}
"""Backends by the modules of hyperopt that suggest."""

NO_COUNTERPART = {
    "loss_threshold": "loss_threshold is a stopper here: stop=[tb.Target(...)]",
    "early_stop_fn": "early_stop_fn is a stopper here: stop=[tb.Patience(...)]",
    "trials_save_file": "trials_save_file is a store here: storage='sqlite:///tune.db', study='name'",
    "pass_expr_memo_ctrl": "pass_expr_memo_ctrl has no counterpart: an objective gets values",
}
"""What is said of arguments of `fmin` that do not cross."""


def read(search: Called) -> CapturedSearch:
    """Return a search as `fmin` was called."""
    given = search.arguments
    remarks: list[str] = []
    settings: dict[str, Any] = {"backend": _backend(given["algo"], remarks)}
    settings |= {
        ours: given[theirs]
        for ours, theirs in (("n_trials", "max_evals"), ("max_seconds", "timeout"))
        if given.get(theirs) is not None
    }
    seed = _seed(given["rstate"])
    if seed is not None:
        settings["seed"] = seed
    elif given["rstate"] is not None:
        remarks.append("the seed of rstate is not known: give seed=")
    if points := given.get("points_to_evaluate"):
        choices = _choices(given["space"])
        if any(choices & point.keys() for point in points):
            remarks.append("points_to_evaluate gives places of choices: give their values by initial=[...]")
        else:
            settings["initial"] = list(points)
    trials = given.get("trials") or given.get("self")
    if trials is not None and len(trials.trials):
        remarks.append("trials that are there already are a history here: history=trials")
    if trials is not None and type(trials).__name__ != "Trials":
        remarks.append(f"{type(trials).__name__} is an executor here: n_jobs=, or tb.executor('dask')")
    remarks += [text for name, text in NO_COUNTERPART.items() if given.get(name)]
    return CapturedSearch(
        objective=given["fn"],
        space=given["space"],
        settings=settings,
        evaluate=EVALUATE,
        remarks=tuple(remarks),
    )


def _backend(algo: Any, remarks: list[str]) -> str | Call:
    """Return the backend of an algorithm, with the options that it has here."""
    if isinstance(algo, str):
        return algo
    if isinstance(algo, Backend):
        return Call("tb.backend", (algo.spec.name,), algo.options) if algo.options else algo.spec.name
    bound: Mapping[str, Any] = {}
    if isinstance(algo, partial):
        algo, bound = algo.func, algo.keywords
    module = "hyperopt.tpe" if algo is None else getattr(algo, "__module__", type(algo).__name__)
    if module not in ALGORITHMS:
        remarks.append(f"{module} has no backend: hyperopt:tpe stands for it")
    name = f"hyperopt:{ALGORITHMS.get(module, 'tpe')}"
    options = {option: value for option, value in bound.items() if option in backend(name).spec.options}
    remarks += [f"the option {option} has no counterpart" for option in bound if option not in options]
    return Call("tb.backend", (name,), options) if options else name


def _choices(space: Any) -> set[str]:
    """Return the labels of the choices of a space."""
    switches = [node for node in dfs(as_apply(space)) if node.name == "switch"]
    return {str(node.pos_args[0].pos_args[0].obj) for node in switches}


def _seed(rstate: Any) -> int | None:
    """Return the seed of a generator that nothing was drawn from; None if there is none."""
    if not isinstance(rstate, np.random.Generator):
        return None
    entropy = getattr(rstate.bit_generator.seed_seq, "entropy", None)
    if not isinstance(entropy, int) or entropy >= 2**32:
        return None
    fresh = np.random.default_rng(entropy).bit_generator.state
    return entropy if fresh == rstate.bit_generator.state else None
