"""The best of sixty noisy trials, and whether it was luck: trees on small samples of the digits."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb

X, y = load_digits(return_X_y=True)


def accuracy(trial: tb.Trial) -> float:
    """All chance comes from the trial's seed: the sample, and the tree."""
    rows = np.random.default_rng(trial.seed).choice(len(X), 300, replace=False)
    tree = DecisionTreeClassifier(random_state=trial.seed, **trial)
    return float(cross_val_score(tree, X[rows], y[rows], cv=3).mean())


space = tb.Space(max_depth=tb.Int(2, 12), min_samples_leaf=tb.Int(1, 10))
problem = tb.Problem(accuracy, space, direction="maximize", noisy=True)


def main(n_trials: int = 60, n_seeds: int = 10) -> tuple[tb.Result, tb.Confirmation]:
    result = tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0)
    confirmed = tb.confirm(result, top=4, seeds=range(n_seeds))
    print(confirmed.verdict)
    print(f"take {dict(confirmed.winner.params)}")
    return result, confirmed


if __name__ == "__main__":
    main()
