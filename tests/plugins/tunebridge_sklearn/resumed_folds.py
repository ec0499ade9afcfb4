"""Folds of candidates, each cut in two by a checkpoint; the second half runs in this process.

Called with a folder that holds a checkpoint of each candidate by its name, and a file for what comes of them.
"""

import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from tunebridge_sklearn.changes import change
from tunebridge_sklearn.fold import Fold, Setting
from tunebridge_sklearn.saved import read, write
from tunebridge_sklearn.training import Feedback, Procedure, Training

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:90] / 16.0, Y[:90]
N_STEPS = 10
CUT = 4
CHANGES: dict[str, dict[int, dict[str, Any]]] = {
    "sgd constant": {2: {"alpha": 1e-2}, 6: {"eta0": 0.5}},
    "mlp adam": {2: {"alpha": 1e-2}, 6: {"alpha": 1e-5}},
    "boosting": {2: {"max_depth": 1}, 8: {"subsample": 0.9}},
}
"""What rules change, after which step."""


def sgd(**params: Any) -> BaseEstimator:
    return SGDClassifier(max_iter=N_STEPS, random_state=0, **params)


def mlp(**params: Any) -> BaseEstimator:
    return MLPClassifier((6,), max_iter=N_STEPS, batch_size=20, random_state=0, **params)


EPOCHS: dict[str, BaseEstimator] = {
    "sgd constant": sgd(learning_rate="constant", eta0=0.1),
    "sgd optimal": sgd(),
    "sgd invscaling": sgd(learning_rate="invscaling", eta0=0.1, loss="log_loss"),
    "sgd average": sgd(average=True),
    "sgd with a random state": sgd().set_params(random_state=np.random.RandomState(0)),
    "sgd regression": SGDRegressor(max_iter=N_STEPS, random_state=0, average=3),
    "perceptron": Perceptron(max_iter=N_STEPS, random_state=0),
    "mlp adam": mlp(),
    "mlp sgd": mlp(solver="sgd", momentum=0.9, learning_rate_init=0.1),
    "mlp with a random state": mlp().set_params(random_state=np.random.RandomState(0)),
    "pipeline": make_pipeline(PCA(5, svd_solver="randomized", random_state=0), mlp()),
}
STAGES: dict[str, BaseEstimator] = {
    "boosting": GradientBoostingClassifier(max_depth=2, subsample=0.5, random_state=0),
    "boosting with a random state": GradientBoostingClassifier(
        max_depth=2, max_features=3, random_state=np.random.RandomState(0)
    ),
    "histograms": HistGradientBoostingClassifier(max_iter=N_STEPS, max_features=0.3, random_state=0),
    "forest": RandomForestClassifier(max_depth=3, random_state=0),
    "forest with a random state": RandomForestClassifier(max_depth=3, random_state=np.random.RandomState(0)),
    "extra trees": ExtraTreesClassifier(max_depth=3, random_state=0),
    "bagging": BaggingClassifier(random_state=0),
}
MODELS = EPOCHS | STAGES


class Candidate:
    """The folds of one candidate in the course of their training."""

    def __init__(self, case: str) -> None:
        model = MODELS[case]
        kind = Feedback.EPOCHS if case in EPOCHS else Feedback.STAGES
        resource = "max_iter" if case in EPOCHS or case == "histograms" else "n_estimators"
        self.case = case
        self.models = [clone(model) for _ in range(2)]
        self.procedure = Procedure(kind, f"mlpclassifier__{resource}" if case == "pipeline" else resource, 2)
        splits = list(KFold(2, shuffle=True, random_state=0).split(X))
        self.setting = Setting(
            X=X, y=Y, splits=splits, scorer=check_scoring(model, None), procedure=self.procedure
        )
        self.folds = [Fold(index, Training(one)) for index, one in enumerate(self.models)]
        self.scores: dict[int, list[float]] = {}

    def run(self, begin: int, end: int) -> None:
        steps = range(1, N_STEPS + 1) if self.case in EPOCHS else (1, 2, 4, 8, N_STEPS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in steps:
                if begin < step <= end:
                    self.folds = [fold.advance(self.setting, step, last=False) for fold in self.folds]
                    self.scores[step] = [float(fold.scores["test_scores"]) for fold in self.folds]
                    change(self.folds, CHANGES.get(self.case, {}).get(step, {}), self.procedure)

    def outcome(self) -> dict[str, Any]:
        shown = [self.shown(fold.training.model) for fold in self.folds if fold.training is not None]
        scores = {step: one for step, one in self.scores.items() if step > CUT}
        return {"scores": scores, "shown": [array.tobytes() for array in shown]}

    def shown(self, model: Any) -> Any:
        name = next(one for one in ("decision_function", "predict_proba", "predict") if hasattr(model, one))
        return getattr(model, name)(X)


def first_half(case: str, folder: Path) -> None:
    candidate = Candidate(case)
    candidate.run(0, CUT)
    folder.mkdir()
    write(folder, candidate.folds, candidate.procedure)


def second_half(case: str, folder: Path) -> dict[str, Any]:
    candidate = Candidate(case)
    candidate.folds = read(folder, candidate.models, candidate.procedure)
    candidate.run(CUT, N_STEPS)
    return candidate.outcome()


def whole(case: str) -> dict[str, Any]:
    candidate = Candidate(case)
    candidate.run(0, N_STEPS)
    return candidate.outcome()


if __name__ == "__main__":
    found = {case: second_half(case, Path(sys.argv[1]) / case) for case in MODELS}
    Path(sys.argv[2]).write_bytes(pickle.dumps(found))
