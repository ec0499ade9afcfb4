"""Configs in a table: frames of Ray Tune's runs are histories."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ray import tune

import tunebridge as tb
from tests.stores import ray_run
from tests.stores.imported import imported

pytestmark = pytest.mark.usefixtures("quiet_libraries")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_real_run_is_carried_as_what_it_was(tmp_path: Path) -> None:
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    script = [sys.executable, "-m", "tests.stores.ray_run", str(tmp_path)]
    subprocess.run(script, env=environment, cwd=ROOT, check=True, timeout=300)
    frame, configs = pickle.loads((tmp_path / "run.pkl").read_bytes())
    reading = tb.read_space(ray_run.SPACE)
    for history in (frame, str(tmp_path / "frame.csv")):
        records = imported(reading.space, history)
        assert [reading.params(record) for record in records] == configs
        assert [record.value for record in records] == list(frame["loss"])
    (folder,) = (tmp_path / "results").iterdir()
    results = tune.ResultGrid(tune.ExperimentAnalysis(str(folder)))
    records = imported(reading.space, results)
    assert [reading.params(record) for record in records] == [one.config for one in results]
    assert [record.value for record in records] == [one.metrics["loss"] for one in results]
    assert len(configs) == 6


COLUMNS: Mapping[str, list[Any]] = {
    "loss": [1.0, 2.0, 3.0],
    "trial_id": ["a", "b", "c"],
    "config/lr": [0.1, 0.2, 0.3],
    "config/model/kind": ["cnn", "rnn", "cnn"],
    "config/model/width": [3.0, None, 4.0],
    "config/model/x": [None, 0.5, None],
    "config/layers": [[2, 8], [1, 8], [3, 8]],
    "config/epochs": [3, 3, 3],
}
SPACE: dict[str, Any] = {
    "lr": tune.uniform(0, 1),
    "model": tune.choice(
        [{"kind": "cnn", "width": tune.randint(1, 9)}, {"kind": "rnn", "x": tune.uniform(0, 1)}]
    ),
    "layers": [tune.randint(1, 4), 8],
    "epochs": 3,
}


def test_constants_options_and_lists_of_configs_are_read() -> None:
    reading = tb.read_space(SPACE)
    records = imported(reading.space, pd.DataFrame(COLUMNS))
    assert [reading.params(record) for record in records] == [
        {"lr": 0.1, "model": {"kind": "cnn", "width": 3}, "layers": [2, 8], "epochs": 3},
        {"lr": 0.2, "model": {"kind": "rnn", "x": 0.5}, "layers": [1, 8], "epochs": 3},
        {"lr": 0.3, "model": {"kind": "cnn", "width": 4}, "layers": [3, 8], "epochs": 3},
    ]


def test_an_option_without_a_text_is_known_by_its_params() -> None:
    space = {"model": tune.choice([{"width": tune.randint(1, 9)}, {"x": tune.uniform(0, 1)}])}
    frame = pd.DataFrame({"loss": [1.0, 2.0], "config/model/width": [3, None], "config/model/x": [None, 0.5]})
    reading = tb.read_space(space)
    assert [reading.params(record) for record in imported(reading.space, frame)] == [
        {"model": {"width": 3}},
        {"model": {"x": 0.5}},
    ]


def test_what_varies_and_is_no_param_leaves_its_trial_out() -> None:
    frame = pd.DataFrame({**COLUMNS, "config/decay": [0.1, 0.1, 0.2]})
    with pytest.raises(tb.ProblemError, match="decay: is no parameter of the space"):
        imported(tb.read_space(SPACE).space, frame)
