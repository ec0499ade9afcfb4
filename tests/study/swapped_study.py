"""Runs one part of a study in a process of its own; see test_swap.py.

    python tests/study/swapped_study.py URL BACKEND N_TRIALS

It writes what carried into the part to stdout, as JSON.
"""

import json
import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.svm import SVC

import tunebridge as tb

NAME = "svm"

digits, labels = load_digits(return_X_y=True)
X, _, y, _ = train_test_split(digits / 16, labels, train_size=150, stratify=labels, random_state=0)

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
    """Return the accuracy; a poor machine is pruned, and a wild polynomial fails."""
    if trial["kernel"] == "poly" and trial["degree"] == 5:
        raise ArithmeticError("a polynomial of degree 5")
    value = float(cross_val_score(SVC(**trial), X, y, scoring="accuracy", cv=3).mean())
    trial.report(value)
    if value < 0.6:
        raise tb.TrialPruned("a poor machine")
    return value


problem = tb.Problem(accuracy, space, direction="maximize")


def main(url: str, backend: str, n_trials: str) -> None:
    """Go on with the study up to a number of trials."""
    result = tb.tune(problem, backend=backend, n_trials=int(n_trials), seed=0, storage=url, study=NAME)
    carried = result.carried
    told = [] if carried is None else [[*kind, count] for kind, count in carried.told.items()]
    n_told = 0 if carried is None else carried.n_told
    sys.stdout.write(json.dumps({"told": told, "n_told": n_told, "best": result.best_value}))


if __name__ == "__main__":
    main(*sys.argv[1:])
