"""A search whose best gamma lies at the edge goes on in a larger space, with all that it has found.

Run it with `python examples/svm_grown.py`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sklearn.datasets import load_digits
from sklearn.svm import SVC

import tunebridge as tb

X, y = load_digits(return_X_y=True)
small = tb.Space(C=tb.Float(1e-2, 1e3, log=True), gamma=tb.Float(1e-6, 1e-4, log=True))
space = tb.Space(
    C=tb.Float(1e-2, 1e3, log=True),
    gamma=tb.Float(1e-6, 1e-2, log=True),
    shrinking=tb.Categorical([True, False]),
)


def accuracy(trial: tb.Trial) -> float:
    model = SVC(**trial).fit(X[:400], y[:400])
    return float(model.score(X[400:900], y[400:900]))


problem = tb.Problem(accuracy, space, direction="maximize")


def main(n_trials: int = 40) -> list[tb.Result]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'svm.db'}"
        settings: dict[str, Any] = {"backend": "hyperopt:tpe", "storage": url, "study": "svm"}
        before = tb.tune(tb.Problem(accuracy, small, "maximize"), n_trials=n_trials // 2, seed=0, **settings)
        print(f"in the small space: {before.best_value:.4f} with {before.best_params}")
        result = tb.tune(problem, n_trials=n_trials, grow={"shrinking": True}, **settings)
    print(f"the space {result.grown[0]}")
    print(f"in the larger space: {result.best_value:.4f} with {result.best_params}")
    return [before, result]


if __name__ == "__main__":
    main()
