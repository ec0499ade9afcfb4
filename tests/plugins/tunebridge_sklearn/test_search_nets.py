"""Searches over nets of skorch's that are judged after each epoch."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetBinaryClassifier, NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Checkpoint, EarlyStopping, EpochScoring, LRScheduler
from skorch.dataset import ValidSplit
from torch import nn
from torch.optim import lr_scheduler

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV
from tunebridge_sklearn.training import Feedback, Procedure, Training

X, Y = load_digits(return_X_y=True)
X, Y = (X[:150] / 16).astype(np.float32), Y[:150]

EPOCHS = Procedure(Feedback.EPOCHS, "max_epochs")


class Module(nn.Module):
    """A small network that draws: weights and dropout."""

    def __init__(self, n_outputs: int = 10, width: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, n_outputs)
        )

    def forward(self, X: Any) -> Any:
        return self.layers(X)


KINDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "classifier": (NeuralNetClassifier, Y.astype(np.int64), {"criterion": nn.CrossEntropyLoss}),
    "binary": (NeuralNetBinaryClassifier, (Y > 4).astype(np.float32), {"module__n_outputs": 1}),
    "regressor": (NeuralNetRegressor, Y.astype(np.float32)[:, None], {"module__n_outputs": 1}),
}


def net(kind: str = "classifier", **params: Any) -> Any:
    make, _, own = KINDS[kind]
    given = {"max_epochs": 4, "lr": 0.1, "batch_size": 32, "verbose": 0, "iterator_train__shuffle": True}
    return make(Module, **{**given, **own, **params})


def weights(of: Any) -> list[torch.Tensor]:
    return list(of.module_.state_dict().values())


def is_same(one: Any, other: Any) -> bool:
    return all(torch.equal(*pair) for pair in zip(weights(one), weights(other), strict=True))


def whole(model: Any, y: Any) -> Any:
    torch.manual_seed(3)
    return clone(model).fit(X, y)


def staged(model: Any, y: Any, *, travels: bool = False) -> Any:
    """Train epoch by epoch, while others draw, too; `travels` to another process after each."""
    torch.manual_seed(3)
    training = Training(clone(model))
    for step in EPOCHS.steps(model):
        training.advance(EPOCHS, X, y, step, {})
        torch.rand(5)
        if travels:
            training = Training(*pickle.loads(pickle.dumps(training.parts())))
    return training.model


SETTINGS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without held out rows": {"train_split": None},
    "rows held out by a seed": {"train_split": ValidSplit(0.3, random_state=0)},
    "shuffled by a seed of numpy's": {
        "train_split": ValidSplit(KFold(3, shuffle=True, random_state=np.int64(0)))
    },
    "momentum": {"optimizer__momentum": 0.9},
    "Adam": {"optimizer": torch.optim.Adam, "lr": 0.01},
    "a schedule": {"callbacks": [LRScheduler("StepLR", step_size=2, gamma=0.5)]},
    "cosine": {"callbacks": [LRScheduler("CosineAnnealingLR", T_max=4)]},
    "a cycle by batches": {
        "callbacks": [LRScheduler(lr_scheduler.OneCycleLR, max_lr=0.3, total_steps=30, step_every="batch")]
    },
    "a plateau": {"callbacks": [LRScheduler("ReduceLROnPlateau", patience=0, threshold=1.0)]},
    "a score": {"callbacks": [("loss", EpochScoring("neg_log_loss", lower_is_better=False))]},
    "a warm start": {"warm_start": True},
}


@pytest.mark.parametrize("travels", [False, True])
@pytest.mark.parametrize("setting", SETTINGS)
def test_epochs_one_by_one_are_one_fit_to_the_last_bit(setting: str, travels: bool) -> None:
    model, y = net(**SETTINGS[setting]), KINDS["classifier"][1]
    expected, found = whole(model, y), staged(model, y, travels=travels)
    assert is_same(expected, found)
    assert found.history[:, "train_loss"] == expected.history[:, "train_loss"]
    assert len(found.history) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_so_are_those_of_each_class_of_nets(kind: str) -> None:
    _, y, _ = KINDS[kind]
    assert is_same(whole(net(kind), y), staged(net(kind), y))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"callbacks": [EarlyStopping()]}, r"callbacks \(EarlyStopping\): it ends a training by a rule"),
    ({"callbacks": [("best", Checkpoint())]}, r"callbacks \(Checkpoint\): its file would be that of all"),
    (
        {"train_split": ValidSplit(0.2, random_state=np.random.RandomState(0))},
        "train_split: other rows are held out",
    ),
    ({"train_split": ValidSplit(0.2)}, "train_split: other rows are held out in each epoch"),
    ({"train_split": ValidSplit(KFold(3, shuffle=True))}, "train_split: other rows are held out"),
]


def search(model: Any, space: tb.Space | None = None, **settings: Any) -> TuneSearchCV:
    space = space or tb.Space(lr=tb.Float(1e-3, 1.0, log=True))
    given = {"backend": "sklearn:random", "n_trials": 6, "cv": 2, "random_state": 0, "pruner": "asha"}
    return TuneSearchCV(model, space, **{**given, **settings})


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, Any]:
    return {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s"}


def trials(stored: dict[str, Any]) -> Any:
    return tb.load_study(stored["storage"], stored["study"]).trials


@pytest.mark.parametrize(("params", "reason"), REFUSED)
def test_what_epochs_would_train_otherwise_is_refused_by_name(params: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        search(net(**params), feedback="epochs").fit(X, KINDS["classifier"][1])


def test_steps_that_a_net_does_not_have_are_named() -> None:
    with pytest.raises(
        ValueError, match="needs warm_start without oob_score and a number of steps, and Neural"
    ):
        search(net(), feedback="stages").fit(X, KINDS["classifier"][1])


def test_or_is_judged_by_folds_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    found = search(net(train_split=ValidSplit(0.2)), n_trials=2).fit(X, KINDS["classifier"][1])
    assert "judged by folds: its epochs are not one fit (train_split: other rows" in caplog.text
    assert found.n_splits_ == 2


def test_a_search_prunes_nets_after_their_epochs_and_refits_what_one_fit_makes(
    stored: dict[str, Any],
) -> None:
    y = KINDS["classifier"][1]
    torch.manual_seed(5)
    found = search(net(), pruner=tb.pruner("asha", min_resource=1), **stored).fit(X, y)
    trained = [len(trial.reports) for trial in trials(stored)]
    assert max(trained) == 4
    assert sum(trained) < 6 * 4
    assert {trial.state for trial in trials(stored)} >= {tb.TrialState.PRUNED}
    torch.manual_seed(5)
    assert is_same(found.best_estimator_, clone(net()).set_params(**found.best_params_).fit(X, y))


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_scores_do_not_depend_on_how_many_folds_train_side_by_side(scoring: str) -> None:
    y = KINDS["classifier"][1]
    scores = []
    for n_jobs in (1, 2):
        torch.manual_seed(5)
        model = net(predict_nonlinearity=nn.Softmax(-1))
        found = search(model, n_jobs=n_jobs, scoring=scoring, n_trials=3).fit(X, y)
        scores.append(found.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*scores)


def test_a_net_at_the_end_of_a_pipeline_is_trained_by_epochs(stored: dict[str, Any]) -> None:
    pipeline = make_pipeline(StandardScaler(), net())
    space = tb.Space(neuralnetclassifier__lr=tb.Float(1e-3, 1.0, log=True))
    chosen = search(pipeline, space, feedback="epochs", n_trials=2, pruner=None, **stored)
    found = chosen.fit(X, KINDS["classifier"][1])
    assert [len(trial.reports) for trial in trials(stored)] == [4, 4]
    assert found.predict(X[:5]).shape == (5,)


def test_the_number_of_epochs_may_be_searched(stored: dict[str, Any]) -> None:
    space = tb.Space(max_epochs=tb.Int(2, 5), module__width=tb.Int(4, 8))
    chosen = search(net(), space, pruner=None, feedback="epochs", n_trials=4, **stored)
    found = chosen.fit(X, KINDS["classifier"][1])
    for trial in trials(stored):
        assert len(trial.reports) == trial.params["max_epochs"]
    assert len(found.best_estimator_.history) == found.best_params_["max_epochs"]


def test_rules_change_what_a_net_reads_in_its_next_epoch() -> None:
    y = KINDS["classifier"][1]
    settings: dict[str, Any] = {"pruner": None, "n_trials": 1, "feedback": "epochs"}
    torch.manual_seed(5)
    found = search(net(), adjust=[tb.Schedule("lr", {2: 0.001})], **settings).fit(X, y)
    assert [(change.step, change.value) for change in found.best_schedule_] == [(2, 0.001)]
    torch.manual_seed(5)
    by_hand = clone(net()).set_params(**found.best_params_, max_epochs=2).fit(X, y)
    by_hand.set_params(lr=0.001).partial_fit(X, y)
    assert is_same(found.best_estimator_, by_hand)


@pytest.mark.parametrize(
    ("name", "params", "reason"),
    [
        ("module__width", {"module__width": 8}, "module__width: it makes a new module"),
        ("lr", {"callbacks": [LRScheduler("StepLR", step_size=2)]}, "lr: a scheduler writes it"),
        ("lr", {"optimizer": torch.optim.Rprop}, "lr: Rprop does not read it any more"),
        ("max_epochs", {}, "max_epochs: the steps of a trial are planned when it begins"),
    ],
)
def test_a_rule_that_a_net_would_ignore_is_refused_before_the_first_candidate(
    name: str, params: dict[str, Any], reason: str
) -> None:
    space = tb.Space({name: tb.Int(4, 8) if name != "lr" else tb.Float(1e-3, 1.0)})
    trained: list[Any] = []
    chosen = search(
        net(**params), space, adjust=[tb.Schedule(name, {2: 5 if name != "lr" else 0.1})], feedback="epochs"
    )
    with pytest.raises(tb.LiveParamError, match=reason):
        chosen.fit(X, KINDS["classifier"][1])
    assert trained == []


STOPS_AT = "TUNEBRIDGE_TEST_STOPS_AT"
"""The score in which the process is interrupted: no global, as a study is refused if one changes."""


def accuracy(truth: Any, predicted: Any) -> float:
    """Score, or be interrupted."""
    left = int(os.environ.get(STOPS_AT, "0")) - 1
    os.environ[STOPS_AT] = str(left)
    if left == 0:
        raise KeyboardInterrupt
    return float(accuracy_score(truth, predicted))


@pytest.mark.parametrize(
    "callbacks", [(), [LRScheduler("StepLR", step_size=2, gamma=0.5)]], ids=["", "schedule"]
)
def test_a_stored_search_that_is_interrupted_goes_on_to_the_last_bit(
    callbacks: Any, stored: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    y = KINDS["classifier"][1]

    def run(**settings: Any) -> Any:
        torch.manual_seed(5)
        given = {"n_trials": 2, "pruner": None, "feedback": "epochs", "scoring": make_scorer(accuracy)}
        return search(net(callbacks=callbacks or None), **given, **settings)

    monkeypatch.setenv(STOPS_AT, "13")
    with pytest.raises(KeyboardInterrupt):
        run(**stored).fit(X, y)
    found, expected = run(**stored).fit(X, y), run().fit(X, y)
    np.testing.assert_array_equal(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    assert is_same(found.best_estimator_, expected.best_estimator_)
