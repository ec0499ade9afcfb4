"""Slots: one supervised process each, which touch no other and outlive no study."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import psutil
import pytest

import tunebridge as tb
from tunebridge.executors.thread_limits import THREADS
from tunebridge.study.seeds import trial_seed
from tunebridge.testing.children import HELD, STARTED, is_gone
from tunebridge.testing.executor_studies import errors

COMPLETE, FAILED, TIMED_OUT = tb.TrialState.COMPLETE, tb.TrialState.FAILED, tb.TrialState.TIMED_OUT
SPACE = tb.Space(x=tb.Float(0.0, 1.0))
MARK = "TUNEBRIDGE_TEST_MARK"
"""Environment variable by which all that a script has started is found, whoever its parent is now."""


def tune(objective: Any, **settings: Any) -> tb.Result:
    defaults = {"backend": "sklearn:random", "seed": 0, "executor": "processes", "n_trials": 3}
    return tb.tune(tb.Problem(objective, SPACE), **{**defaults, **settings})


def wait_for(condition: Any, seconds: float = 120.0) -> bool:
    """Wait on a machine that is busy besides: there a script took 47 s to begin, half of them to import."""
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True


class Script:
    """A program that tunes, and whatever it starts."""

    def __init__(self, folder: Path, body: str, *arguments: str) -> None:
        for name in ("work", "tmp"):
            (folder / name).mkdir()
        self.folder = folder / "work"
        self.temporary = folder / "tmp"
        self.mark = uuid.uuid4().hex
        (folder / "script.py").write_text("import tunebridge as tb\n" + body, "utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "script.py"), *arguments],
            cwd=self.folder,
            env={**os.environ, MARK: self.mark, "TMPDIR": str(self.temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, seconds: float = 60.0) -> int:
        """Wait for its end, and return its exit code."""
        _, self.said = self.process.communicate(timeout=seconds)
        return self.process.returncode

    def left(self) -> list[psutil.Process]:
        """Return what it has started that is still there."""

        def is_its_own(process: psutil.Process) -> bool:
            try:
                return process.environ().get(MARK) == self.mark and not is_gone(process.pid)
            except psutil.Error:
                return False

        return [process for process in psutil.process_iter() if is_its_own(process)]

    def result(self) -> Any:
        """Return what it has written."""
        return json.loads((self.folder / "result.json").read_text("utf-8"))


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[Any]:
    """Return a function that starts a script; what is left of it in the end is ended."""
    started: list[Script] = []

    def start(body: str, *arguments: str) -> Script:
        started.append(Script(tmp_path, body, *arguments))
        return started[-1]

    yield start
    for script in started:
        for process in script.left():
            with suppress(psutil.Error):
                process.kill()
        with script.process:
            pass


CHAOS = """
import json, os, signal, subprocess, sys, time
from random import Random

def train(trial):
    action = Random(trial.seed).choices(*json.loads(sys.argv[1]))[0]
    if action == "fork":
        subprocess.Popen(["sleep", "1000"])
    if action == "grandchild":
        subprocess.Popen(["sleep", "1000"])
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "raise":
        raise ValueError("by hand")
    if action == "nan":
        return float("nan")
    if action == "print":
        print("x" * 10_000_000)
    if action == "sleep":
        time.sleep(1000)
    if action == "memory":
        held = [b"x" * 10_000_000 for _ in range(24)]
        time.sleep(1000)
    trial.report(1.0)
    return trial["x"]

problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
limits = dict(trial_timeout=1.5, memory_limit=200_000_000)
seed = int(sys.argv[2])
result = tb.tune(problem, backend="sklearn:random", n_trials=200, seed=seed, n_jobs=4, **limits)
with open("result.json", "w") as file:
    json.dump([(one.number, one.state.name, one.value, one.error) for one in result.trials], file)
"""

ACTIONS: dict[str, tuple[int, str, str]] = {
    "end": (90, "COMPLETE", ""),
    "print": (12, "COMPLETE", ""),
    "fork": (12, "COMPLETE", ""),
    "raise": (20, "FAILED", "ValueError: by hand"),
    "nan": (20, "FAILED", "finite number"),
    "kill": (7, "FAILED", "signal 9 (SIGKILL)"),
    "grandchild": (5, "FAILED", "signal 9 (SIGKILL)"),
    "sleep": (5, "TIMED_OUT", "trial_timeout=1.5 s"),
    "memory": (5, "FAILED", "more than memory_limit=200,000,000"),
}
"""What a trial does: how often, the state it is to end in, and words of its error."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [10, 27, 46])  # they hold all actions, and never four failures in a row
def test_in_chaos_every_trial_ends_in_the_state_that_it_deserves(scripts: Any, seed: int) -> None:
    names, weights = list(ACTIONS), [weight for weight, _, _ in ACTIONS.values()]
    script = scripts(CHAOS, json.dumps([names, weights]), str(seed))
    assert script.end() == 0, script.said
    assert len(script.result()) == 200
    seen = set()
    for place, (number, state, value, error) in enumerate(script.result()):
        action = Random(trial_seed(seed, number)).choices(names, weights)[0]
        seen.add(action)
        _, expected, words = ACTIONS[action]
        assert (number, state) == (place, expected), (action, error)
        assert (value is not None) == (state == "COMPLETE")
        assert (error is not None) == (state != "COMPLETE")
        assert words in (error or "")
    assert seen == ACTIONS.keys()
    assert wait_for(lambda: not script.left())
    assert [path.name for path in script.folder.iterdir()] == ["result.json"]
    assert list(script.temporary.iterdir()) == []


HOLD = """
import json, os, subprocess, sys, threading, time
from pathlib import Path

def train(trial):
    if sys.argv[1] == "with grandchildren":
        subprocess.Popen(["sleep", "1000"])
    if sys.argv[1] == "at a report":
        trial.report(1.0)
    Path(f"begun-{trial.number}").touch()
    while trial.number != 1:
        time.sleep(1000 * (sys.argv[1] != "busy"))
    return 1.0

class Notes:
    @tb.hookimpl
    def tunebridge_trial_finished(self, trial):
        Path(f"ended-{trial.number}").touch()

class Slow:
    @tb.hookimpl
    def tunebridge_trial_reported(self, trial):
        Path("begun-0").touch()
        time.sleep(1000)

def run(n_jobs=2):
    problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
    observers = [Slow()] if sys.argv[1] == "at a report" else [Notes()]
    result = tb.tune(problem, backend="sklearn:random", n_trials=2, n_jobs=n_jobs, observers=observers)
    states = [one.state.name for one in result.trials]
    Path("result.json").write_text(json.dumps([result.stop_reason, states]))

if sys.argv[1] == "exit":
    threading.Thread(target=run, daemon=True).start()
    while not Path("begun-0").exists():
        time.sleep(0.01)
else:
    run()
"""
"""One slot holds trial 0 for ever, the other has ended trial 1 and is idle."""

MOMENTS = ["asleep", "busy", "with grandchildren", "at a report"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_slots_end_when_their_parent_is_killed(scripts: Any, moment: str) -> None:
    script = scripts(HOLD, moment)
    assert wait_for((script.folder / "begun-0").exists)
    assert len(script.left()) >= 3
    script.process.kill()
    assert wait_for(lambda: not script.left())


LEAVE = """
from tunebridge.testing.children import HELD, STARTED, leaving

kinds = [*STARTED, *HELD]
problem = tb.Problem(leaving(kinds, "never", "."), tb.Space(x=tb.Float(0.0, 1.0)))
points = [{"x": 0.5} for _ in kinds]
tb.tune(problem, backend="manual", initial=points, n_trials=len(kinds), n_jobs=len(kinds))
"""
"""Proposes nothing, so that it loads no library: it has to begin on a machine that is busy besides."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose an orphan was")
def test_whatever_objectives_have_started_ends_when_the_study_is_killed(scripts: Any) -> None:
    script = scripts(LEAVE)
    begun = [script.folder / str(number) for number in range(len([*STARTED, *HELD]))]
    assert wait_for(lambda: all(path.exists() for path in begun))
    assert len(script.left()) > 2 * len(begun)
    script.process.kill()
    assert wait_for(lambda: not script.left())


def test_slots_end_when_the_interpreter_does(scripts: Any) -> None:
    script = scripts(HOLD, "exit")
    assert script.end() == 0, script.said
    assert wait_for(lambda: not script.left())


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_from_the_keyboard_leaves_nothing_and_returns_what_there_is(
    scripts: Any, moment: str
) -> None:
    script = scripts(HOLD, moment)
    assert wait_for((script.folder / "begun-0").exists)
    assert wait_for(lambda: moment == "at a report" or (script.folder / "ended-1").exists())
    os.killpg(script.process.pid, signal.SIGINT)
    assert script.end() == 0, script.said
    stop_reason, states = script.result()
    assert stop_reason == "interrupted"
    assert states[0] == "INTERRUPTED"
    assert moment == "at a report" or states[1] == "COMPLETE"
    assert wait_for(lambda: not script.left())


class At:
    """Does something when a trial has finished.

    Args:
        number: The trial's number.
        action: Called with its record.
    """

    def __init__(self, number: int, action: Any) -> None:
        self.number, self.action = number, action

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        if trial.number == self.number:
            self.action(trial)


def test_slots_are_reused_and_an_idle_one_that_was_killed_is_replaced() -> None:
    def train(trial: tb.Trial) -> float:
        trial.keep("pid", os.getpid())
        return 1.0

    def kill(record: tb.TrialRecord) -> None:
        os.kill(record.artifact("pid"), signal.SIGKILL)

    result = tune(train, n_trials=4, n_jobs=1, observers=[At(1, kill)])
    assert [trial.state for trial in result.trials] == [COMPLETE] * 4
    pids = [trial.artifact("pid") for trial in result.trials]
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert os.getpid() not in pids


def test_what_objectives_print_is_written_out(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)

    def objective(trial: tb.Trial) -> float:
        print("trial", trial.number)  # noqa: T201
        return float(trial["x"])

    tune(objective, n_jobs=2)
    assert sorted(capfd.readouterr().out.split("\n")) == ["", "trial 0", "trial 1", "trial 2"]


def test_the_death_of_a_slot_touches_no_other_trial(tmp_path: Path) -> None:
    folder = str(tmp_path)

    def train(trial: tb.Trial) -> float:
        trial.keep("pid", os.getpid())
        if trial.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        Path(folder, str(trial.number)).touch()
        if trial.number == 0:
            trial.report(float(os.getpid()))
        while trial.number == 0 and not Path(folder, "2").exists():
            trial.report(float(os.getpid()))
        return 1.0

    result = tune(train, n_jobs=2)
    assert [trial.state for trial in result.trials] == [COMPLETE, FAILED, COMPLETE]
    assert {report.value for report in result.trials[0].reports} == {result.trials[0].artifact("pid")}


@pytest.mark.parametrize("session", [False, True])
@pytest.mark.parametrize("end", ["returns", "times out", "the study ends"])
def test_what_an_objective_has_started_ends_with_its_slot(tmp_path: Path, end: str, session: bool) -> None:
    noted = str(tmp_path / "pid")

    def train(trial: tb.Trial) -> float:
        child = subprocess.Popen(["sleep", "1000"], start_new_session=session)
        Path(noted).write_text(str(child.pid), "utf-8")
        if end == "times out":
            sleep(1000)
        if end == "the study ends":
            raise ValueError("by hand")
        return 1.0

    if end == "the study ends":
        with pytest.raises(ValueError, match="by hand"):
            tune(train, n_trials=1, on_error="raise")
    else:
        tune(train, n_trials=1, trial_timeout=0.7 if end == "times out" else 600.0)
    pid = int(Path(noted).read_text("utf-8"))
    assert wait_for(lambda: is_gone(pid))


def test_a_death_is_seen_while_forked_children_live() -> None:
    def train(trial: tb.Trial) -> float:
        if trial.number == 0:
            if os.fork() == 0:
                sleep(1000)
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    result = tune(train, n_trials=2)
    assert [trial.state for trial in result.trials] == [FAILED, COMPLETE]
    assert "SIGKILL" in errors(result)[0]


def test_a_trial_that_dies_while_its_report_waits_for_its_turn_ends_no_study(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def is_buried() -> bool:
        if not pid.exists():
            return False
        try:
            os.kill(int(pid.read_text("utf-8")), 0)
        except ProcessLookupError:
            return True
        return False

    def train(trial: tb.Trial) -> float:
        def die(connection: Connection, *_: Any) -> bytes:
            (pid.parent / "new").write_text(str(os.getpid()), "utf-8")
            (pid.parent / "new").rename(pid)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

        if trial.number == 0:
            Connection.recv_bytes = die  # type: ignore[assignment]  # where it would hear the answer
        end = monotonic() + 30.0
        while trial.number == 1 and not is_buried():
            if monotonic() > end:
                raise TimeoutError("trial 0 is not dead yet")
            sleep(0.01)
        trial.report(float(trial.number))
        trial.report(1.0)
        return 1.0

    result = tune(train, n_trials=2, n_jobs=2, deterministic=True)
    assert [trial.state for trial in result.trials] == [FAILED, COMPLETE]
    assert [len(trial.reports) for trial in result.trials] == [1, 2]


def threads_used() -> Any:
    """Return an objective that keeps how many threads the numerical libraries use."""

    def train(trial: tb.Trial) -> float:
        import numpy as np
        import threadpoolctl
        import torch

        held = np.ones((2, 2)) @ np.ones((2, 2))
        trial.keep("pools", [pool["num_threads"] for pool in threadpoolctl.threadpool_info()])
        trial.keep("torch", torch.get_num_threads())
        return float(held[0, 0])

    return train


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_numerical_libraries_get_their_share_of_the_cores(
    n_jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    (trial,) = tune(threads_used(), n_jobs=n_jobs, n_trials=1).trials
    share = max(1, (os.cpu_count() or 1) // n_jobs)
    assert {*trial.artifact("pools"), trial.artifact("torch")} == {share}


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
def test_the_users_number_of_threads_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in THREADS:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "2")
    (trial,) = tune(threads_used(), n_jobs=os.cpu_count() or 1, n_trials=1).trials
    found = {*trial.artifact("pools"), trial.artifact("torch")}
    assert found == ({2} if name == "OMP_NUM_THREADS" else {1, 2})
