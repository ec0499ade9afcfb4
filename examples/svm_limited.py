"""The best support vector machine of those with few support vectors, which predict quickly.

Run it with `python examples/svm_limited.py`, or on another backend with
`tunebridge run examples/svm_limited.py:problem --backend hyperopt:tpe --n-trials 40`.
"""

from sklearn.datasets import load_digits
from sklearn.svm import SVC

import tunebridge as tb

X, y = load_digits(return_X_y=True)
space = tb.Space(C=tb.Float(1e-2, 1e3, log=True), gamma=tb.Float(1e-5, 1e-2, log=True))


def accuracy(trial: tb.Trial) -> float:
    model = SVC(**trial).fit(X[:400], y[:400])
    trial.note("support vectors", int(model.n_support_.sum()))
    return float(model.score(X[400:900], y[400:900]))


few = {"support vectors": tb.Limit(at_most=230)}
problem = tb.Problem(accuracy, space, direction="maximize", limits=few)


def main(n_trials: int = 40) -> list[tb.Result]:
    print(tb.explain(space, "optuna:tpe", limits=True))
    result = tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0)
    print(f"{len(result.eligible_trials)} of {len(result.trials)} trials are within the limit")
    print(f"the best of them has {result.best_trial.limits['support vectors']}: {result.best_value:.4f}")
    return [result]


if __name__ == "__main__":
    main()
