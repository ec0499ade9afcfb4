"""Fits one search in two processes: URL. What each has found goes to stdout as JSON, a line each."""

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

N_POINTS = 12

HIGHEST = 0.77
"""The highest score that is allowed."""


class Meeting(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    """A model whose fits wait until both processes have begun one, so that both evaluate candidates."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fit it."""
        folder = Path(os.environ["TUNEBRIDGE_TEST_MEETING"])
        (folder / str(os.getpid())).touch()
        deadline = time.monotonic() + 60
        while len([*folder.iterdir()]) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return super().fit(X, y, sample_weight)


def fit(url: str) -> dict[str, object]:
    X, y = make_classification(n_samples=60, random_state=0)
    search = TuneSearchCV(
        Meeting(),
        {"C": [10.0**power for power in range(-6, 6)]},
        backend="sklearn:grid",
        n_trials=None,
        cv=3,
        random_state=0,
        storage=url,
        study="shared",
        join=True,
        limits={"mean_test_score": tb.Limit(at_most=HIGHEST)},
    )
    search.fit(X, y)
    tried = [params["C"] for params in search.cv_results_["params"]]
    scores = [float(score) for score in search.cv_results_["mean_test_score"]]
    beyond = [str(one) for one in search.cv_results_["beyond"]]
    return {"tried": tried, "scores": scores, "beyond": beyond, "best": search.best_params_["C"]}


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
