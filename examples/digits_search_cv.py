"""One network on digits, searched inside scikit-learn on three libraries, with and without a pruner.

With ASHA a candidate is judged after every epoch of all its folds, whichever library proposed it.
"""

import sys

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from tunebridge_sklearn import TuneSearchCV

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

network = MLPClassifier(hidden_layer_sizes=(32,), max_iter=20, random_state=0)
space = {
    "alpha": loguniform(1e-6, 1e-1),
    "learning_rate_init": loguniform(1e-4, 1e-1),
    "batch_size": [32, 64, 128],
}


def main(n_trials: int = 20) -> dict[str, TuneSearchCV]:
    searches = {}
    for backend in ("optuna:tpe", "hyperopt:tpe", "sklearn:random"):
        search = TuneSearchCV(
            network, space, backend=backend, n_trials=n_trials, pruner="asha", cv=3, random_state=0
        )
        searches[backend] = search.fit(X_train, y_train)
        score, pruned = search.score(X_test, y_test), sum(search.cv_results_["pruned"])
        print(f"{backend:15} cv {search.best_score_:.3f}  test {score:.3f}  {pruned} pruned")
    return searches


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
