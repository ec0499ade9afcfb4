"""The processes that start slots and watch over them: what they load, what they leave, and when they die."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer
from time import monotonic, sleep
from typing import Any

import psutil
import pytest

import tunebridge as tb
from tunebridge.testing.children import HELD, STARTED, Look, is_gone, leaving
from tunebridge.testing.executor_studies import errors

COMPLETE, FAILED = tb.TrialState.COMPLETE, tb.TrialState.FAILED
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose an orphan was")


def tune(objective: Any, **settings: Any) -> tb.Result:
    defaults = {"backend": "sklearn:random", "seed": 0, "executor": "processes", "n_trials": 3, "n_jobs": 1}
    return tb.tune(tb.Problem(objective, tb.Space(x=tb.Float(0.0, 1.0))), **{**defaults, **settings})


def goes(pid: int) -> bool:
    end = monotonic() + 20.0
    while not is_gone(pid) and monotonic() < end:
        sleep(0.01)
    return is_gone(pid)


SHADOWS = ["queue", "random", "psutil", "cloudpickle", "tunebridge", "sitecustomize"]
"""Modules that a slot needs, or imports, before it loads the objective."""

SCRIPT = """
import os
import tunebridge as tb

def train(trial):
    import beside
    trial.keep("seen", (beside.VALUE, os.getcwd()))
    return 1.0

problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
result = tb.tune(problem, backend="sklearn:random", n_trials=1, n_jobs=2)
value, folder = result.trials[0].artifact("seen")
print(value, os.path.basename(folder))
"""


def test_a_slot_takes_nothing_of_its_own_from_the_current_folder_and_yours_from_where_the_study_does(
    tmp_path: Path,
) -> None:
    current = tmp_path / "current"
    current.mkdir()
    for name in SHADOWS:
        (current / f"{name}.py").write_text("raise SystemExit('taken from the current folder')", "utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "beside.py").write_text("VALUE = 'beside the script'", "utf-8")
    command = [sys.executable, str(tmp_path / "script.py")]
    run = subprocess.run(command, cwd=current, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stdout) == (0, "beside the script current\n"), run.stderr


class At:
    """Does something when a trial has finished."""

    def __init__(self, number: int, action: Any) -> None:
        self.number, self.action = number, action

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        if trial.number == self.number:
            self.action()


def test_a_slot_that_replaces_another_has_the_environment_folder_and_path_of_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(trial: tb.Trial) -> float:
        if trial.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        trial.keep("seen", (os.environ.get("TUNEBRIDGE_TEST_NEW"), os.getcwd(), sys.path[0]))
        return 1.0

    def change() -> None:
        monkeypatch.setenv("TUNEBRIDGE_TEST_NEW", "set")
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path / "first"))

    before = (None, os.getcwd(), sys.path[0])
    result = tune(train, observers=[At(0, change)])
    assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
    assert result.trials[0].artifact("seen") == before
    assert result.trials[2].artifact("seen") == ("set", str(tmp_path), str(tmp_path / "first"))


@linux
def test_a_keeper_that_is_killed_costs_its_trial_alone_and_leaves_nothing(tmp_path: Path) -> None:
    noted = tmp_path / "pids"

    def train(trial: tb.Trial) -> float:
        if trial.number == 0:
            child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            noted.write_text(f"{child.pid} {os.getpid()}", "utf-8")
            os.kill(os.getppid(), signal.SIGKILL)
            sleep(1000)
        return 1.0

    gone: list[bool] = []
    look = At(0, lambda: gone.extend(goes(int(pid)) for pid in noted.read_text("utf-8").split()))
    result = tune(train, n_trials=2, observers=[look])
    assert [trial.state for trial in result.trials] == [FAILED, COMPLETE]
    assert "the process that watched over it is gone" in errors(result)[0]
    assert gone == [True, True]


ELSEWHERE = """
import sys

if any("executors.supervisor" in word for word in sys.orig_argv):
    import tunebridge.executors.family

    tunebridge.executors.family.ADOPTS = False
"""


def test_where_orphans_are_out_of_reach_all_but_daemons_end_with_their_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ELSEWHERE, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    kinds = [kind for kind in [*STARTED, *HELD] if kind != "a daemon"]
    objective, look = leaving(kinds, "is past its time", str(tmp_path)), Look(tmp_path)
    result = tune(objective, n_trials=len(kinds), n_jobs=2, trial_timeout=1.0, observers=[look])
    assert [trial.state for trial in result.trials] == [tb.TrialState.TIMED_OUT] * len(kinds)
    assert look.gone == dict.fromkeys(range(len(kinds)), True)


def test_a_supervisor_that_is_killed_costs_no_trial() -> None:
    def train(trial: tb.Trial) -> float:
        if trial.number == 0:
            psutil.Process().parents()[1].kill()
        if trial.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    result = tune(train)
    assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
    assert "SIGKILL" in errors(result)[1]


@linux
def test_a_supervisor_that_is_killed_after_it_was_asked_for_a_slot_costs_no_trial() -> None:
    def train(trial: tb.Trial) -> float:
        if trial.number == 0:
            supervisor = psutil.Process().parents()[1]
            supervisor.suspend()
            trial.keep("supervisor", supervisor.pid)
        if trial.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    class Kills:
        @tb.hookimpl
        def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
            if trial.number == 0:
                pids.append(trial.artifact("supervisor"))
            if trial.number == 1:
                Timer(0.5, os.kill, (*pids, signal.SIGKILL)).start()

    pids: list[int] = []
    result = tune(train, observers=[Kills()])
    assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]


def test_a_slot_that_closes_its_connection_is_ended_and_the_trial_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tunebridge.executors.slot.CLOSING_SECONDS", 0.5)

    def train(trial: tb.Trial) -> float:
        if trial.number == 0:
            os.closerange(3, 256)
            sleep(1000)
        return 1.0

    result = tune(train, n_trials=2)
    assert [trial.state for trial in result.trials] == [FAILED, COMPLETE]
    assert "it has closed its connection to the study" in errors(result)[0]


HOLD = """
import os, sys, time
from pathlib import Path
import tunebridge as tb

class Forks:
    @tb.hookimpl
    def tunebridge_trial_reported(self):
        child = os.fork()
        if child == 0:
            time.sleep(1000)
        Path("fork").write_text(str(child))

def train(trial):
    Path("slot").write_text(str(os.getpid()))
    trial.report(1.0)
    Path("begun").touch()
    time.sleep(1000)

problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
tb.tune(problem, backend="sklearn:random", n_trials=1, n_jobs=2, observers=[Forks()])
"""


def test_a_child_that_the_study_has_forked_holds_no_slot_when_the_study_is_killed(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(HOLD, "utf-8")
    with subprocess.Popen([sys.executable, "script.py"], cwd=tmp_path, stderr=subprocess.DEVNULL) as study:
        end = monotonic() + 30.0
        while not (tmp_path / "begun").exists() and monotonic() < end:
            sleep(0.02)
        study.kill()
    fork = psutil.Process(int((tmp_path / "fork").read_text("utf-8")))
    try:
        assert goes(int((tmp_path / "slot").read_text("utf-8")))
        assert fork.is_running()
    finally:
        fork.kill()


@linux
def test_a_study_leaves_no_process_no_zombie_and_no_descriptor() -> None:
    def train(trial: tb.Trial) -> float:
        if trial.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(psutil.Process().children(recursive=True))

    tune(train, n_jobs=2)
    before = held()
    tune(train, n_jobs=2)
    assert held() == before


@linux
def test_a_slot_buries_what_its_objective_has_orphaned_and_has_a_thread_and_few_descriptors() -> None:
    def train(trial: tb.Trial) -> float:
        if os.fork() == 0:
            if os.fork() == 0:
                os._exit(0)
            os._exit(0)
        os.wait()
        end = monotonic() + 10.0
        family = psutil.Process().parent().children(recursive=True)
        while len(family) > 1 and monotonic() < end:
            sleep(0.01)
            family = psutil.Process().parent().children(recursive=True)
        trial.keep("seen", (len(family), psutil.Process().num_threads()))
        trial.keep("open", [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()])
        return 1.0

    (trial,) = tune(train, n_trials=1).trials
    assert trial.artifact("seen") == (1, 1)
    sockets = [name for name in trial.artifact("open") if name.startswith("socket")]
    assert len(sockets) <= 3, trial.artifact("open")
