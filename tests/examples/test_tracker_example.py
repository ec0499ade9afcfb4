"""The example of trackers writes a study that their own clients read."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from mlflow import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import tunebridge as tb
from tests.examples.running_examples import BUDGETS, load

pytestmark = pytest.mark.slow
NAME = "tracked_study"


def test_both_trackers_have_each_trial_and_the_commands_that_show_them(tmp_path: Path) -> None:
    with redirect_stdout(StringIO()) as printed:
        result: tb.Result = load(NAME).main(**BUDGETS[NAME], folder=str(tmp_path))
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.get_experiment_by_name("digits")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], "tags.`tunebridge.kind` = 'trial'")
    values = {run.info.run_name: run.data.metrics.get("final/value") for run in found}
    assert values == {f"trial {trial.number}": trial.value for trial in result.trials}
    curves = 0
    for file in (tmp_path / "curves").rglob("events.out.*"):
        reader = EventAccumulator(str(file))
        reader.Reload()
        curves += "value" in reader.Tags()["scalars"]
    assert curves == len(result.trials) == BUDGETS[NAME]["n_trials"]
    said = printed.getvalue().split()
    assert {"mlflow", "ui", "--backend-store-uri", "tensorboard", "--logdir"} <= {*said}
