"""One study, four backends: each goes on where the last one stopped, told of all trials before it.

Run it with `python examples/swap_backends.py`, which keeps the study in a temporary folder; or with
`python examples/swap_backends.py sqlite:///svm.db`, to look at it afterwards: `tunebridge show sqlite:///svm.db`.
"""

import sys
from tempfile import TemporaryDirectory

import rich
from rich.table import Column, Table
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.svm import SVC

import tunebridge as tb

digits, labels = load_digits(return_X_y=True)
X, _, y, _ = train_test_split(digits / 16, labels, train_size=300, stratify=labels, random_state=0)

space = tb.Space(
    C=tb.Float(1e-2, 1e2, log=True),
    kernel=tb.Categorical(
        {
            "linear": tb.Space(),
            "rbf": tb.Space(gamma=tb.Float(1e-4, 1e1, log=True)),
            "poly": tb.Space(degree=tb.Int(2, 5), gamma=tb.Float(1e-4, 1e1, log=True)),
        }
    ),
)


def accuracy(trial: tb.Trial) -> float:
    return float(cross_val_score(SVC(**trial), X, y, scoring="accuracy", cv=3).mean())


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 10, url: str = "") -> list[tb.Result]:
    results: list[tb.Result] = []
    table = Table(Column("backend", no_wrap=True), "its trials", "told of", "accuracy", "found by", "kernel")
    with TemporaryDirectory() as folder:
        storage = url or f"sqlite:///{folder}/svm.db"
        for part, name in enumerate(["optuna:tpe", "hyperopt:tpe", "sklearn:random", "optuna:gp"], start=1):
            # The number is that of the whole study. What carries is logged, and in `result.carried`.
            result = tb.tune(
                problem, backend=name, n_trials=part * n_trials, seed=0, storage=storage, study="svm"
            )
            own = sum(trial.backend == name for trial in result.trials)
            told = result.carried.n_told if result.carried else 0
            best = [f"{result.best_value:.4f}", result.best_trial.backend, result.best_params["kernel"]]
            table.add_row(name, str(own), str(told), *best)
            results.append(result)
    rich.print(table)
    return results


if __name__ == "__main__":
    main(url="".join(sys.argv[1:]))
