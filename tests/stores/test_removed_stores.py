"""A store that is taken away from its writer ends the study with an error, and nobody writes beside it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import tunebridge as tb
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, held, stored_study, trial, write

FILES = ["journal", "sqlite"]


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def moved(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))


def replaced(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").rename(path)


HARMS: list[Callable[[Path], None]] = [Path.unlink, moved, emptied, halved, replaced]


@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "in the last trial"])
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("scheme", FILES)
def test_a_file_that_is_taken_away_is_named_and_the_error_carries_the_result(
    scheme: str, harm: Callable[[Path], None], last: bool, tmp_path: Path
) -> None:
    path = tmp_path / "tune"

    def objective(trial: tb.Trial) -> float:
        if trial.number == (5 if last else 2):
            harm(path)
        return float(trial["x"])

    problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
    with pytest.raises(tb.StudyFailedError, match=str(path)) as caught:
        tb.tune(problem, backend="optuna:random", n_trials=6, seed=0, storage=f"{scheme}:///{path}")
    assert len(caught.value.result.trials) == (6 if last else 3)
    assert caught.value.hint
    assert not path.exists() or harm in (emptied, halved, replaced)


@pytest.mark.parametrize("scheme", FILES)
def test_a_file_that_is_taken_away_between_the_last_write_and_the_end_is_told(
    scheme: str, tmp_path: Path
) -> None:
    study = tb.open_study(
        tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1))),
        backend="optuna:random",
        n_trials=1,
        seed=0,
        storage=f"{scheme}:///{tmp_path}/tune",
    )
    study.tell(study.ask(), 1.0)  # type: ignore[arg-type]
    (tmp_path / "tune").unlink()
    with pytest.raises(tb.StudyFailedError, match="removed or moved") as caught:
        study.close()
    assert len(caught.value.result.trials) == 1
    assert list(tmp_path.glob("*.writer")) == []


def test_the_log_of_sqlite_that_is_taken_away_is_told(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/tune.db")
    write(store, "study", [trial(0, tb.TrialState.RUNNING)])
    (tmp_path / "tune.db-wal").unlink()
    with pytest.raises(tb.StoreError, match=r"tune\.db-wal was removed"):
        append(store, [trial(1, tb.TrialState.RUNNING)])
    store.close()


@pytest.mark.parametrize("size", [0, 40_000])
def test_the_log_of_sqlite_that_is_truncated_is_told(size: int, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/tune.db")
    write(store, "study", [trial(number, tb.TrialState.RUNNING) for number in range(4)])
    assert (tmp_path / "tune.db-wal").stat().st_size > size
    os.truncate(tmp_path / "tune.db-wal", size)
    with pytest.raises(tb.StoreError, match=r"tune\.db-wal was truncated"):
        append(store, [trial(4, tb.TrialState.RUNNING)])
    store.close()


@pytest.mark.parametrize("statement", ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"])
def test_a_database_that_is_tidied_up_by_sqlite_itself_is_still_the_writer_s(
    statement: str, tmp_path: Path
) -> None:
    path = tmp_path / "tune.db"
    lengths = []

    def objective(trial: tb.Trial) -> float:
        trial.note("much", "x" * (50_000 if trial.number < 3 else 1))
        if trial.number == 4:
            lengths.append(path.stat().st_size)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("DELETE FROM trial_user_attributes WHERE key LIKE 'others%'")
                other.execute(statement)
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            lengths.append(path.stat().st_size)
        return float(trial["x"])

    def filled(store: sqlite3.Connection) -> None:
        for place in range(300):
            store.execute(
                "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (1, ?, ?)",
                (f"others {place}", '"' + "y" * 3000 + '"'),
            )

    problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
    settings = {"backend": "optuna:random", "seed": 0, "storage": f"sqlite:///{path}", "study": "s"}
    tb.tune(problem, n_trials=2, **settings)  # type: ignore[arg-type]
    with closing(sqlite3.connect(path)) as other:
        filled(other)
        other.commit()
    result = tb.tune(problem, n_trials=8, **settings)  # type: ignore[arg-type]
    assert (lengths[1] < lengths[0]) == (statement == "VACUUM")
    assert len(result.trials) == len(tb.load_study(f"sqlite:///{path}", "s").trials) == 8


@pytest.mark.parametrize("scheme", FILES)
def test_of_two_writers_whose_lock_was_tidied_away_the_first_writes_no_more(
    scheme: str, tmp_path: Path
) -> None:
    url = f"{scheme}:///{tmp_path}/tune"
    first, second = open_store(url), open_store(url)
    write(first, "study", [trial(0, tb.TrialState.RUNNING)])
    for lock in tmp_path.glob("*.writer"):
        lock.unlink()
    second.claim("study")
    with pytest.raises(tb.StoreError, match=r"tune\.writer was .* while a study was written"):
        append(first, [trial(1, tb.TrialState.RUNNING)])
    append(second, [trial(1, tb.TrialState.RUNNING)])
    loaded = second.load("study")
    assert loaded is not None
    assert [one.number for one in loaded.trials] == [0, 1]
    first.close()
    with pytest.raises(tb.StoreError, match="live writer"):
        open_store(url).claim("study")
    second.close()


FORKS = """
import os, sys
import tunebridge as tb

def objective(trial):
    if trial.number == 1:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
    trial.report(0.5, 0)
    return trial["x"]

problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
tb.tune(problem, backend="optuna:random", n_trials=4, seed=0, storage=sys.argv[1], study="study")
"""


@pytest.mark.parametrize("scheme", [*FILES, "jsonlines", "mysql", "postgresql"])
def test_an_objective_that_forks_and_returns_stores_nothing_twice(
    scheme: str, new_store: Callable[[str], str]
) -> None:
    url = new_store(scheme)
    ran = subprocess.run(
        [sys.executable, "-c", FORKS, url], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "was forked from" in ran.stderr
    loaded = stored_study(url)
    assert [one.key for one in loaded.trials] == [(number, 0) for number in range(4)]
    assert {one.state for one in loaded.trials} == {tb.TrialState.COMPLETE}


LEAVES = """
import os, sys, time
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import write
store = open_store(sys.argv[1])
write(store, "study", [])
child = os.fork()
if child == 0:
    print(os.getpid(), flush=True)
    time.sleep(60)
    os._exit(0)
sys.stdin.read()
"""


@pytest.mark.parametrize("scheme", FILES)
def test_a_child_that_outlives_a_killed_writer_does_not_hold_its_study(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}:///{tmp_path}/tune"
    with subprocess.Popen(
        [sys.executable, "-c", LEAVES, url], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
    try:
        store = open_store(url)
        store.claim("study")
        store.close()
    finally:
        os.kill(child, signal.SIGKILL)
    assert [path.name for path in tmp_path.iterdir()] == ["tune"]


@pytest.mark.parametrize("scheme", FILES)
def test_a_study_that_ends_cleanly_leaves_the_store_alone_also_after_a_killed_one(
    scheme: str, tmp_path: Path
) -> None:
    url = f"{scheme}:///{tmp_path}/tune"
    with held(url, "killed") as process:
        process.kill()
        process.wait()
    assert (tmp_path / "tune.writer").exists()
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    tb.compare(
        problem,
        backends=["optuna:random", "sklearn:random"],
        n_trials=2,
        seeds=[0, 1],
        storage=url,
        study="compared",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["tune"]


def test_a_lock_file_of_an_earlier_version_is_respected_and_stays(tmp_path: Path) -> None:
    import fcntl

    old = tmp_path / "tune.db.study.writer"
    store = open_store(f"sqlite:///{tmp_path}/tune.db")
    with old.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(tb.StoreError, match="live writer"):
            store.claim("study")
    store.claim("study")
    with old.open("a") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tune.db", old.name]


def test_a_database_that_was_moved_is_not_made_anew(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/tune.db")
    write(store, "study", [])
    (tmp_path / "tune.db").rename(tmp_path / "moved.db")
    (tmp_path / "tune.db-wal").rename(tmp_path / "moved.db-wal")
    with pytest.raises(tb.StoreError, match=r"tune\.db was removed or moved"):
        append(store, [trial(0, tb.TrialState.RUNNING)])
    store.close()
    assert not (tmp_path / "tune.db").exists()
    connection = sqlite3.connect(tmp_path / "moved.db")
    assert connection.execute("SELECT study_name FROM studies").fetchall() == [("study",)]
    connection.close()
