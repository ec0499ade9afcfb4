"""The studies of `stores/test_stored_fixtures.py`, as tunebridge 0.1.0 of commit 1074ad1 ran and stored them.

Nothing here may change: what is stored beside it was written with this very code. That commit ran it once, as
a script, and it wrote `studies.sql`, `journal.log` and `expected.json`.
"""

from __future__ import annotations

import functools
import json
import math
import os
import platform
import re
import signal
import socket
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import tunebridge as tb

HERE = Path(__file__).parent

LINES = tb.Space(
    x=tb.Float(-1.0, 1.0),
    depth=tb.Int(1, 6),
    size=tb.Ordinal([16, 32, 64]),
    kind=tb.Categorical(["a", "b", None]),
)
"""Nothing in it takes a logarithm, so that every processor draws the same from it."""

TREE = tb.Space(
    rate=tb.Float(1e-4, 1.0, log=True),
    depth=tb.Int(1, 6),
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(
                momentum=tb.Float(0, 0.99),
                schedule=tb.Categorical({"flat": tb.Space(), "cosine": tb.Space(warmup=tb.Int(1, 5))}),
            ),
            "adam": tb.Space(beta=tb.Float(1e-3, 0.1, log=True), size=tb.Ordinal([16, 32, 64])),
        }
    ),
    constraints=[tb.Constraint(lambda p: p["depth"] < 6 or p["rate"] < 0.1, "deep ones need a small rate")],
)
FINITE = tb.Space(depth=tb.Int(1, 4), size=tb.Ordinal([16, 32, 64]), kind=tb.Categorical(["a", "b", None]))
OBJECTS = tb.Space(
    act=tb.Categorical({"root": math.sqrt, "floor": math.floor, "ceiling": math.ceil}),
    scale=tb.Float(0.5, 2.0),
    fixed=tb.Constant((1, 2)),
)
COLLIDING = tb.Space(
    text=tb.Categorical(["1", 1]),
    swapped=tb.Categorical({"a": "b", "b": "a"}),
    none=tb.Ordinal([None, "None"]),
)
"""Labels of some choices equal other choices: 0.1.0 stored them rightly, and read them wrongly."""


def cost(params: Mapping[str, Any]) -> float:
    """Return a number that hangs on the params alone."""
    numbers = [value if isinstance(value, int | float) else len(str(value)) for value in params.values()]
    return math.fsum((place + 1) * number for place, number in enumerate(numbers)) % 7.0


def plain(trial: tb.Trial) -> float:
    """Return the cost, or fail."""
    if trial.seed % 8 == 0:
        raise FloatingPointError("as planned")
    return cost(trial)


def reporting(trial: tb.Trial) -> Generator[float, None, float]:
    """Report on the way to the cost."""
    for step in range(4):
        yield cost(trial) + 8.0 / (step + 1)
    trial.note("steps", 4)
    return cost(trial)


def metrics(trial: tb.Trial) -> Generator[dict[str, float], Any, None]:
    """Report two metrics; the value of the scale is changed on the way."""
    for step in range(5):
        value = trial["act"](4.0 * trial["scale"]) + step
        yield {"loss": float(value), "scale": float(trial["scale"])}


def collided(trial: tb.Trial) -> float:
    """Tell the choices apart."""
    return float((trial["text"] == "1") + 2 * (trial["swapped"] == "a") + 4 * (trial["none"] is None))


def two(trial: tb.Trial) -> tuple[float, float]:
    """Return two values."""
    return cost(trial), float(trial["x"])


def scaled(factor: float, trial: tb.Trial) -> float:
    """Return a multiple of the cost."""
    return factor * cost(trial)


class Shifted:
    """An objective with an attribute."""

    def __init__(self, shift: float) -> None:
        """Hold the attribute."""
        self.shift = shift

    def __call__(self, trial: tb.Trial) -> float:
        """Return the shifted cost."""
        return cost(trial) + self.shift


def tune(objective: Any, space: tb.Space, total: int, **settings: Any) -> tb.Result:
    """Run a study up to a number of trials; n_trials is what the sampler is told, too."""
    direction, metric = settings.pop("direction", "minimize"), settings.pop("metric", None)
    problem = tb.Problem(objective, space, direction=direction, metric=metric)
    return tb.tune(problem, n_trials=total, max_failures=None, **{"seed": 3, **settings})


def watched(total: int, **settings: Any) -> tb.Result:
    """Run a study of a conditional space with a pruner."""
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2)
    return tune(reporting, TREE, total, pruner=pruner, **settings)


def adjusted(total: int, **settings: Any) -> tb.Result:
    """Run a study whose params change while they are used."""
    schedule = tb.Schedule("scale", {1: 0.5, 3: 1.5})
    return tune(
        metrics, OBJECTS, total, metric="loss", adjust=[schedule], backend="optuna:random", **settings
    )


def taught(total: int, **settings: Any) -> tb.Result:
    """Run a study that is told of another one."""
    teacher = tune(plain, LINES, 5, backend="sklearn:random", seed=9)
    return tune(plain, LINES, total, backend="optuna:tpe", history=teacher, **settings)


def swapped(total: int, **settings: Any) -> tb.Result:
    """Run a study that goes on with another backend after six trials."""
    if settings.get("storage") is None:
        settings["storage"] = f"jsonlines:{os.environ['SCRATCH']}/swapped-{os.getpid()}-{total}"
    tune(plain, LINES, min(6, total), backend="sklearn:random", **settings)
    return tune(plain, LINES, total, backend="hyperopt:random", **settings)


def changed(total: int, **settings: Any) -> tb.Result:
    """Run a study, then go on with a wider space in a new one."""
    if settings.get("storage") is None:
        settings["storage"] = f"jsonlines:{os.environ['SCRATCH']}/changed-{os.getpid()}-{total}"
    tune(plain, LINES, 6, backend="optuna:random", **settings)
    wider = tb.Space({**dict(LINES.entries), "x": tb.Float(-2.0, 2.0)})
    return tune(plain, wider, total, backend="optuna:random", on_space_change="carry", **settings)


STUDIES: dict[str, Callable[..., tb.Result]] = {
    "tree optuna:tpe": functools.partial(watched, backend="optuna:tpe"),
    "tree hyperopt:tpe": functools.partial(watched, backend="hyperopt:tpe"),
    "lines optuna:random": functools.partial(tune, plain, LINES, backend="optuna:random"),
    "lines hyperopt:random": functools.partial(tune, plain, LINES, backend="hyperopt:random"),
    "lines sklearn:random": functools.partial(tune, plain, LINES, backend="sklearn:random"),
    "finite optuna:grid": functools.partial(tune, plain, FINITE, backend="optuna:grid"),
    "finite sklearn:grid": functools.partial(tune, plain, FINITE, backend="sklearn:grid"),
    "finite brute-force": functools.partial(tune, plain, FINITE, backend="optuna:brute-force"),
    "adjusted": adjusted,
    "taught": taught,
    "swapped": swapped,
    "changed": changed,
    "colliding optuna:random": functools.partial(tune, collided, COLLIDING, backend="optuna:random"),
    "colliding hyperopt:tpe": functools.partial(tune, collided, COLLIDING, backend="hyperopt:tpe"),
    "two values": functools.partial(
        tune, two, LINES, backend="optuna:nsga2", direction=["minimize", "maximize"]
    ),
    "partial": functools.partial(
        tune,
        functools.partial(scaled, 2.0),
        LINES,
        backend="optuna:random",
        initial=[{"x": 0.5, "depth": 2, "size": 16, "kind": None}],
    ),
    "instance": functools.partial(tune, Shifted(1.5), LINES, backend="sklearn:random"),
    "method": functools.partial(tune, Shifted(2.5).__call__, LINES, backend="sklearn:random"),
}
"""By name: called with the total number of trials, and a storage and a name if there are some."""

GOES_ON = {
    **STUDIES,
    "swapped": functools.partial(tune, plain, LINES, backend="hyperopt:random"),
}
"""The call that goes on with each of them."""

STORED, TOTAL = 10, 16
"""Trials that are stored, of which the last is killed in the first three; and those of the whole study."""


def network(total: int, storage: str | None = None, study: str | None = None) -> tb.Result:
    """Run a study of networks."""
    import torch
    from sklearn.datasets import load_iris
    from torch import nn

    import tunebridge_torch

    X, y = load_iris(return_X_y=True)
    data = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    problem = tb.Problem(
        tunebridge_torch.training(
            lambda trial: nn.Linear(4, 3),
            train=(data[0][::2], data[1][::2]),
            valid=(data[0][1::2], data[1][1::2]),
            loss="cross_entropy",
            epochs=2,
            batch_size=25,
        ),
        tb.Space(lr=tb.Float(0.01, 0.1), optimizer=tb.Constant("sgd")),
        metric="loss",
    )
    return tb.tune(problem, backend="optuna:random", n_trials=total, seed=3, storage=storage, study=study)


def search(kind: str, total: int, storage: str | None = None, study: str | None = None) -> Any:
    """Fit a search by folds or by epochs."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import StratifiedKFold

    from tunebridge_sklearn import TuneSearchCV

    X, y = load_iris(return_X_y=True)
    epochs = {"estimator": SGDClassifier(max_iter=3, tol=None, random_state=0), "feedback": "epochs"}
    shuffled = {
        "estimator": SGDClassifier(max_iter=3, tol=None, shuffle=False, random_state=0),
        "feedback": "epochs",
    }
    folds = {"estimator": SGDClassifier(max_iter=20, tol=None, random_state=0), "feedback": "folds"}
    return TuneSearchCV(
        **{"epochs": epochs, "unshuffled": shuffled, "folds": folds}[kind],
        space={"alpha": [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0], "penalty": ["l1", "l2"]},
        backend="optuna:random",
        n_trials=total,
        pruner=tb.pruner("median", n_startup_trials=2),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
        random_state=3,
        storage=storage,
        study=study,
    ).fit(X, y)


def validated(total: int, storage: str | None = None, study: str | None = None) -> tb.Result:
    """Run a study of a cross-validated estimator."""
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier

    from tunebridge_sklearn import cross_validation

    space = tb.Space(max_depth=tb.Int(1, 5), criterion=tb.Categorical(["gini", "entropy"]))
    X, y = load_iris(return_X_y=True)
    problem = cross_validation(DecisionTreeClassifier(random_state=0), X, y, space, cv=3)
    return tb.tune(problem, backend="optuna:random", n_trials=total, seed=3, storage=storage, study=study)


PROBLEMS = {"lines": tb.Problem(plain, LINES), "colliding": tb.Problem(collided, COLLIDING)}
LINES_COMPARED = ["optuna:random", "sklearn:random"]
"""What is compared."""


def compared(n_seeds: int, storage: str | None = None) -> tb.Comparison:
    """Compare two backends on two problems."""
    return tb.compare(
        PROBLEMS, backends=LINES_COMPARED, n_trials=4, seeds=range(n_seeds), storage=storage, study="cmp"
    )


def written(trial: tb.TrialRecord, space: tb.Space) -> dict[str, Any]:
    """Return what has to be the same in a trial."""
    return {
        "number": trial.number,
        "state": trial.state.name,
        "params": tb.to_natural(space, trial.params),
        "values": trial.values and list(trial.values),
        "backend": trial.backend,
        "reports": [[report.step, report.value, dict(report.metrics)] for report in trial.reports],
        "schedule": [
            [change.step, change.name, change.value, change.note]
            for change in trial.schedule
            if isinstance(change, tb.Change)
        ],
        "notes": {name: note for name, note in trial.notes.items() if name != "splits"},
        "told": trial.told,
        "seed": trial.seed,
    }


def rows(result: tb.Result) -> list[dict[str, Any]]:
    """Return what has to be the same in a result."""
    read: list[dict[str, Any]] = json.loads(
        json.dumps([written(one, result.problem.space) for one in result.trials])
    )
    return read


def found(fitted: Any) -> dict[str, Any]:
    """Return what has to be the same in a fitted search."""
    columns = {
        name: list(map(repr, column)) for name, column in fitted.cv_results_.items() if "time" not in name
    }
    return {**columns, "best": repr(fitted.best_params_)}


def cells(comparison: tb.Comparison) -> dict[str, Any]:
    """Return what has to be the same in a comparison."""
    return {f"{one.problem} {one.line} {one.seed}": shown(one.records) for one in comparison.cells}


def shown(records: Sequence[tb.TrialRecord]) -> list[Any]:
    """Return what has to be the same in a cell."""
    return [[one.state.name, repr(dict(one.params)), one.values and list(one.values)] for one in records]


def tuned(n_seeds: int) -> dict[str, Any]:
    """Return the cells of the comparison as studies of their own: 0.1.0 read their records wrongly."""
    found = {}
    for name, problem in PROBLEMS.items():
        for line in LINES_COMPARED:
            for seed in range(n_seeds):
                result = tb.tune(problem, backend=line, n_trials=4, seed=seed)
                found[f"{name} {line} {seed}"] = shown(result.trials)
    return found


def arithmetic() -> str:
    """Return a digest of what this processor makes of the functions that samplers call."""
    import numpy as np
    from scipy import special

    grid = np.linspace(0.01, 5.0, 4001)
    results = [
        np.exp(grid),
        np.log(grid),
        np.sqrt(grid),
        special.erf(grid),
        special.ndtri(grid / 6),
        np.sin(grid),
    ]
    results += [np.array([math.exp(one), math.log(one)]) for one in grid[:100]]
    return sha256(b"".join(one.tobytes() for one in results)).hexdigest()


class Kill:
    """Kills this process when a trial begins."""

    def __init__(self, number: int) -> None:
        """Hold the number of the trial."""
        self.number = number

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: tb.Trial) -> None:
        """Kill, or go on."""
        if trial.number == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def _store(url: str) -> None:
    for place, (name, run) in enumerate(STUDIES.items()):
        if place < 3:
            if os.fork() == 0:
                run(TOTAL, storage=url, study=name, observers=[Kill(STORED - 1)])
            os.wait()
        else:
            run(STORED, storage=url, study=name)
    network(STORED, url, "network")
    validated(STORED, url, "validated")
    for kind in ("epochs", "unshuffled", "folds"):
        search(kind, STORED, url, kind)
    compared(2, url)


def _main() -> None:
    base = Path(os.environ["SCRATCH"])
    _store(f"sqlite:///{base}/studies.db")
    _store(f"journal:///{base}/journal.log")
    with sqlite3.connect(base / "studies.db") as connection:
        dumped = "\n".join(connection.iterdump()) + "\n"
    journal = (base / "journal.log").read_text(encoding="utf-8")
    for name, text in (("studies.sql", dumped), ("journal.log", journal)):
        private = "|".join(map(re.escape, (socket.gethostname(), f"{HERE.parents[2]}/", f"{base}/")))
        (HERE / name).write_text(re.sub(private, "", text), encoding="utf-8")
    expected = {
        "python": platform.python_version(),
        "arithmetic": arithmetic(),
        "studies": {name: rows(run(TOTAL)) for name, run in STUDIES.items()},
        "network": rows(network(TOTAL)),
        "validated": rows(validated(TOTAL)),
        "searches": {kind: found(search(kind, TOTAL)) for kind in ("epochs", "unshuffled", "folds")},
        "comparison": tuned(3),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _main()
