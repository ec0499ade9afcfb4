"""Trials in frames and files of comma-separated values are a history, in a program and in a shell."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest

import tunebridge as tb
from tests.stores.imported import imported, tuned
from tunebridge.testing import MemoryStore

pytestmark = pytest.mark.usefixtures("quiet_libraries")


BRANCHED = tb.Space(
    depth=tb.Categorical([None, 10, 20]),
    flag=tb.Categorical([True, False]),
    model=tb.Categorical(
        {"net": tb.Space(layers=tb.Int(1, 8)), "tree": tb.Space(leaves=tb.Ordinal([2, 8, 32]))}
    ),
    lr=tb.Float(1e-4, 1.0, log=True),
)


def trained(trial: tb.Trial) -> float:
    if trial.number == 3:
        raise ValueError
    return float(trial["lr"])


@pytest.mark.parametrize("form", ["frame", "csv", "text"])
def test_a_frame_of_tunebridges_own_comes_back_whole(form: str, tmp_path: Path) -> None:
    old = tb.tune(tb.Problem(trained, BRANCHED), backend="optuna:random", n_trials=12, seed=1)
    path = tmp_path / "Old Trials.CSV"
    old.to_frame().to_csv(path, index=False)
    given = {"frame": old.to_frame(), "csv": path, "text": str(path)}[form]
    records = imported(BRANCHED, given)
    assert [(dict(one.params), one.state, one.value) for one in records] == [
        (dict(one.params), one.state, one.value) for one in old.trials
    ]
    assert any(one.params["depth"] is None for one in records)


@pytest.mark.parametrize("form", ["frame", "csv"])
def test_a_frame_of_optunas_comes_back_with_its_states(form: str, tmp_path: Path) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        n = trial.suggest_int("n", 1, 5) if x < 0.6 else 0
        trial.set_user_attr("note", "long")
        if trial.number == 1:
            raise optuna.TrialPruned
        if trial.number == 2:
            raise ValueError
        return x + n

    study.optimize(objective, n_trials=10, catch=(ValueError,))
    study.ask()
    frame = study.trials_dataframe()
    frame.to_csv(tmp_path / "o.csv")
    carried = tuned(
        tb.Space(x=tb.Float(0, 0.6), n=tb.Int(1, 5)), frame if form == "frame" else tmp_path / "o.csv"
    ).carried
    assert carried is not None
    inside = [one for one in study.trials[:-1] if "n" in one.params]
    assert sum(carried.told.values()) == len(inside)
    assert {one.number for one in carried.left_out} == {
        one.number for one in study.trials[:-1] if "n" not in one.params
    }
    states = {"COMPLETE": "COMPLETE", "PRUNED": "PRUNED", "FAIL": "FAILED"}
    assert {state for _, state, _ in carried.told} == {states[one.state.name] for one in inside}


def test_a_table_of_the_users_own_has_names_of_the_space_and_other_columns_are_left_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "runs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([["run", "x", "act", "value", "when"], ["a", "0.5", "relu", "1.5", "today"],
                          ["b", "2", "relu", "1", ""], ["c", "1", "tanh", "nan", ""]])  # fmt: skip
    space = tb.Space(x=tb.Float(0, 1), act=tb.Categorical(["relu", "tanh"]))
    carried = tuned(space, path).carried
    assert carried is not None
    assert [(one.number, one.reason) for one in carried.left_out] == [
        (1, "x: must be in [0.0, 1.0], got 2.0")
    ]
    assert sorted(state for _, state, _ in carried.told) == ["COMPLETE", "FAILED"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"y": [1.0], "value": [1.0]}, "a frame has no column of params, only 'y', 'value'"),
        ({"x": [0.5], "score": [1.0]}, "a frame has no column of values, only 'x', 'score'"),
        ({"x": [0.5], "value": [1.0], "state": ["odd"]}, "a frame has a trial in the state 'odd'"),
        (
            {"x": [0.5], "values_0": [1.0], "values_1": [1.0]},
            "a frame has 2 columns of values, and this problem 1",
        ),
        (
            {"x": [0.5], "mean_test_score": [1.0]},
            "the history has the direction maximize, and this problem minimize",
        ),
    ],
)
def test_a_table_that_cannot_be_read_says_what_it_lacks(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(tb.ProblemError, match=words):
        tuned(tb.Space(x=tb.Float(0, 1)), pd.DataFrame(columns))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(tb.ProblemError, match=r"the history 'none.csv' cannot be read"):
        tuned(tb.Space(x=tb.Float(0, 1)), "none.csv")


def test_a_study_as_a_store_has_it_is_read_by_its_labels() -> None:
    store, space = MemoryStore(), tb.Space(n=tb.Categorical({"0": 1, "1": 0}))
    problem = tb.Problem(lambda trial: float(trial["n"]), space)
    old = tb.tune(problem, backend="optuna:random", n_trials=6, seed=0, storage=store, study="old")
    records = imported(space, store.load("old"))
    assert [record.params for record in records] == [trial.params for trial in old.trials]


# The command line

SCRIPT = """
import numpy as np
import tunebridge as tb
from hyperopt import Trials, fmin, hp, rand
problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
trials = Trials()
print("run once")
fmin(lambda x: x, hp.uniform("x", 0, 1), rand.suggest, 5, trials=trials, rstate=np.random.default_rng(0),
     show_progressbar=False)
"""


def test_the_command_line_takes_a_variable_of_a_file_and_a_table(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(SCRIPT)
    (tmp_path / "old.csv").write_text("x,value\n0.5,0.5\n")
    command = [
        sys.executable,
        "-m",
        "tunebridge.cli",
        "run",
        "old.py:problem",
        "--n-trials",
        "2",
        "--no-progress",
    ]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("--history", "old.py:trials", "--history", "old.csv", "-b", "hyperopt:random")
    assert done.returncode == 0, done.stderr
    assert "hyperopt:random goes on with" in done.stdout
    assert "5 complete of hyperopt Trials" in done.stdout
    assert "1 complete of old.csv" in done.stdout
    assert done.stdout.count("run once") == 1
    wrong = run("--history", "old.py:trial")
    assert wrong.returncode != 0
    assert "has no variable called 'trial'" in wrong.stderr + wrong.stdout
