"""Results, comparisons and records can be pickled by `pickle`, whatever they hold."""

from __future__ import annotations

import copy
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb


def tuned(objective: Callable[[Any], Any], space: tb.Space | None = None, n_trials: int = 3) -> tb.Result:
    found = space or tb.Space(x=tb.Float(0.0, 1.0))
    return tb.tune(tb.Problem(objective, found), backend="optuna:random", n_trials=n_trials, seed=0)


def again(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def test_a_result_with_lambdas_comes_back_whole() -> None:
    shift = 2.0
    square = tb.Categorical({"square": lambda x: x * x, "same": lambda x: x})
    rule = tb.Constraint(lambda params: params["x"] < 0.9, "small")
    space = tb.Space(x=tb.Float(0.0, 1.0), f=square, constraints=[rule])
    result = tuned(lambda trial: trial["f"](trial["x"]) + shift, space, n_trials=8)
    back = again(result)
    assert (back.study, back.seed, back.best_value) == (result.study, result.seed, result.best_value)
    assert [trial.values for trial in back.trials] == [trial.values for trial in result.trials]
    assert back.problem.objective(back.best_params) == result.best_value
    assert back.problem.space.violated({"x": 0.95, "f": back.best_params["f"]}).reason == "small"
    choices = back.problem.space["f"].values
    assert all(any(trial.params["f"] is choice for choice in choices) for trial in back.trials)
    assert again(back).best_value == result.best_value
    assert tb.tune(back.problem, backend="optuna:random", n_trials=8, seed=0).best_value == result.best_value


def test_a_record_comes_back_with_its_artifacts() -> None:
    def objective(trial: tb.Trial) -> float:
        trial.keep("model", lambda x: x + trial["x"])
        trial.note("epochs", [1, 2])
        return float(trial["x"])

    record = tuned(objective).trials[0]
    back = again(record)
    assert back.artifact("model")(1.0) == 1.0 + record.params["x"]
    assert {**vars_of(back), "artifacts": None} == {**vars_of(record), "artifacts": None}


def vars_of(record: tb.TrialRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def test_a_comparison_and_a_sweep_come_back() -> None:
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
    compared = tb.compare(problem, backends=["optuna:tpe"], n_trials=3, seeds=[0, 1])
    back = again(compared)
    assert (back.verdict, back.command, repr(back)) == (compared.verdict, compared.command, repr(compared))
    assert str(back) == str(compared)
    assert back.cells == compared.cells
    swept = tb.sweep(problem, base={}, parameter="x", values=[0.1, 0.2])
    back = again(swept)
    assert [trial.value for trial in back.trials] == [0.1, 0.2]
    assert back.trials[0] is back.result.trials[0]


def test_an_error_comes_back_with_its_result() -> None:
    def fail(trial: tb.Trial) -> float:
        raise ValueError(f"no luck with {trial['x']}")

    with pytest.raises(tb.StudyFailedError) as caught:
        tuned(fail, n_trials=20)
    back = again(caught.value)
    assert str(back) == str(caught.value)
    assert len(back.result.trials) == 10
    assert "no luck" in back.result.failures


def numbers() -> Iterator[int]:
    yield 1


class Stubborn:
    """Raises what nobody expects, when it is pickled."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise KeyError("never")


@pytest.mark.parametrize(("make", "name"), [
    (threading.Lock, "_thread.lock"), (numbers, "builtins.generator"), (Stubborn, "Stubborn"),
    (socket.socket, "socket.socket"), (lambda: sqlite3.connect(":memory:"), "sqlite3.Connection"),
], ids=["lock", "generator", "stubborn", "socket", "connection"])  # fmt: skip
def test_what_cannot_be_pickled_is_left_out_and_named(
    make: Callable[[], Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    thing = make()

    def objective(trial: tb.Trial) -> float:
        trial.keep("model", [thing, 1])
        return float(trial["x"])

    result = tuned(objective, n_trials=1)
    back = again(result)
    assert back.best_value == result.best_value
    lost, one = back.best_trial.artifact("model")
    assert one == 1
    assert repr(lost).startswith("<not pickled: ")
    assert f"{name}>" in repr(lost)
    assert "does not come back with the Result" in caplog.text
    assert name in caplog.text
    getattr(thing, "close", list)()


def test_a_copy_holds_the_same_functions() -> None:
    result = tuned(lambda trial: trial["x"])
    assert copy.copy(result).problem is result.problem
    assert copy.deepcopy(result).problem.objective is result.problem.objective
    assert copy.deepcopy(result).trials == result.trials


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle_will_do(protocol: int) -> None:
    result = tuned(lambda trial: trial["x"])
    assert pickle.loads(pickle.dumps(result, protocol)).best_value == result.best_value


SCRIPT = """
import pickle, tunebridge as tb
class Model:
    def __init__(self, x): self.x = x
    def value(self): return self.x * SCALE
SCALE = 3
def objective(trial):
    trial.keep("model", Model(trial["x"]))
    return Model(trial["x"]).value()
problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
result = tb.tune(problem, backend="optuna:random", n_trials=3, seed=0)
pickle.dump(result, open("result.pkl", "wb"))
"""


def test_what_a_script_defines_comes_back_in_another_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, check=True)
    back = pickle.loads((tmp_path / "result.pkl").read_bytes())
    assert back.best_trial.artifact("model").value() == back.best_value
    assert back.problem.objective(tb.Trial({"x": 0.5}, number=0, seed=0)) == 1.5


def test_a_fitted_search_with_a_lambda_in_its_space_can_be_kept(tmp_path: Path) -> None:
    import joblib
    from sklearn.datasets import make_classification
    from sklearn.linear_model import LogisticRegression

    from tunebridge_sklearn import TuneSearchCV

    X, y = make_classification(60, random_state=0)
    search = TuneSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, n_trials=2, random_state=0, cv=2).fit(X, y)
    joblib.dump(search, tmp_path / "search")
    assert joblib.load(tmp_path / "search").best_params_ == search.best_params_
