"""What growing by rounds costs beside one fit of as many rounds.

python -m benchmarks.boosters_overhead

A model grows in ten parts, and is scored after each. It stands beside one fit with one score, and beside one
that measures the same rows after each round by the library's own means, which is what pruning callbacks need.
Processor time of one thread, the least of some repeats, which take turns.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from sklearn.datasets import make_classification
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

import tunebridge as tb
from benchmarks.boosters import model, rows

LIBRARIES = ("xgboost", "lightgbm", "catboost", "histogram")
DATA = {"breast cancer": 15, "digits": 5, "60,000 rows": 2}
"""Data sets, and how often each is tried."""


class Side:
    """One library on one data set."""

    def __init__(self, library: str, data: str, n_rounds: int, scoring: str) -> None:
        self.library, self.n_rounds = library, n_rounds
        X, y = made() if data == "60,000 rows" else rows(data)
        self.X, self.X_valid, self.y, self.y_valid = train_test_split(X, y, random_state=0, test_size=0.3)
        self.scorer = check_scoring(self.model(), scoring)
        self.fitted: Any = self.model().fit(self.X, self.y)

    def model(self) -> Any:
        return model(self.library, self.n_rounds, 0)

    def fit(self) -> None:
        self.model().fit(self.X, self.y)

    def fit_and_score(self) -> None:
        self.scorer(self.model().fit(self.X, self.y), self.X_valid, self.y_valid)

    def score(self) -> None:
        self.scorer(self.fitted, self.X_valid, self.y_valid)

    def measured_fit(self) -> None:
        """Fit, and measure after each round."""
        one, pair = self.model(), (self.X_valid, self.y_valid)
        match self.library:
            case "xgboost":
                one.fit(self.X, self.y, eval_set=[pair], verbose=False)
            case "lightgbm":
                one.fit(self.X, self.y, eval_X=self.X_valid, eval_y=self.y_valid)
            case "catboost":
                one.fit(self.X, self.y, eval_set=pair, use_best_model=False)
            case _:
                one.set_params(early_stopping=True, n_iter_no_change=self.n_rounds)
                one.fit(self.X, self.y, X_val=self.X_valid, y_val=self.y_valid)

    def grow(self) -> None:
        self._grow(lambda now: None)

    def grow_and_score(self) -> None:
        self._grow(lambda now: self.scorer(now, self.X_valid, self.y_valid))

    def _grow(self, after: Callable[[Any], Any]) -> None:
        one = self.model()
        spec = tb.grower_of(one)
        if spec is None:
            raise SystemExit(f"nothing grows {self.library}")
        valid = (self.X_valid, self.y_valid)
        growth = spec.begin(tb.GrowthRequest(model=one, X=self.X, y=self.y, params={}, valid=valid))
        for n in range(10, self.n_rounds + 1, 10):
            after(growth.grow(n))
        growth.close()


def made() -> tuple[Any, Any]:
    """Return rows that take longer."""
    return make_classification(60_000, n_features=30, n_informative=10, flip_y=0.05, random_state=7)  # type: ignore[no-any-return]


def least(ways: list[Callable[[], None]], repeats: int) -> list[float]:
    """Return the least processor time of each way, in ms."""
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(repeats):
        for column, way in zip(found, ways, strict=True):
            begun = time.process_time()
            way()
            column.append(1000 * (time.process_time() - begun))
    return [min(column) for column in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--scoring", default="neg_log_loss")
    parser.add_argument("--libraries", default=",".join(LIBRARIES))
    parser.add_argument("--data", default="breast cancer;digits;60,000 rows")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for data in given.data.split(";"):
        for library in given.libraries.split(","):
            one = Side(library, data, given.rounds, given.scoring)
            ways = [one.fit, one.fit_and_score, one.measured_fit, one.grow, one.grow_and_score, one.score]
            fit, scored, measured, grown, grown_scored, score = least(ways, DATA[data])
            print(
                f"{library}, {data}: fit {fit:.0f} ms, growing {grown / fit:.2f}, with ten scores "
                f"{grown_scored / scored:.2f} of one fit with one, {grown_scored / measured:.2f} of one fit "
                f"that measures each round ({measured:.0f} ms); a score {score:.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
