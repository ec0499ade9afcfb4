"""Scripts of our own in the styles in which people call `fmin`; each takes the `fmin` that it calls."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, hp
from hyperopt.early_stop import no_progress_loss
from hyperopt.pyll import scope

Minimise = Callable[..., Any]
Found = tuple[Any, Trials]

N = 24


def settings(seed: int, **more: Any) -> dict[str, Any]:
    """Return what all scripts give."""
    quiet = {"verbose": False, "show_progressbar": False}
    return {"max_evals": N, "rstate": np.random.default_rng(seed), "trials": Trials(), **quiet, **more}


def bare(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    return fmin(lambda x: (x - 1) ** 2, hp.uniform("x", -5, 5), algo, **given), given["trials"]


def listed(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    space = [hp.uniform("x", -5, 5), hp.normal("y", 0, 1), "fixed"]
    return fmin(lambda p: (p[0] - 1) ** 2 + abs(p[1]) + len(p[2]), space, algo, **given), given["trials"]


def paired(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    space = (hp.loguniform("lr", math.log(1e-4), 0), hp.choice("kind", ["a", "b", None]))
    read = {"a": 0.0, "b": 1.0, None: 2.0}
    return fmin(lambda p: abs(math.log10(p[0]) + 2) + read[p[1]], space, algo, **given), given["trials"]


NESTED = hp.choice(
    "classifier",
    [
        {"type": "bayes"},
        {
            "type": "svm",
            "C": hp.lognormal("svm_C", 0, 1),
            "kernel": hp.choice(
                "svm_kernel", [{"ktype": "linear"}, {"ktype": "RBF", "width": hp.lognormal("width", 0, 1)}]
            ),
        },
        {"type": "tree", "depth": hp.choice("depth", [None, hp.uniform("max_depth", 2, 9)])},
    ],
)


def nested_value(point: Any) -> float:
    match point["type"]:
        case "bayes":
            return 3.0
        case "svm":
            return float(abs(point["C"] - 1) + point["kernel"].get("width", 0.7))
        case _:
            return 2.0 if point["depth"] is None else float(point["depth"] / 4)


def nested(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    return fmin(nested_value, NESTED, algo, **given), given["trials"]


def shared(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    depth = hp.uniform("depth", 1, 9)
    space = {
        "booster": hp.choice(
            "booster", [{"n": "tree", "depth": depth}, {"n": "dart", "depth": depth}, {"n": "lin"}]
        ),
        "rate": hp.loguniform("rate", -5, 0),
    }

    def value(point: Any) -> float:
        return float(abs(point["booster"].get("depth", 7) - 4) + point["rate"])

    return fmin(value, space, algo, **given), given["trials"]


def whole(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    space = {
        "layers": scope.int(hp.quniform("layers", 1, 6, 1)),
        "units": hp.uniformint("units", 4, 64),
        "index": hp.randint("index", 5),
        "from": hp.randint("from", 3, 9),
        "twice": 2 * hp.uniform("half", 0, 1) + 1,
    }

    def value(point: Any) -> float:
        assert type(point["layers"]) is int
        return float(point["layers"] + point["units"] / 16 + point["index"] + point["from"] + point["twice"])

    return fmin(value, space, algo, **given), given["trials"]


def weighted(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)
    space = {
        "act": hp.pchoice("act", [(0.7, "relu"), (0.2, "tanh"), (0.1, "none")]),
        "x": hp.uniform("x", 0, 1),
    }
    return fmin(lambda p: len(p["act"]) + p["x"], space, algo, **given), given["trials"]


def documented(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed)

    def value(point: Any) -> dict[str, Any]:
        if point["x"] < -3:
            return {"status": STATUS_FAIL}
        loss = np.float64(point["x"] ** 2)
        return {"loss": loss, "status": STATUS_OK, "size": [1, 2], "attachments": {"model": b"weights"}}

    return fmin(value, {"x": hp.uniform("x", -5, 5)}, algo, **given), given["trials"]


def given_points(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed, trials=None, return_argmin=False)
    kept: list[Any] = []
    points = [{"x": 1.5, "kind": 1}, {"x": -2.0, "kind": 0}]
    space = {"x": hp.uniform("x", -5, 5), "kind": hp.choice("kind", ["a", "b"])}

    def keep(trials: Trials, *rest: Any) -> tuple[bool, list[Any]]:
        kept[:] = [trials]
        return False, []

    def value(point: Any) -> float:
        return float((point["x"] - 1) ** 2 + (point["kind"] == "a"))

    best = fmin(value, space, algo, points_to_evaluate=points, early_stop_fn=keep, **given)
    return best, kept[0]


def early(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed, max_evals=100, early_stop_fn=no_progress_loss(6))
    return fmin(lambda p: p["x"], {"x": hp.uniform("x", 0, 1)}, algo, **given), given["trials"]


def threshold(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed, max_evals=100, loss_threshold=0.2)
    return fmin(lambda p: p["x"], {"x": hp.uniform("x", 0, 1)}, algo, **given), given["trials"]


def caught(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed, catch_eval_exceptions=True)

    def value(point: Any) -> float:
        if point["x"] > 2:
            raise ValueError("too large")
        return float(abs(point["x"]))

    return fmin(value, {"x": hp.uniform("x", -5, 5)}, algo, **given), given["trials"]


def again(fmin: Minimise, algo: Any, seed: int) -> Found:
    """Go on with the same trials twice, the second time with a larger budget and by position."""
    given, space = settings(seed), {"x": hp.uniform("x", -5, 5), "y": hp.choice("y", [1, 2, 4])}

    def value(point: Any) -> float:
        return float((point["x"] - 1) ** 2 + point["y"])

    fmin(value, space, algo, **{**given, "max_evals": 12})
    best = fmin(value, space, algo, N, None, None, given["trials"], given["rstate"], show_progressbar=False)
    return best, given["trials"]


def queued(fmin: Minimise, algo: Any, seed: int) -> Found:
    given = settings(seed, max_queue_len=1, timeout=600, trials_save_file="")
    return fmin(lambda p: p["x"], {"x": hp.quniform("x", 0, 10, 2.5)}, algo, **given), given["trials"]


SCRIPTS = (
    bare, listed, paired, nested, shared, whole, weighted, documented, given_points, early, threshold, caught,
    again, queued,
)  # fmt: skip
