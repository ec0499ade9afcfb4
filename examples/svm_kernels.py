"""A conditional space: each kernel of a support vector machine brings its own parameters.

Run it with `python examples/svm_kernels.py`, or one backend alone with
`tunebridge run examples/svm_kernels.py:problem --backend optuna:tpe --n-trials 25`.
"""

import rich
from rich.table import Column, Table
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.svm import SVC

import tunebridge as tb

digits, labels = load_digits(return_X_y=True)
X, _, y, _ = train_test_split(digits / 16, labels, train_size=600, stratify=labels, random_state=0)

space = tb.Space(
    C=tb.Float(1e-2, 1e2, log=True),
    kernel=tb.Categorical(
        {
            "linear": tb.Space(),
            "rbf": tb.Space(gamma=tb.Float(1e-4, 1e1, log=True)),
            "poly": tb.Space(
                degree=tb.Int(2, 5), gamma=tb.Float(1e-4, 1e1, log=True), coef0=tb.Float(0.0, 1.0)
            ),
        }
    ),
)


def accuracy(trial: tb.Trial) -> float:
    machine = SVC(**trial)  # a trial holds the parameters of its own kernel, and no others
    return float(cross_val_score(machine, X, y, scoring="accuracy", cv=3).mean())


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 40) -> list[tb.Result]:
    rich.print(tb.explain(space, "hyperopt:tpe"))
    backends = ["sklearn:random", "hyperopt:tpe", "optuna:tpe"]
    results = [tb.tune(problem, backend=name, n_trials=n_trials, seed=0) for name in backends]
    table = Table(Column("backend", no_wrap=True), "accuracy", "trials", "best params")
    for result in results:
        best = [f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}" for k, v in result.best_params.items()]
        table.add_row(result.backend, f"{result.best_value:.4f}", f"{len(result.trials)}", ", ".join(best))
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
