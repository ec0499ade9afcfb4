"""A scikit-learn model that learns by `partial_fit`, pruned on hyperopt, which has no pruning of its own.

Run it with `python examples/partial_fit_pruned.py`, or one backend alone with
`tunebridge run examples/partial_fit_pruned.py:problem --backend optuna:tpe --n-trials 30`.
"""

from collections.abc import Iterator

import numpy as np
import rich
from rich.table import Column, Table
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

import tunebridge as tb

images, labels = load_digits(return_X_y=True)
X, X_valid, y, y_valid = train_test_split(images / 16, labels, test_size=450, stratify=labels, random_state=0)
classes = np.unique(labels)

space = tb.Space(
    loss=tb.Categorical(["hinge", "log_loss", "modified_huber"]),
    alpha=tb.Float(1e-6, 1e-1, log=True),
    eta0=tb.Float(1e-4, 1e1, log=True),
    learning_rate=tb.Categorical(["constant", "invscaling"]),
    average=tb.Categorical([False, True]),
)


def accuracy(trial: tb.Trial) -> Iterator[float]:
    model = SGDClassifier(**trial, random_state=trial.seed)
    for _ in range(20):
        model.partial_fit(X, y, classes)
        yield float(model.score(X_valid, y_valid))  # a report: the trial may end here


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 30) -> list[tb.Result]:
    results = []
    table = Table(Column("backend", no_wrap=True), "pruner", "accuracy", "trials", "pruned", "epochs")
    for pruner in (None, "median", tb.pruner("asha", min_resource=2, reduction_factor=3)):
        result = tb.tune(problem, backend="hyperopt:tpe", n_trials=n_trials, seed=0, pruner=pruner)
        pruned = sum(trial.state is tb.TrialState.PRUNED for trial in result.trials)
        epochs = sum(len(trial.reports) for trial in result.trials)
        name = pruner.spec.name if isinstance(pruner, tb.ChosenPruner) else str(pruner)
        counts = [str(len(result.trials)), str(pruned), str(epochs)]
        table.add_row(result.backend, name, f"{result.best_value:.4f}", *counts)
        results.append(result)
    rich.print(table)
    return results


if __name__ == "__main__":
    main()
