"""Objectives for `test_fingerprint_rows.py`, before and after a change: one pair for each row of the docs."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import skorch
import torch
import xgboost
from scipy import sparse
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import tunebridge_torch
from tunebridge.fingerprint.objective import describe
from tunebridge_sklearn import cross_validation

Objective = Callable[..., Any]

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2
INPUTS = torch.arange(40.0).reshape(20, 2)
TARGETS = torch.arange(20) % 2


@dataclass(frozen=True, kw_only=True)
class Row:
    """Something that an objective works with."""

    library: str
    what: str
    before: Callable[[], Objective]
    after: Callable[[], Objective]
    name: str = ""
    """The item that is named; empty for the code of the objective itself, and for what does not count."""
    counts: bool = True
    """Whether a study is refused when it has changed."""


def written(source: str, **names: Any) -> Any:
    """Return the function `train` of a source whose globals are these."""
    scope: dict[str, Any] = {"__name__": "__main__", **names}
    exec(compile(source, "<source>", "exec"), scope)
    return scope["train"]


def reading(**names: Any) -> Any:
    """Return an objective that reads one global."""
    return written(f"def train(trial):\n    return {next(iter(names))}", **names)


def holding(value: Any) -> Objective:
    def train(trial: Any) -> Any:
        return value

    return train


def defaulting(rate: float) -> Objective:
    def train(trial: Any, rate: float = rate) -> float:
        return rate

    return train


def helping(factor: int) -> Objective:
    helper = written(f"def train(x):\n    return {factor} * x")
    train: Objective = written("def train(trial):\n    return helper(trial)", helper=helper)
    return train


def rated(rate: float) -> Objective:
    """Return an objective that reads an attribute of a function that it does not call."""
    helper = written(ONE)
    helper.rate = rate
    train: Objective = written("def train(trial):\n    return helper.rate", helper=helper)
    return train


def counted(calls: int) -> Objective:
    source = "def train(trial):\n    global calls\n    calls += 1\n    seen.append(trial)\n    best['x'] = 1"
    train: Objective = written(source, calls=calls, seen=[0] * calls, best={})
    return train


class Model:
    """An objective that is an object."""

    def __init__(self, width: int = 1, **more: Any) -> None:
        self.width, self.calls, self.more = width, 0, more

    def __call__(self, trial: Any) -> float:
        self.calls += 1
        return self.width

    def fit(self, trial: Any) -> float:
        return self.width


@dataclass(frozen=True)
class Frozen:
    """A value of the user's own."""

    names: frozenset[str] = field(default_factory=lambda: frozenset({"a", "b", "c", "d"}))


class Saying(Model):
    """One that says itself what it depends on."""

    def fingerprint(self) -> dict[str, Any]:
        return {"network": self.width}


def of_class(**members: Any) -> Objective:
    """Return an object whose class has these members beside those of `Model`."""
    made: Objective = type("Made", (Model,), {"__module__": __name__, "__qualname__": "Made", **members})()
    return made


class Mine(SVC):  # type: ignore[misc]  # scikit-learn has no annotations
    """An estimator of the user's own."""


class Net(nn.Module):
    """A network of the user's own."""

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 2))

    def forward(self, inputs: Any) -> Any:
        return self.layers(inputs)


def build(trial: Any) -> nn.Module:
    return Net()


def training(**changed: Any) -> Objective:
    given = {"train": (INPUTS, TARGETS), "valid": (INPUTS, TARGETS), "epochs": 2, **changed}
    return tunebridge_torch.training(given.pop("build_model", build), **given)


def loader(seed: int = 0, size: int = 4) -> DataLoader[Any]:
    made = torch.Generator().manual_seed(seed)
    return DataLoader(TensorDataset(INPUTS, TARGETS), batch_size=size, shuffle=True, generator=made)


def validated(estimator: Any = None, *, data: Any = X, space: Any = None, **more: Any) -> Objective:
    model = SVC() if estimator is None else estimator
    settings = {"cv": 2, **more}
    return cross_validation(model, data, Y, {} if space is None else space, **settings).objective


def times(factor: float) -> Callable[[Any], Any]:
    return lambda data: factor * data


def scaling(factor: float) -> Objective:
    return validated(make_pipeline(FunctionTransformer(times(factor)), SVC()))


def f_score(beta: float) -> Any:
    return make_scorer(fbeta_score, beta=beta)


def weighed(scale: float) -> dict[str, Any]:
    return {"params": {"sample_weight": scale * np.ones(20)}}


def boosted(rounds: int = 3, *, used: bool = False) -> Objective:
    """Return LightGBM with callbacks; used, as a fit would leave them."""
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1)
    stop = lightgbm.early_stopping(rounds, verbose=False)
    rows: dict[str, Any] = {"eval_X": X + 1.0, "eval_y": Y}
    if used:
        model.fit(X, Y, **rows, callbacks=[stop])
    return validated(model, params={"callbacks": [stop, lambda env: None], **rows})


def net(*, weight: float = 1.0, net: Any = Net, **more: Any) -> Objective:
    return validated(
        skorch.NeuralNetClassifier(
            net,
            criterion=nn.CrossEntropyLoss,
            criterion__weight=torch.tensor([1.0, weight]),
            callbacks=[("scored", skorch.callbacks.EpochScoring(lambda net, X, y: 0.0, name="none"))],
            **more,
        )
    )


def other(kind: type, **members: Any) -> type:
    """Return a class under the name of another one, as an edit of its body would leave it."""
    return type(
        kind.__name__, (kind,), {"__module__": kind.__module__, "__qualname__": kind.__qualname__, **members}
    )


def row(library: str, what: str, before: Any, after: Any, name: str = "", *, counts: bool = True) -> Row:
    return Row(library=library, what=what, before=before, after=after, name=name, counts=counts)


def same(what: str, *pair: Any, library: str = "functions") -> Row:
    return row(library, what, *pair, counts=False)


def read(what: str, old: Any, new: Any, *, library: str = "functions", counts: bool = True) -> Row:
    """Return the row of a value that the objective reads as the global `value`."""
    pair = (lambda: reading(value=old()), lambda: reading(value=new()))
    return row(library, what, *pair, "value", counts=counts)


def opened(content: bytes) -> Any:
    return io.TextIOWrapper(io.BytesIO(content))


def drawn(seed: int) -> Any:
    rng = Random(seed)
    rng.random()
    return rng


def generated() -> Iterator[int]:
    yield 1


ONE, TWO = "def train(trial):\n    return 1", "def train(trial):\n    return 2"
COMMENTED = "\n\ndef train(trial: dict) -> int:\n    '''Doc.'''\n    # a comment\n    return 1"
TABLE = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})

FUNCTIONS = [
    row("functions", "the code of the objective", lambda: written(ONE), lambda: written(TWO)),
    same(
        "comments, docstrings, annotations, where it is written",
        lambda: written(ONE),
        lambda: written(COMMENTED),
    ),
    row("functions", "the functions that it calls", lambda: helping(1), lambda: helping(2), "helper"),
    read("globals: numbers", lambda: 1, lambda: 2),
    read("globals: texts", lambda: "a", lambda: "b"),
    read("globals: lists and dicts", lambda: {"a": [1]}, lambda: {"a": [2]}),
    read("globals: arrays", lambda: X, lambda: X + 1e-9),
    read("globals: frames", lambda: TABLE, lambda: TABLE.rename(columns={"a": "c"})),
    read("globals: sparse matrices", lambda: sparse.csr_matrix(X), lambda: sparse.csr_matrix(X + 1)),
    read("globals: estimators that were fitted", StandardScaler, lambda: StandardScaler().fit(X)),
    row("functions", "closures", lambda: holding([1]), lambda: holding([2]), "value"),
    row(
        "functions",
        "attributes of a function, where they are read as `f.rate`",
        lambda: rated(1.0),
        lambda: rated(2.0),
        "helper.rate",
    ),
    row("functions", "default arguments", lambda: defaulting(1.0), lambda: defaulting(2.0), "rate"),
    row(
        "functions",
        "arguments of a `partial`",
        lambda: partial(defaulting(0.0), rate=1.0),
        lambda: partial(defaulting(0.0), rate=2.0),
        "rate",
    ),
    row(
        "functions",
        "what it changes itself: by `global`, `append`, assignment",
        lambda: counted(0),
        lambda: counted(3),
        "seen",
        counts=False,
    ),
    read("random generators that it draws from", lambda: drawn(0), lambda: drawn(1), counts=False),
    read("open files", lambda: opened(b"a"), lambda: opened(b"b"), counts=False),
    read("locks", threading.Lock, threading.RLock, counts=False),
    read("generators and other iterators", generated, lambda: iter([1]), counts=False),
]

OBJECTS = [
    row("objects", "attributes", lambda: Model(1), lambda: Model(2), "width"),
    row(
        "objects",
        "attributes that are objects, sets or dicts",
        lambda: Model(a=Frozen()),
        lambda: Model(a=Frozen(frozenset("ab"))),
        "more",
    ),
    row(
        "objects",
        "methods",
        lambda: of_class(fit=lambda self, x: 1),
        lambda: of_class(fit=lambda self, x: 2),
        "Made.fit",
    ),
    row(
        "objects", "attributes of the class", lambda: of_class(rate=1), lambda: of_class(rate=2), "Made.rate"
    ),
    row("objects", "the object of a bound method", lambda: Model(1).fit, lambda: Model(2).fit, "width"),
    row(
        "objects",
        "what `fingerprint()` returns, if there is one",
        lambda: Saying(1),
        lambda: Saying(2),
        "network",
    ),
    row("objects", "attributes that its methods assign", Model, lambda: of_calls(3), "calls", counts=False),
]


def of_calls(calls: int) -> Objective:
    made = Model()
    made.calls = calls
    return made


TORCH = [
    row(
        "torch",
        "`training`: the network",
        training,
        lambda: training(build_model=lambda trial: Net(5)),
        "build_model",
    ),
    row("torch", "`training`: epochs", training, lambda: training(epochs=3), "epochs"),
    row("torch", "`training`: loss", training, lambda: training(loss="mse"), "loss"),
    row("torch", "`training`: metric", training, lambda: training(metric="loss"), "metric"),
    row("torch", "`training`: optimizer", training, lambda: training(optimizer="sgd"), "optimizer"),
    row("torch", "`training`: batch size", training, lambda: training(batch_size=8), "batch_size"),
    row("torch", "`training`: data", training, lambda: training(train=(INPUTS + 1, TARGETS)), "train"),
    row(
        "torch",
        "`DataLoader`: size of batches",
        lambda: training(train=loader()),
        lambda: training(train=loader(size=5)),
        "train",
    ),
    row(
        "torch",
        "`DataLoader`: its generator",
        lambda: training(train=loader()),
        lambda: training(train=loader(1)),
        "train",
    ),
    read("tensors", lambda: INPUTS, lambda: INPUTS + 1, library="torch"),
    read("types of tensors", lambda: INPUTS, INPUTS.bfloat16, library="torch"),
    read("parameters", lambda: nn.Parameter(INPUTS), lambda: nn.Parameter(INPUTS + 1), library="torch"),
    read("weights of a module", lambda: Net().layers, lambda: Net(4).layers, library="torch"),
    read(
        "weights of a criterion",
        lambda: nn.CrossEntropyLoss(weight=torch.ones(2)),
        lambda: nn.CrossEntropyLoss(weight=torch.zeros(2)),
        library="torch",
    ),
]

SKLEARN = [
    row("scikit-learn", "data", validated, lambda: validated(data=X + 1e-9), "X"),
    row("scikit-learn", "splits", validated, lambda: validated(cv=3), "cv"),
    row(
        "scikit-learn",
        "params of the estimator, also of nested ones",
        lambda: validated(BaggingClassifier(SVC())),
        lambda: validated(BaggingClassifier(SVC(C=2.0))),
        "estimator",
    ),
    row(
        "scikit-learn", "functions within a pipeline", lambda: scaling(1.0), lambda: scaling(2.0), "estimator"
    ),
    row(
        "scikit-learn",
        "the code of your own estimators",
        lambda: validated(other(Mine, fit=lambda self, X, y: self)()),
        lambda: validated(other(Mine, fit=lambda self, X, y: None)()),
        "estimator",
    ),
    row(
        "scikit-learn",
        "scorers",
        lambda: validated(scoring=f_score(1.0)),
        lambda: validated(scoring=f_score(2.0)),
        "scoring",
    ),
    row(
        "scikit-learn",
        "params of `fit`",
        lambda: validated(**weighed(1.0)),
        lambda: validated(**weighed(2.0)),
        "fit params",
    ),
    row(
        "scikit-learn",
        "the random state of an estimator",
        lambda: validated(SGDClassifier(random_state=np.random.RandomState(0))),
        lambda: validated(SGDClassifier(random_state=np.random.RandomState(1))),
        "estimator",
    ),
]

BOOSTERS = [
    row(
        "boosters",
        "params of LightGBM",
        lambda: validated(lightgbm.LGBMClassifier()),
        lambda: validated(lightgbm.LGBMClassifier(num_leaves=4)),
        "estimator",
    ),
    row(
        "boosters",
        "params of XGBoost",
        lambda: validated(xgboost.XGBClassifier()),
        lambda: validated(xgboost.XGBClassifier(max_depth=2)),
        "estimator",
    ),
    row(
        "boosters",
        "params of CatBoost",
        lambda: validated(catboost.CatBoostClassifier()),
        lambda: validated(catboost.CatBoostClassifier(depth=2)),
        "estimator",
    ),
    row("boosters", "what callbacks were made with", boosted, lambda: boosted(4), "fit params"),
    same(
        "what callbacks have recorded in an earlier fit",
        boosted,
        lambda: boosted(used=True),
        library="boosters",
    ),
]

SKORCH = [
    row(
        "skorch",
        "the code of the module",
        net,
        lambda: net(net=other(Net, forward=lambda self, x: x)),
        "estimator",
    ),
    row("skorch", "params of the net", net, lambda: net(max_epochs=3), "estimator"),
    row("skorch", "weights of the criterion", net, lambda: net(weight=2.0), "estimator"),
    row(
        "skorch",
        "callbacks, with functions in them",
        net,
        lambda: net(callbacks__scored__lower_is_better=False),
        "estimator",
    ),
]

ROWS = {
    f"{one.library}: {one.what}": one for one in (*FUNCTIONS, *OBJECTS, *TORCH, *SKLEARN, *BOOSTERS, *SKORCH)
}


def described() -> dict[str, list[dict[str, Any]]]:
    """Return the descriptions before and after each change."""
    return {title: [describe(one.before()), describe(one.after())] for title, one in ROWS.items()}
