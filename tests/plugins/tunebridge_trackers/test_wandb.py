"""Weights & Biases: all of its own is in the process that writes, and nothing lies outside of the folder."""

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

import tunebridge as tb
from tests.tracking import wandb_records


def test_nothing_of_wandb_is_in_the_study_or_outside_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WANDB_MODE", "online")
    threads = threading.active_count()

    def train(trial: tb.Trial) -> float:
        trial.report(trial["x"], step=5)
        trial.report(trial["x"], step=2)
        return float(trial["x"])

    problem = tb.Problem(train, tb.Space(x=tb.Float(0, 1)))
    observer = tb.observer("wandb", dir=tmp_path / "tracked", project="svm")
    (trial,) = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, observers=[observer]).trials
    assert "wandb" not in sys.modules
    assert [name for name in os.environ if name.startswith("WANDB")] == ["WANDB_MODE"]
    assert threading.active_count() == threads
    assert not [one for one in psutil.Process().children() if "wandb" in " ".join(one.cmdline())]
    assert [*home.rglob("*")] == []
    assert {path.name for path in (tmp_path / "tracked").iterdir()} == {"wandb"}
    (folder,) = (tmp_path / "tracked" / "wandb").glob("offline-run-*")
    (file,) = folder.glob("*.wandb")
    rows = [one.history for one in wandb_records(file) if one.HasField("history")]
    told = [{(*one.nested_key, one.key)[0]: one.value_json for one in row.item} for row in rows]
    assert [row["step"] for row in told] == ["5", "2"]
    assert {float(row["value"]) for row in told} == {trial.value}


@pytest.mark.parametrize("given", [{"project": ""}, {"dir": 5}, {"entity": ""}], ids=str)
def test_an_option_out_of_bounds_is_refused(given: dict[str, object]) -> None:
    problem = tb.Problem(lambda trial: 0.0, tb.Space(x=tb.Float(0, 1)))
    with pytest.raises(tb.OptionError, match=f"wandb: {next(iter(given))} must be"):
        tb.tune(problem, backend="sklearn:random", n_trials=1, observers=[tb.observer("wandb", **given)])
