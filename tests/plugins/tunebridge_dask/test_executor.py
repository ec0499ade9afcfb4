"""Trials on Dask clusters: real ones, started as a user would, and local ones."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import cloudpickle
import psutil
import pytest
from distributed import Client, LocalCluster

import tunebridge as tb
import tunebridge_dask.cluster
import tunebridge_dask.crew
from tests.waiting import until
from tunebridge import TrialState
from tunebridge.testing.store_events import stored_study
from tunebridge_dask.cluster import mismatch
from tunebridge_dask.messages import Facts, facts
from tunebridge_dask.plugin import OPTIONS

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # no worker can import a test module

COMPLETE, FAILED, PRUNED = TrialState.COMPLETE, TrialState.FAILED, TrialState.PRUNED
SPACE = tb.Space(x=tb.Float(0.0, 1.0))

START_SECONDS = 30.0
"""How long a process of a cluster may take to begin, or to be gone."""

WITHOUT_TUNEBRIDGE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("tunebridge"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Missing())
"""

OTHER_VERSION = """
import importlib.metadata as metadata

known = metadata.version
metadata.version = lambda name: "0.0.1" if name == "tunebridge" else known(name)
"""

ENDLESS = """
import sys, time
import tunebridge as tb

said = sys.argv[2]

def objective(trial):
    trial.report(1.0)
    open(said, "a").close()
    time.sleep(600)

problem = tb.Problem(objective, tb.Space(x=tb.Float(0.0, 1.0)))
tb.tune(problem, backend="sklearn:random", n_trials=4, executor=tb.executor("dask", address=sys.argv[1]))
"""


class Cluster:
    """A scheduler on this machine, and workers, as the commands of Dask start them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        until(lambda: self._file.exists() and self._file.stat().st_size > 0)
        self.address: str = json.loads(self._file.read_text("utf-8"))["address"]

    def work(self, n_workers: int, *arguments: str, code: str = "") -> list[subprocess.Popen[bytes]]:
        """Start workers of one thread, with code that each runs before all else."""
        path = self._folder / f"code{len(self.processes)}"
        path.mkdir()
        (path / "sitecustomize.py").write_text(code, "utf-8")
        options = ["--nthreads", "1", "--local-directory", str(path), *arguments]
        with Client(self.address, set_as_default=False) as client:
            wanted = len(client.nthreads()) + n_workers
            started = [self._start("worker", self.address, *options, path=path) for _ in range(n_workers)]
            until(lambda: len(client.nthreads()) == wanted)
        return started

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a command and the processes it has started, as the loss of a machine does."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def slots(self) -> list[psutil.Process]:
        """Return the slots of all workers, and what supervises them."""
        found = [psutil.Process(process.pid) for process in self.processes if process.poll() is None]
        family = [child for one in found for child in one.children(recursive=True)]
        return [child for child in family if is_slot(child)]

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)

    def _start(self, *arguments: str, path: Path | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], "--host", "127.0.0.1"]
        paths = [path, os.environ.get("PYTHONPATH")]
        process = subprocess.Popen(
            [*command, "--no-dashboard", *arguments[1:]],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, filter(None, paths)))},
            start_new_session=True,
        )
        self.processes.append(process)
        return process


class OnReport:
    """Calls something once, with the number of the first trial that reports whose number is high enough."""

    def __init__(self, number: int, call: Callable[[int], object]) -> None:
        self._number = number
        self._call: Callable[[int], object] | None = call

    @tb.hookimpl
    def tunebridge_trial_reported(self, trial: tb.Trial) -> None:
        if self._call is not None and trial.number >= self._number:
            call, self._call = self._call, None
            call(trial.number)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster with two workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.work(2)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster without workers; a test that starts some has to end them."""
    cluster = Cluster(tmp_path_factory.mktemp("scheduler"))
    yield cluster
    cluster.close()


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client of a cluster in this process, with two workers of one thread."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as local,
        Client(local, set_as_default=False) as client,
    ):
        yield client


def is_slot(process: psutil.Process) -> bool:
    try:
        return any("tunebridge.executors.supervisor" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def tune(objective: Callable[[Any], Any], **settings: Any) -> tb.Result:
    settings.setdefault("max_wait_seconds", 20.0)
    options = {name: settings.pop(name) for name in OPTIONS if name in settings}
    settings = {"backend": "sklearn:random", "seed": 1, "n_trials": 4, **settings}
    return tb.tune(tb.Problem(objective, SPACE), executor=tb.executor("dask", **options), **settings)


def course(result: tb.Result) -> list[Any]:
    return [(dict(one.params), one.state, one.values, one.reports) for one in result.trials]


def train(trial: tb.Trial) -> float:
    for step in range(3):
        sleep(0.05)
        trial.report(trial["x"] - step, step)
    sleep(0.05)
    return float(trial["x"])


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_trial_and_none_is_told_twice(tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/tune.db", str(tmp_path)
    killed: list[int] = []

    def noted(trial: tb.Trial) -> float:
        # Above the slot, its keeper and the supervisor; its group is that of the command that has started it.
        group = os.getpgid(psutil.Process().parents()[2].pid)
        Path(folder, f"group of {trial.number}").write_text(str(group), "utf-8")
        return train(trial)

    own = Cluster(tmp_path)

    def kill_its_worker(number: int) -> None:
        """Kill the worker of a trial that waits for an answer, so that it cannot have ended."""
        group = Path(folder, f"group of {number}").read_text("utf-8")
        own.kill(next(process for process in own.processes if str(process.pid) == group))
        killed.append(number)

    with closing(own):
        own.work(2)
        result = tune(
            noted,
            address=own.address,
            backend="optuna:tpe",
            n_trials=60,
            n_jobs=2,
            pruner=tb.pruner("asha", min_resource=1, reduction_factor=2),
            storage=url,
            study="killed",
            observers=[OnReport(15, kill_its_worker)],
        )
    assert [trial.number for trial in result.trials] == list(range(60))
    assert {trial.state for trial in result.trials} == {COMPLETE, PRUNED}
    lost = [trial.number for trial in result.trials if trial.attempt > 0]
    assert lost == killed
    stored = tb.load_study(url, "killed")
    assert course(stored) == course(result)
    kept = stored_study(url, "killed")
    ended = [trial.number for trial in kept.trials if trial.state is not TrialState.INTERRUPTED]
    assert sorted(number for number in ended if number is not None) == list(range(60))
    again = [trial.number for trial in kept.trials if trial.state is TrialState.INTERRUPTED]
    assert sorted(number for number in again if number is not None) == lost


def test_an_address_is_enough_and_every_thread_of_its_workers_runs_trials(cluster: Cluster) -> None:
    def parent(trial: tb.Trial) -> float:
        sleep(0.3)
        trial.keep("worker", psutil.Process().parents()[2].pid)
        return 1.0

    result = tune(parent, address=cluster.address, n_trials=8)
    workers = {trial.artifact("worker") for trial in result.complete_trials}
    assert len(workers) == 2
    assert workers.isdisjoint({os.getpid()})
    until(lambda: not cluster.slots())
    own = psutil.Process()
    until(lambda: all(one.status != "ESTABLISHED" for one in own.net_connections("inet") if one.raddr))
    until(lambda: not any("loop" in thread.name.lower() for thread in threading.enumerate()))


def test_limits_and_deaths_are_seen_to_on_the_worker(cluster: Cluster) -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number == 0:
            sleep(60)
        if trial.number == 1:
            held = [b"x" * 100_000_000 for _ in range(6)]
            sleep(60)
            del held
        if trial.number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    limits = {"trial_timeout": 3.0, "memory_limit": 500_000_000}
    result = tune(objective, address=cluster.address, **limits)
    assert [trial.state for trial in result.trials] == [TrialState.TIMED_OUT, FAILED, FAILED, COMPLETE]
    words = ["trial_timeout=3", "memory_limit=500,000,000", "SIGKILL"]
    for word, trial in zip(words, result.trials, strict=False):
        assert word in (trial.error or "")
    assert [trial.attempt for trial in result.trials] == [0, 0, 0, 0]


@pytest.mark.slow
def test_a_trial_that_always_loses_its_worker_is_given_up(scheduler: Cluster) -> None:
    def objective(trial: tb.Trial) -> float:
        if trial.number == 0:
            os.kill(psutil.Process().parents()[2].pid, signal.SIGKILL)
            sleep(60)
        return 1.0

    (worker,) = scheduler.work(1)
    try:
        first, second = tune(objective, address=scheduler.address, max_attempts=2, n_trials=2).trials
    finally:
        scheduler.kill(worker)
    assert (first.state, first.attempt, second.state) == (FAILED, 1, COMPLETE)
    assert "trial 0 was given up after max_attempts=2: its worker tcp://" in (first.error or "")


def test_a_study_that_is_killed_leaves_no_trial_running_on_the_workers(
    cluster: Cluster, tmp_path: Path
) -> None:
    script, said = tmp_path / "script.py", tmp_path / "said"
    script.write_text(ENDLESS, "utf-8")
    with subprocess.Popen([sys.executable, str(script), cluster.address, str(said)]) as study:
        try:
            until(lambda: said.exists() and len(cluster.slots()) >= 2)
        finally:
            study.kill()
    until(lambda: not cluster.slots())


def test_slots_that_nobody_uses_are_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunebridge_dask.crew, "IDLE_SECONDS", 0.2)
    left: list[int] = []

    class Slow:
        @tb.hookimpl
        def tunebridge_trial_finished(self) -> None:
            end = monotonic() + 5
            while monotonic() < end and any(map(is_slot, psutil.Process().children())):
                sleep(0.05)
            left.append(sum(map(is_slot, psutil.Process().children())))

    result = tune(lambda trial: trial["x"], client=client, n_jobs=1, n_trials=3, observers=[Slow()])
    assert len(result.complete_trials) == 3
    assert left == [0, 0, 0]


def test_a_slot_is_used_from_trial_to_trial(client: Client) -> None:
    def process(trial: tb.Trial) -> float:
        trial.keep("process", os.getpid())
        return 1.0

    result = tune(process, client=client, n_trials=12, n_jobs=2)
    assert len({trial.artifact("process") for trial in result.trials}) <= 2
    assert client.status == "running"
    assert client.submit(sum, [1, 2]).result() == 3
    assert not any(map(is_slot, psutil.Process().children(recursive=True)))


def test_a_worker_that_is_closed_costs_no_trial(client: Client) -> None:
    def close_one(number: int) -> None:
        client.cluster.scale(1)

    result = tune(train, client=client, n_trials=10, n_jobs=2, observers=[OnReport(3, close_one)])
    assert [trial.state for trial in result.trials] == [COMPLETE] * 10
    assert len(client.nthreads()) == 1


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_in_a_fixed_order_a_study_repeats_also_with_fewer_threads_than_jobs(
    client: Client, n_jobs: int
) -> None:
    def objective(trial: tb.Trial) -> float:
        for step in range(2):
            sleep(0.05 * (os.urandom(1)[0] / 255))
            trial.report(trial["x"] + step, step)
        return float(trial["x"])

    settings: dict[str, Any] = {"n_jobs": n_jobs, "deterministic": True, "n_trials": 6, "pruner": "median"}
    settings |= {"backend": "hyperopt:tpe"}
    first = tune(objective, client=client, **settings)
    problem = tb.Problem(objective, SPACE)
    second = tb.tune(problem, seed=1, executor="threads", **settings)
    assert course(first) == course(second)


def test_a_local_cluster_opens_no_port() -> None:
    def listening() -> set[Any]:
        return {one.laddr for one in psutil.Process().net_connections("inet") if one.status == "LISTEN"}

    before, during = listening(), []
    result = tune(train, n_jobs=2, observers=[OnReport(0, lambda number: during.append(listening()))])
    assert len(result.complete_trials) == 4
    assert during == [before]


def test_a_report_that_breaks_a_rule_raises_in_the_objective(client: Client) -> None:
    def objective(trial: tb.Trial) -> float:
        try:
            trial.report(float("nan"))
        except tb.ReportError as error:
            trial.keep("error", str(error))
        return 1.0

    (trial,) = tune(objective, client=client, n_trials=1).trials
    assert "finite number" in trial.artifact("error")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{free}", "127.0.0.1", "gopher://host:1", "{silent}"])
def test_an_address_without_a_scheduler_is_an_error_soon_and_without_noise(
    address: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(tunebridge_dask.cluster, "CONNECTING_SECONDS", 1.0)
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        given = address.format(free=port, silent=f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        begun = monotonic()
        with pytest.raises(tb.ExecutorError, match="no Dask scheduler answers at") as caught:
            tune(train, address=given)
    assert given in caught.value.message
    assert "dask scheduler" in caught.value.hint
    assert monotonic() - begun < 10
    until(lambda: set(threading.enumerate()) <= before)
    assert caplog.records == []
    assert capfd.readouterr().err == ""


def test_a_cluster_without_workers_is_an_error(scheduler: Cluster) -> None:
    with pytest.raises(tb.ExecutorError, match=r"no workers for max_wait_seconds=0\.3") as caught:
        tune(train, address=scheduler.address, max_wait_seconds=0.3)
    assert caught.value.hint == f"start some: dask worker {scheduler.address}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (WITHOUT_TUNEBRIDGE, ["cannot load tunebridge", "No module named 'tunebridge"]),
        (OTHER_VERSION, ["has tunebridge 0.0.1, the study "]),
    ],
    ids=["without", "other version"],
)
def test_workers_without_this_tunebridge_are_named(scheduler: Cluster, code: str, words: list[str]) -> None:
    (worker,) = scheduler.work(1, "--no-nanny", code=code)
    try:
        with pytest.raises(tb.ExecutorError) as caught:
            tune(train, address=scheduler.address)
    finally:
        scheduler.kill(worker)
    assert all(word in caught.value.message for word in ["the worker tcp://127.0.0.1:", *words])
    assert "install the same tunebridge" in caught.value.hint


def test_a_worker_with_another_python_is_refused() -> None:
    other = Facts(python="3.9", tunebridge=facts().tunebridge)
    assert "the worker tcp://there runs Python 3.9, the study 3." in mismatch("tcp://there", other)
    assert mismatch("tcp://there", facts()) == ""


def test_a_worker_without_the_objectives_module_is_named_with_the_module(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def objective(trial):\n    return trial['x']\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import only_here  # type: ignore[import-not-found]

    with pytest.raises(tb.ExecutorError, match="No module named 'only_here'") as caught:
        tune(only_here.objective, address=cluster.address)
    assert "on the worker tcp://127.0.0.1:" in caught.value.message
    assert "register_pickle_by_value" in caught.value.hint
    with Client(cluster.address, set_as_default=False) as client:
        client.upload_file(str(tmp_path / "only_here.py"))
    assert len(tune(only_here.objective, address=cluster.address).complete_trials) == 4


def test_an_objective_that_cannot_be_pickled_is_an_error_that_names_the_attribute(client: Client) -> None:
    class Holder:
        def __init__(self) -> None:
            self.guard = threading.Lock()

        def __call__(self, trial: tb.Trial) -> float:
            return 1.0

    with pytest.raises(tb.ExecutorError, match="its attribute 'guard'"):
        tune(Holder(), client=client)


def test_a_client_that_is_closed_is_an_error_before_and_amid_a_study(cluster: Cluster) -> None:
    client = Client(cluster.address, set_as_default=False)
    with pytest.raises(tb.ExecutorError, match="lost, or its client was closed"):
        tune(train, client=client, observers=[OnReport(0, lambda number: client.close())])
    with pytest.raises(tb.ExecutorError, match="the Dask client is closed") as caught:
        tune(train, client=client)
    assert "distributed.Client(address)" in caught.value.hint
    until(lambda: not cluster.slots())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_attempts": 0}, "max_attempts must be an integer >= 1, got 0"),
        ({"max_wait_seconds": -1}, "max_wait_seconds must be a number of seconds >= 0, got -1"),
        ({"client": "tcp://host:1"}, "client must be a distributed.Client that is not asynchronous"),
        ({"address": 8786}, "address must be a string, got 8786"),
        ({"address": "tcp://host:1", "client": "other"}, "an address or a client, not both"),
    ],
)
def test_options_are_checked(options: dict[str, Any], words: str) -> None:
    for n_jobs in (None, 2):
        with pytest.raises(tb.OptionError, match=words):
            tune(train, n_jobs=n_jobs, **options)
