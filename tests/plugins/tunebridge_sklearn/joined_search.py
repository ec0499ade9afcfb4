"""Fits one search in two processes: URL. What each has found goes to stdout as JSON, a line each."""

import json
import os
import sys
import traceback

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from tunebridge_sklearn import TuneSearchCV

N_POINTS = 12


def fit(url: str) -> dict[str, object]:
    X, y = make_classification(n_samples=60, random_state=0)
    search = TuneSearchCV(
        LogisticRegression(),
        {"C": [10.0**power for power in range(-6, 6)]},
        backend="sklearn:grid",
        n_trials=None,
        cv=3,
        random_state=0,
        storage=url,
        study="shared",
        join=True,
    )
    search.fit(X, y)
    tried = [params["C"] for params in search.cv_results_["params"]]
    scores = [float(score) for score in search.cv_results_["mean_test_score"]]
    return {"tried": tried, "scores": scores, "best": search.best_params_["C"]}


def main() -> None:
    children = [os.fork() or begin(sys.argv[1]) for _ in range(2)]
    ends = [os.waitpid(child, 0)[1] for child in children]
    sys.exit(any(ends))


def begin(url: str) -> int:
    """Fit in a fork, which ends here."""
    code = 1
    try:
        sys.stdout.write(json.dumps(fit(url)) + "\n")
        sys.stdout.flush()
        code = 0
    except Exception:  # noqa: BLE001 - shown, and told by the code
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
