"""Devices and resources on a Dask cluster: shared per machine, counted by Dask, refused before trial 1."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

import tunebridge as tb
from tunebridge.testing.executor_devices import meeting

SPACE = tb.Space(x=tb.Float(0.0, 1.0))


@pytest.fixture
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Give a client of two workers on this machine, with two threads and one unit of "GPU" each."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("HIP_VISIBLE_DEVICES", raising=False)
    settings: dict[str, Any] = {"processes": False, "dashboard_address": ":0", "resources": {"GPU": 1}}
    with (
        LocalCluster(n_workers=2, threads_per_worker=2, **settings) as local,
        Client(local, set_as_default=False) as client,
    ):
        yield client


def tune(objective: Any, n_trials: int = 4, n_jobs: int | None = None, **options: Any) -> tb.Result:
    return tb.tune(
        tb.Problem(objective, SPACE),
        backend="sklearn:random",
        seed=0,
        n_trials=n_trials,
        n_jobs=n_jobs,
        executor=tb.executor("dask", **options),
    )


def test_workers_of_one_machine_share_its_devices(client: Client, tmp_path: Path) -> None:
    result = tune(meeting(4, tmp_path), n_trials=8, n_jobs=4, client=client, devices=["cuda:0", "cuda:1"])
    for first in (0, 4):
        trials = result.trials[first : first + 4]
        assert Counter(trial.device for trial in trials) == {"cuda:0": 2, "cuda:1": 2}
    assert all(f"cuda:{trial.notes['CUDA_VISIBLE_DEVICES']}" == trial.device for trial in result.trials)


def test_left_to_itself_a_machine_runs_as_many_trials_as_it_has_devices(
    client: Client, tmp_path: Path
) -> None:
    devices = tb.executor("dask", client=client, devices=["cuda:0", "cuda:1", "cuda:2"])
    assert devices.spec.n_slots(devices.options) == 3
    result = tune(meeting(3, tmp_path), n_trials=3, client=client, devices=["a", "b", "c"])
    assert {trial.device for trial in result.trials} == {"a", "b", "c"}


def test_dask_counts_resources_and_so_many_trials_run_at_a_time(client: Client, tmp_path: Path) -> None:
    needed = tb.executor("dask", client=client, resources={"GPU": 1})
    assert needed.spec.n_slots(needed.options) == 2
    result = tune(meeting(2, tmp_path), client=client, resources={"GPU": 1}, devices=["cuda:0", "cuda:1"])
    for first in (0, 2):
        assert {trial.device for trial in result.trials[first : first + 2]} == {"cuda:0", "cuda:1"}


@pytest.mark.parametrize("n_jobs", [None, 3])
def test_resources_that_no_worker_has_are_refused(client: Client, n_jobs: int | None) -> None:
    resources = {"GPU": 1} if n_jobs else {"GPU": 1, "TPU": 1}
    with pytest.raises(tb.ExecutorError, match=r"resources for [02] trials that need GPU=1") as caught:
        tune(lambda trial: 1.0, n_jobs=n_jobs, client=client, resources=resources)
    assert 'dask worker --resources "GPU=1' in caught.value.hint


@pytest.mark.parametrize("wrong", [None, "GPU=1", {"GPU": 0}, {"GPU": "1"}, {1: 1}, {"": 1}], ids=repr)
def test_what_maps_no_names_to_numbers_is_no_resources(client: Client, wrong: Any) -> None:
    with pytest.raises(tb.OptionError, match="resources must map names to numbers > 0"):
        tune(lambda trial: 1.0, client=client, resources=wrong)


def test_resources_without_a_cluster_are_refused() -> None:
    with pytest.raises(tb.OptionError, match="workers of a cluster, and none is named") as caught:
        tune(lambda trial: 1.0, resources={"GPU": 1})
    assert "devices=[...]" in caught.value.hint


def test_a_device_that_a_worker_does_not_see_is_refused_with_the_worker(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    with pytest.raises(tb.ExecutorError, match=r"on the worker \S+, cuda:1: no such GPU") as caught:
        tune(lambda trial: 1.0, client=client, devices=["cuda:0", "cuda:1"])
    assert caught.value.hint.endswith("here are: cuda:0")
