"""A study whose process is killed again and again loses nothing, and goes on as if it never had been.

`killed_study.py` runs the study. Its lines tell when to kill it, and what it had finished by then.
"""

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState as NativeState

import tunebridge as tb
from tests.stores.ways import database_of
from tunebridge.testing.assertions import assert_visited
from tunebridge.testing.store_events import stored_study

SCRIPT = Path(__file__).with_name("killed_study.py")

STUDIES = {
    ("sqlite", "optuna:tpe"): 8,
    ("sqlite", "hyperopt:anneal"): 4,
    ("sqlite", "sklearn:grid"): 4,
    ("sqlite", "auto:credit"): 4,
    ("journal", "optuna:random"): 8,
    ("journal", "hyperopt:tpe"): 4,
    ("journal", "sklearn:random"): 4,
    ("journal", "auto:credit"): 4,
    ("postgresql", "optuna:grid"): 8,
    ("postgresql", "optuna:brute-force"): 8,
    ("postgresql", "hyperopt:random"): 4,
    ("mysql", "optuna:random"): 4,
    ("sqlite by calls", "optuna:tpe"): 4,
    ("postgresql by calls", "optuna:random"): 4,
    ("mysql by calls", "optuna:random"): 4,
}
"""How often each study is killed: by its store, and how trials are written there if not by statements."""

SLOW = ("sqlite by calls", "journal", "postgresql", "postgresql by calls", "mysql", "mysql by calls")
"""Where the last write of a trial is looked at, besides SQLite."""

ALWAYS = ("sqlite", "optuna:tpe")
"""The study that is killed whenever tests run; the others are slow."""

N_KILLS = 50
"""How many kills there are to be at the least."""

OPENING_SECONDS = 0.4
TRIAL_SECONDS = 0.03
"""A kill comes within these after the line that it waits for: about as long as what it is to hit takes."""

LAST = 50
"""The trial at which a process that is to be killed waits for it."""

PATIENCE_SECONDS = 60.0

Line = dict[str, Any]
"""What the script has noted of one moment."""

Moment = Callable[[list[Line]], bool]
"""Takes the lines up to now, and says whether a signal is due."""


@dataclass(frozen=True)
class Kill:
    """When a process is killed."""

    n_ended: int | None
    """After how many trials, of all processes together; None for while it opens the study."""
    seconds: float
    """How long after that."""

    def is_due(self, lines: list[Line]) -> bool:
        return self.n_ended is None or len(_of(lines, "ended")) >= self.n_ended


class Process:
    """One of the processes that the script has forked.

    Args:
        pid: Its id.
        flags: What it is to do.
        door: Descriptor where it waits for them.
        ended: The file with the exit statuses.
    """

    def __init__(self, pid: int, flags: str, door: int, ended: Path) -> None:
        self._pid = pid
        self._flags = flags
        self._door = door
        self._ended = ended

    def go(self) -> None:
        os.write(self._door, f"{self._flags}\n".encode())

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs."""
        statuses = dict(lines_of(self._ended)[1:])
        return statuses.get(self._pid)

    def wait(self) -> int:
        """Return its exit status when it has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (status := self.poll()) is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self._pid, number)


def lines_of(path: Path) -> list[Any]:
    """Return the whole lines of a file, decoded."""
    whole, _, _ = path.read_text("utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


class Killed:
    """A study and its processes.

    Args:
        url: Its store.
        backend: Its backend.
        folder: Where its evidence and its log go.
    """

    def __init__(self, url: str, backend: str, folder: Path) -> None:
        self.url = url
        self.backend = backend
        self._folder = folder
        self._evidence, self._log = folder / "evidence", folder / "log"
        self._evidence.touch()
        self.n_kills = 0

    @property
    def lines(self) -> list[Line]:
        return lines_of(self._evidence)

    @property
    def _size(self) -> int:
        return self._evidence.stat().st_size

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    @contextmanager
    def processes(self, *flags: str) -> Iterator[list[Process]]:
        """Start a process for each line of flags; with their libraries loaded, they wait to be told to go."""
        ended = self._folder / "ended"
        ended.touch()
        pipes = [os.pipe() for _ in flags]
        inner, doors = [read for read, _ in pipes], [write for _, write in pipes]
        command = [sys.executable, str(SCRIPT), self.url, self.backend, str(self._evidence), str(ended)]
        started: list[Process] = []
        with self._log.open("ab") as log, ExitStack() as closing:
            script = subprocess.Popen([*command, *map(str, inner)], pass_fds=inner, stdout=log, stderr=log)
            for read, write in pipes:
                os.close(read)
                closing.callback(os.close, write)
            try:
                pids = self._pids(script, ended)
                started += [Process(*given, ended) for given in zip(pids, flags, doors, strict=True)]
                yield started
            finally:
                for process in started:
                    process.send_signal(signal.SIGKILL)
                script.wait(PATIENCE_SECONDS)

    def _pids(self, script: subprocess.Popen[bytes], ended: Path) -> list[int]:
        """Return what a script has forked, once it has."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (lines := lines_of(ended)):
            assert script.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.005)
        pids: list[int] = lines[0]
        return pids

    def kill(self, process: Process, moment: Moment, seconds: float = 0.0) -> None:
        """Let a process go, and kill it."""
        assert self.signal(process, signal.SIGKILL, moment, seconds) == -signal.SIGKILL, self.log
        self.n_kills += 1

    def signal(self, process: Process, number: signal.Signals, moment: Moment, seconds: float = 0.0) -> int:
        """Let a process go, send it a signal, and return its exit status."""
        begun, size = len(_of(self.lines, "opening")), self._size
        process.go()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(_of(lines := self.lines, "opening")) == begun or not moment(lines):
            while self._size == size:
                assert process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.001)
            size = self._size
        time.sleep(seconds)
        process.send_signal(number)
        return process.wait()

    def finish(self, process: Process) -> None:
        """Let a process go to the end of the study."""
        process.go()
        assert process.wait() == 0, self.log
        assert self.lines[-1] == {"what": "done", "stop_reason": "n_trials"}


def plan(seed: str, n_kills: int) -> list[Kill]:
    """Draw when the processes of a study are killed: two while it is opened, the first and another."""
    rng = random.Random(seed)
    ends = sorted(rng.sample(range(1, LAST), n_kills - 2))
    kills = [Kill(n_ended, rng.uniform(0.0, TRIAL_SECONDS)) for n_ended in ends]
    kills.insert(0, Kill(None, rng.uniform(0.0, OPENING_SECONDS)))
    kills.insert(rng.randrange(2, len(kills) + 1), Kill(None, rng.uniform(0.0, OPENING_SECONDS)))
    return kills


def killed_again_and_again(study: Killed, n_kills: int) -> None:
    """Run a study to its end, through kills at random moments, and one in the middle of trial `LAST`."""
    kills = plan(f"{study.url.partition(':')[0]} {study.backend}", n_kills - 1)
    with study.processes(*[f"--hold={LAST}"] * n_kills, "") as [*doomed, last]:
        for process, kill in zip(doomed, kills, strict=False):
            study.kill(process, kill.is_due, kill.seconds)
        study.kill(doomed[-1], partial(_runs, LAST))
        study.finish(last)


@cache
def script() -> ModuleType:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("killed_study", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _of(lines: list[Line], what: str) -> list[Line]:
    return [line for line in lines if line["what"] == what]


def attempts(url: str) -> dict[int, list[tb.StoredTrial]]:
    """Return all attempts that a store has, by number, in order."""
    found = defaultdict(list)
    for trial in stored_study(url, "killed").trials:
        assert trial.number is not None
        found[trial.number].append(trial)
    return dict(sorted(found.items()))


def shown(result: tb.Result) -> list[Line]:
    """Return what the script notes of the trials of a result, but for their attempts."""
    space = result.problem.space
    return [
        {
            "number": trial.number,
            "seed": trial.seed,
            "state": trial.state.name,
            "values": trial.values and list(trial.values),
            "params": tb.to_natural(space, trial.params),
            "reports": [report.value for report in trial.reports],
        }
        for trial in result.trials
    ]


def uninterrupted(backend: str) -> list[Line]:
    """Return the trials of the study that was never killed, which no store has seen."""
    trials = shown(script().tune(backend))
    counts = Counter(trial["state"] for trial in trials)
    assert min(counts[state] for state in ("COMPLETE", "PRUNED", "FAILED")) >= 3
    return trials


def assert_nothing_is_lost_or_done_twice(study: Killed) -> None:
    trials = shown(tb.load_study(study.url, "killed"))
    assert [trial["number"] for trial in trials] == list(range(script().N_TRIALS))
    ended = set()
    for line in study.lines:
        if line["what"] in {"began", "ended"}:
            assert line["number"] not in ended
        if line["what"] == "ended":
            ended.add(line["number"])
            trial = trials[line["number"]]
            assert {key: line[key] for key in trial} == trial


def assert_what_was_interrupted_was_tried_again(study: Killed) -> None:
    """Check the attempts; a kill may hit between the begin of one and the script's note of it."""
    stored, began = attempts(study.url), _of(study.lines, "began")
    for number, tries in stored.items():
        assert [trial.attempt for trial in tries] == list(range(len(tries)))
        assert [trial.state for trial in tries[:-1]] == [tb.TrialState.INTERRUPTED] * (len(tries) - 1)
        assert tries[-1].state in {tb.TrialState.COMPLETE, tb.TrialState.PRUNED, tb.TrialState.FAILED}
        first = {"params": dict(tries[0].params), "seed": tries[0].notes["seed"]}
        assert all((trial.params, trial.notes["seed"]) == (*first.values(),) for trial in tries)
        noted = [line for line in began if line["number"] == number]
        assert all({key: line[key] for key in first} == first for line in noted)
        assert len(noted) <= len(tries)
    assert len(stored[LAST]) >= 2
    n_attempts = sum(map(len, stored.values()))
    assert n_attempts - len(stored) <= study.n_kills
    assert n_attempts - len(began) <= study.n_kills


def assert_optuna_reads_it(study: Killed) -> None:
    storage = optuna.storages.RDBStorage(study.url)
    try:
        native = optuna.load_study(study_name="killed", storage=storage).trials
    finally:
        storage.remove_session()
        storage.engine.dispose()
    stored = [trial for tries in attempts(study.url).values() for trial in tries]
    failed = {tb.TrialState.INTERRUPTED, tb.TrialState.FAILED}
    assert len(native) == len(stored)
    assert [trial.state for trial in native].count(NativeState.FAIL) == sum(
        trial.state in failed for trial in stored
    )
    assert not any(trial.state is NativeState.RUNNING for trial in native)


def test_there_are_fifty_kills_at_least() -> None:
    assert sum(STUDIES.values()) >= N_KILLS


@pytest.mark.parametrize(
    ("scheme", "backend"),
    [ALWAYS, *(pytest.param(*study, marks=pytest.mark.slow) for study in STUDIES if study != ALWAYS)],
)
def test_a_study_killed_again_and_again_ends_as_if_it_had_not_been(
    scheme: str,
    backend: str,
    new_store: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = Killed(new_store(database_of(scheme, monkeypatch)), backend, tmp_path)
    killed_again_and_again(study, STUDIES[scheme, backend])
    assert study.n_kills == STUDIES[scheme, backend]
    assert_nothing_is_lost_or_done_twice(study)
    assert_what_was_interrupted_was_tried_again(study)
    opened = _of(study.lines, "open")
    assert [line for line in opened if line["exact"] is False] == []
    result = tb.load_study(study.url, "killed")
    assert shown(result) == uninterrupted(backend)
    if backend in script().SPACES:
        assert_visited(result.problem.space, [trial.params for trial in result.trials], once=True)
    if scheme.startswith("sqlite"):
        assert_optuna_reads_it(study)


@pytest.mark.parametrize(
    "scheme",
    ["sqlite", *(pytest.param(scheme, marks=pytest.mark.slow) for scheme in SLOW)],
)
@pytest.mark.parametrize(("where", "n_attempts"), [("before", 2), ("after", 1)])
def test_a_trial_is_tried_again_unless_the_last_of_its_writes_is_done(
    scheme: str,
    where: str,
    n_attempts: int,
    new_store: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = Killed(new_store(database_of(scheme, monkeypatch)), "optuna:tpe", tmp_path)
    with study.processes(f"--hold=7 --where={where}", "") as [first, last]:
        study.kill(first, lambda lines: lines[-1]["what"] == "holding")
        study.finish(last)
    assert [line["number"] for line in _of(study.lines, "ended")].count(7) == n_attempts - 1
    assert len(attempts(study.url)[7]) == n_attempts
    assert_nothing_is_lost_or_done_twice(study)
    assert shown(tb.load_study(study.url, "killed")) == uninterrupted("optuna:tpe")


def test_dropped_trials_stay_interrupted_and_are_not_counted(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    study, dropped = Killed(new_store("sqlite"), "optuna:random", tmp_path), [10, 11, 40]
    flags = " ".join(["--interrupted=drop", "--hold", *map(str, dropped)])
    with study.processes(*[flags] * 4) as processes:
        for process, number in zip(processes, dropped, strict=False):
            study.kill(process, partial(_runs, number))
        study.finish(processes[-1])
    trials = shown(tb.load_study(study.url, "killed"))
    ended = [trial for trial in trials if trial["state"] != "INTERRUPTED"]
    assert [trial["number"] for trial in trials if trial not in ended] == dropped
    assert len(ended) == script().N_TRIALS
    whole = shown(script().tune("optuna:random", n_trials=63))
    assert [trial["params"] for trial in trials] == [trial["params"] for trial in whole]


def test_ctrl_c_ends_a_study_cleanly_and_it_goes_on(new_store: Callable[[str], str], tmp_path: Path) -> None:
    study = Killed(new_store("sqlite"), "optuna:tpe", tmp_path)
    with study.processes("--hold=20", "") as [first, last]:
        status = study.signal(first, signal.SIGINT, partial(_runs, 20))
        assert status == script().EXIT_INTERRUPTED
        assert [(line["what"], line.get("state")) for line in study.lines[-2:]] == [
            ("ended", "INTERRUPTED"),
            ("done", None),
        ]
        assert attempts(study.url)[20][0].state is tb.TrialState.INTERRUPTED
        study.finish(last)
    assert len(attempts(study.url)[20]) == 2
    assert shown(tb.load_study(study.url, "killed")) == uninterrupted("optuna:tpe")
    assert _of(study.lines, "open")[-1]["exact"] is True


def _runs(number: int, lines: list[Line]) -> bool:
    return (lines[-1]["what"], lines[-1].get("number")) == ("began", number)
