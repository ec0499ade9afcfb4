"""MLflow: what its store shows of a study, and that nothing of the user's own MLflow is touched."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.tracking import OPTIONS, mlflow_runs
from tunebridge_trackers.reachable import check_reachable

SPACE = tb.Space(x=tb.Float(0.1, 1.0))


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """Return the options of an empty store."""
    return OPTIONS["mlflow"](tmp_path / "tracked")


def train(trial: tb.Trial) -> Iterator[Any]:
    for step in range(3):
        yield {"loss": trial["x"] / (step + 1), "accuracy": step / 3}
        if trial.number == 1:
            raise tb.TrialPruned


PROBLEM = tb.Problem(train, SPACE, metric="loss")


def tune(options: dict[str, Any], problem: tb.Problem = PROBLEM, **settings: Any) -> tb.Result:
    settings = {"backend": "sklearn:random", "n_trials": 2, "seed": 0, **settings}
    return tb.tune(problem, observers=[tb.observer("mlflow", **options)], **settings)


def test_trials_are_nested_in_the_run_of_the_study_which_shows_its_best(options: dict[str, Any]) -> None:
    result = tune(options, study="svm")
    _, runs = mlflow_runs(options["uri"])
    (study,) = [run for run in runs if run.data.tags["tunebridge.kind"] == "study"]
    assert {run.data.tags.get("mlflow.parentRunId") for run in runs} == {None, study.info.run_id}
    assert (study.info.run_name, study.info.status) == ("svm", "FINISHED")
    assert study.data.metrics == {"final/best_value": result.best_value}
    assert study.data.tags["tunebridge.best_trial"] == "0"


def test_the_final_value_is_found_by_a_search_and_the_state_by_its_tag(options: dict[str, Any]) -> None:
    result = tune(options, n_trials=4)
    client, runs = mlflow_runs(options["uri"])
    found = client.search_runs(
        [runs[0].info.experiment_id],
        "metrics.`final/value` > 0",
        order_by=["metrics.`final/value` ASC"],
    )
    assert int(found[0].data.tags["tunebridge.number"]) == result.best_trial.number
    assert len(found) == len(result.complete_trials) == 3
    (pruned,) = client.search_runs([runs[0].info.experiment_id], "tags.`tunebridge.state` = 'PRUNED'")
    assert pruned.info.status == "KILLED"


def test_all_metrics_of_a_report_go_in_one_call_with_an_integer_step(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    calls: list[list[tuple[str, type[Any]]]] = []
    log = MlflowClient.log_batch

    def count(self: Any, run: str, metrics: Any = (), **more: Any) -> None:
        calls.extend([[(one.key, type(one.step)) for one in metrics]] if metrics else [])
        log(self, run, metrics=metrics, **more)

    monkeypatch.setattr(MlflowClient, "log_batch", count)
    tune(options, n_trials=1)
    report = [("loss", int), ("accuracy", int)]
    assert calls[:3] == [report] * 3
    assert {name for name, _ in calls[3]} == {"final/value", "final/seconds"}


def test_the_users_own_run_uri_and_environment_stay_as_they_are(
    options: dict[str, Any], tmp_path: Path
) -> None:
    import mlflow

    own = OPTIONS["mlflow"](tmp_path / "own")["uri"]
    mlflow.set_tracking_uri(own)
    try:
        with mlflow.start_run() as mine:
            before = _of_mlflow()
            tune(options)
            active = mlflow.active_run()
            assert active is not None
            assert active.info.run_id == mine.info.run_id
            assert (mlflow.get_tracking_uri(), _of_mlflow()) == (own, before)
        assert not mlflow_runs(own, "Default")[1][0].data.metrics
    finally:
        mlflow.set_tracking_uri("")
        os.environ.pop("MLFLOW_TRACKING_URI", None)


def _of_mlflow() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name.startswith("MLFLOW")}


def test_workers_do_not_load_mlflow_and_an_objective_may_write_into_its_run(options: dict[str, Any]) -> None:
    uri = options["uri"]

    def objective(trial: tb.Trial) -> float:
        trial.note("loaded before", "mlflow" in sys.modules)
        import warnings

        warnings.simplefilter("ignore")
        from mlflow import MlflowClient

        MlflowClient(uri).log_metric(trial.links["mlflow"], "own", trial.number)
        return float(trial["x"])

    result = tune(options, tb.Problem(objective, SPACE), n_trials=4, n_jobs=2)
    assert [trial.notes["loaded before"] for trial in result.trials][:2] == [False, False]
    _, runs = mlflow_runs(uri)
    trials = [run for run in runs if run.data.tags["tunebridge.kind"] == "trial"]
    assert {run.data.metrics["own"] for run in trials} == {0.0, 1.0, 2.0, 3.0}
    assert {run.info.status for run in trials} == {"FINISHED"}


def test_names_that_mlflow_refuses_are_listed_on_the_run_of_the_study(
    options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    problem = tb.Problem(lambda trial: trial["x?"], tb.Space({"x?": tb.Float(0, 1)}))
    tune(options, problem, n_trials=3)
    _, runs = mlflow_runs(options["uri"])
    (study,) = [run for run in runs if run.data.tags["tunebridge.kind"] == "study"]
    assert study.data.tags["tunebridge.renamed"] == '{"x_": "x?"}'
    assert [one.getMessage() for one in caplog.records] == [
        'mlflow: names that it refuses have other forms: {"x_": "x?"}'
    ]


def test_a_study_that_fails_or_is_interrupted_is_shown_so(options: dict[str, Any]) -> None:
    def fail(trial: tb.Trial) -> float:
        raise ValueError

    def interrupt(trial: tb.Trial) -> float:
        raise KeyboardInterrupt

    with pytest.raises(tb.StudyFailedError):
        tune(options, tb.Problem(fail, SPACE), n_trials=20, study="failed")
    tune(options, tb.Problem(interrupt, SPACE), study="interrupted")
    _, runs = mlflow_runs(options["uri"])
    found = {
        run.info.run_name: run.info.status for run in runs if run.data.tags["tunebridge.kind"] == "study"
    }
    assert found == {"failed": "FAILED", "interrupted": "KILLED"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"experiment": ""}, "experiment must be a string that is not empty"),
        ({"uri": 5}, "uri must be a string"),
        ({"uri": "sqlite://mlflow.db"}, "uri must be sqlite:/// and the path of a file"),
        ({"uri": "sqlite:mlflow.db"}, "uri must be sqlite:/// and the path of a file"),
        ({"uri": "sqllite:///mlflow.db"}, "uri must begin with one of sqlite, postgresql"),
        ({"tags": {"team": 5}}, "tags must be text by name"),
    ],
    ids=str,
)
def test_an_option_out_of_bounds_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(tb.OptionError, match=words):
        tune(given)


def test_a_server_that_is_down_is_said_once_at_the_start_in_a_line_and_the_study_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.monotonic()
    result = tune({"uri": f"http://user:secret@127.0.0.1:{port}"})
    assert time.monotonic() - begun < 20
    assert len(result.trials) == 2
    (said,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert said.exc_info is None
    assert "the observer mlflow is dropped for this study: mlflow: no server answers at " in said.getMessage()
    assert f"127.0.0.1:{port}" in said.getMessage()
    assert "uri='sqlite:///mlflow.db'" in said.getMessage()
    assert "secret" not in said.getMessage()


@pytest.mark.parametrize("uri", ["sqlite:///x.db", "file:///tmp/x", "databricks", "./mlruns"])
def test_what_is_no_server_is_not_asked_for(uri: str) -> None:
    check_reachable("mlflow", uri)


def test_a_server_behind_a_proxy_is_left_to_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    check_reachable("mlflow", "http://tracking.invalid:5000")
    monkeypatch.setenv("no_proxy", "tracking.invalid")
    with pytest.raises(tb.StoreError, match=r"no server answers at http://tracking\.invalid:5000"):
        check_reachable("mlflow", "http://tracking.invalid:5000")
