"""One random forest on iris, described once and searched in five ways, one line each.

Run it with `python examples/iris_five_searches.py`, or one backend alone with
`tunebridge run examples/iris_five_searches.py:problem --backend hyperopt:anneal --n-trials 20`.
"""

import rich
from rich.table import Column, Table
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

import tunebridge as tb

X, y = load_iris(return_X_y=True)

space = tb.Space(
    max_depth=tb.Int(1, 20),
    n_estimators=tb.Int(2, 50),
    max_leaf_nodes=tb.Int(2, 100),
)


def f1(trial: tb.Trial) -> float:
    forest = RandomForestClassifier(**trial, random_state=0)
    return float(cross_val_score(forest, X, y, scoring="f1_micro", cv=5).mean())


problem = tb.Problem(f1, space, direction="maximize")
grid = tb.backend("sklearn:grid", points={"max_depth": 3, "n_estimators": 3, "max_leaf_nodes": 3})
tpe = tb.backend("hyperopt:tpe", n_startup_jobs=10)  # its own habit is 20 random trials first


def main(n_trials: int = 20) -> list[tb.Result]:
    results = [
        tb.tune(problem, backend=grid, seed=0),  # all of its 27 points
        tb.tune(problem, backend="sklearn:random", n_trials=n_trials, seed=0),
        tb.tune(problem, backend="hyperopt:anneal", n_trials=n_trials, seed=0),
        tb.tune(problem, backend=tpe, n_trials=n_trials, seed=0),
        tb.tune(problem, backend="optuna:gp", n_trials=n_trials, seed=0),
    ]
    table = Table(Column("backend", no_wrap=True), "f1_micro", "best params", "trials", "seconds", "sampler")
    for result in results:
        best = ", ".join(f"{name}={value}" for name, value in result.best_params.items())
        sampler = sum(trial.sampler_seconds for trial in result.trials)
        seconds = sum(trial.objective_seconds for trial in result.trials) + sampler
        numbers = [str(len(result.trials)), f"{seconds:.1f}", f"{sampler:.1f}"]
        table.add_row(result.backend, f"{result.best_value:.4f}", best, *numbers)
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
