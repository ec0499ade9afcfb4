"""A grid over a random forest, and three searches that look at a third of it.

Run it with `python examples/random_forest_grid.py`, or one backend alone with
`tunebridge run examples/random_forest_grid.py:problem --backend optuna:tpe --n-trials 12`.
"""

from functools import cache
from typing import Any

import rich
from rich.table import Column, Table
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_validate

import tunebridge as tb

X, y = make_classification(n_samples=1000, n_features=20, random_state=0)

space = tb.Space(
    n_estimators=tb.Ordinal([100, 200, 300]),
    max_depth=tb.Categorical([None, 10, 20, 30]),
    min_samples_split=tb.Ordinal([2, 5, 10]),
)


@cache  # the searches meet on the same 36 points: no forest is grown twice
def folds(**params: Any) -> Any:
    forest = RandomForestClassifier(**params, max_samples=0.25, random_state=0)  # of the rows: quicker trees
    return cross_validate(forest, X, y, scoring="accuracy", cv=3)


def accuracy(trial: tb.Trial) -> float:
    return float(folds(**trial)["test_score"].mean())


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 12, grid_trials: int | None = None) -> list[tb.Result]:
    results = [
        tb.tune(problem, backend="sklearn:grid", n_trials=grid_trials, seed=0),  # None: all of the grid
        tb.tune(problem, backend="sklearn:random", n_trials=n_trials, seed=0),
        tb.tune(problem, backend="hyperopt:tpe", n_trials=n_trials, seed=0),
        tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0),
    ]
    table = Table(Column("backend", no_wrap=True), "accuracy", "best params", "trials", "fit seconds")
    for result in results:
        best = ", ".join(f"{name}={value}" for name, value in result.best_params.items())
        seconds = sum(folds(**trial.params)["fit_time"].sum() for trial in result.trials)
        table.add_row(
            result.backend, f"{result.best_value:.4f}", best, str(len(result.trials)), f"{seconds:.1f}"
        )
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
