"""A journal that has lost lines is told from a shorter one: each line of ours says where it began."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge import Report, StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.stores.loading import find
from tunebridge.testing.store_events import append, assert_same, study, trial, write
from tunebridge_optuna.chain import Gap, move_mark, read_chain

REPORTS = (Report(0, 0.5), Report(2, -0.0))
TRIALS = [trial(number, TrialState.COMPLETE, values=(float(number),), reports=REPORTS) for number in range(2)]
NAMES = ("first", "second")
PROBLEM = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))


def native(path: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(path)))


def plain_study(path: Path, name: str) -> None:
    """Run a study as a program without tunebridge does."""
    optuna.create_study(storage=native(path), study_name=name).optimize(
        lambda trial: trial.suggest_float("x", 0, 1), n_trials=2
    )


def two_studies(path: Path) -> None:
    """Write two studies by two stores that take turns, and a plain one between them."""
    stores = [open_store(f"journal:///{path}") for _ in NAMES]
    for store, name in zip(stores, NAMES, strict=True):
        write(store, name, [])
        plain_study(path, f"plain, beside {name}")
    for one in TRIALS:
        for store in stores:
            append(store, [one])
    for store in stores:
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a journal with two studies of ours and two plain ones, whose last lines are ours."""
    two_studies(tmp_path / "tune.log")
    return tmp_path / "tune.log"


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def old(lines: list[bytes]) -> list[bytes]:
    """Return lines as an earlier version wrote them."""
    return [re.sub(rb'(,"tunebridge:last": *\d+)?,"tunebridge:at":\d+', b"", line) for line in lines]


def assert_refused(path: Path, data: bytes, what: str, names: tuple[str, ...] = NAMES) -> None:
    """Check that a journal of these bytes is damaged to readers, closed to writers, and stays as it is."""
    path.write_bytes(data)
    for name in names:
        store = open_store(f"journal:///{path}")
        for refused in (store.claim, partial(find, store)):
            with pytest.raises(
                StoreError, match=f"{name}' is damaged:\\sthe journal {path}: lines: found {what}"
            ) as caught:
                refused(name)
            assert "restore" in caught.value.hint
        store.close()
    assert path.read_bytes() == data


def test_each_line_that_is_cut_out_is_noticed_whoever_wrote_it(path: Path) -> None:
    lines = lines_of(path)
    assert len(lines) > 30
    for place, line in enumerate(lines):
        rest = b"".join(lines[:place] + lines[place + 1 :])
        last = place == len(lines) - 1
        what = "the end missing" if last else f"{len(line)} bytes missing (before|between)"
        assert_refused(path, rest, what, NAMES[place % 2 :][:1])


def test_the_lines_between_which_some_are_missing_are_named(path: Path) -> None:
    lines = lines_of(path)
    ours = [place for place, line in enumerate(lines) if b'"tunebridge:at"' in line]
    first = next(place for place in range(len(lines)) if place not in ours)
    after = next(place for place in ours if place > first)
    path.write_bytes(b"".join(lines[:first] + lines[first + 1 :]))
    assert read_chain(path).gap == Gap(len(lines[first]), first, after)
    path.write_bytes(b"".join(lines[1:]))
    assert str(read_chain(path).gap) == f"{len(lines[0])} bytes missing before line 1"


def test_each_end_that_is_cut_off_is_noticed_at_a_line_or_within_one(path: Path) -> None:
    lines, whole = lines_of(path), path.read_bytes()
    for size in [*accumulate(map(len, lines[:-1])), len(whole) - 1, len(whole) - len(lines[-1]) // 2]:
        assert_refused(path, whole[:size], r"the end missing: the last line began at byte \d+", NAMES[:1])


def test_an_end_that_is_cut_off_is_noticed_also_when_a_plain_program_has_gone_on(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(b"".join(lines_of(path)[:-3]))
    plain_study(path, "after")
    plain_study(path, "after that")
    assert path.stat().st_size > len(whole)
    assert_refused(path, path.read_bytes(), "the end missing")


def test_lines_of_plain_programs_after_ours_are_theirs(path: Path) -> None:
    plain_study(path, "after")
    lines = lines_of(path)
    path.write_bytes(b"".join(lines[:-2]))
    store = open_store(f"journal:///{path}")
    for name in NAMES:
        assert_same(store.load(name), study(name, TRIALS))
    store.close()


def tuned(path: Path, n_trials: int) -> tb.Result:
    url = f"journal:///{path}"
    return tb.tune(PROBLEM, backend="optuna:random", n_trials=n_trials, seed=0, storage=url, study="s")


def test_a_call_does_not_go_on_with_a_journal_that_has_lost_lines(tmp_path: Path) -> None:
    path = tmp_path / "tune.log"
    tuned(path, 2)
    lines = lines_of(path)
    for place in (0, 4, 8, len(lines) - 1):
        path.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
        with pytest.raises(StoreError, match=r"lines: found .* missing"):
            tuned(path, 3)
    path.write_bytes(b"".join(lines))
    assert len(tuned(path, 3).trials) == 3


def test_what_stands_before_is_loaded_shown_and_a_history(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "tune.log"
    tuned(path, 3)
    lines, url = lines_of(path), f"journal:///{path}"
    ends = [place for place, line in enumerate(lines) if b'"state":1,"values"' in line]
    path.write_bytes(b"".join(lines[: ends[1]] + lines[ends[1] + 1 :]))
    with pytest.raises(StoreError, match=f"the study 's' is damaged:\nthe journal {path}: lines: found"):
        tb.load_study(url, "s")
    left = tb.load_study(url, "s", on_damage="skip")
    assert [trial.value for trial in left.trials if trial.state is TrialState.COMPLETE] == [
        left.trials[0].params["x"]
    ]
    assert f"missing between lines {ends[1]} and {ends[1] + 1}" in left.damaged[0]
    assert "missing between lines" in " ".join(look("show", url, "--study", "s")[1].split())
    assert "damaged" in look("studies", url)[1]
    result = tb.tune(PROBLEM, backend="hyperopt:tpe", n_trials=1, seed=0, history=left)
    assert "goes on with 1 of 1 earlier trials" in str(result.carried)


def test_the_studies_of_a_journal_that_has_lost_lines_are_still_listed(path: Path) -> None:
    path.write_bytes(b"".join(lines_of(path)[:-1]))
    assert open_store(f"journal:///{path}").studies() == list(NAMES)


@pytest.mark.parametrize("place", range(5))
def test_a_journal_that_has_lost_how_a_study_began_is_listed_as_damaged(
    place: int, tmp_path: Path, look: Look
) -> None:
    path = tmp_path / "tune.log"
    tuned(path, 1)
    lines, url = lines_of(path), f"journal:///{path}"
    path.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
    name = "s" if place else "(unknown)"
    assert open_store(url).studies() == [name]
    code, listed, _ = look("studies", url)
    assert code == 0
    assert name in listed
    assert re.search(r"damaged:.*lines:\s+found.*missing", " ".join(listed.split()))
    with pytest.raises(StoreError, match="store of the study 'new' is damaged") as caught:
        tb.tune(PROBLEM, backend="optuna:random", n_trials=1, seed=0, storage=url, study="new")
    assert "another store" in caught.value.hint


def test_a_journal_of_an_earlier_version_is_read_gone_on_with_and_counted_from_then_on(path: Path) -> None:
    before = old(lines_of(path))
    path.write_bytes(b"".join(before))
    assert read_chain(path).mark is None
    store = open_store(f"journal:///{path}")
    assert_same(store.load("first"), study("first", TRIALS))
    write_more = [trial(number, TrialState.RUNNING) for number in (2, 3)]
    store.claim("first")
    append(store, write_more)
    store.close()
    lines = lines_of(path)
    assert lines[: len(before)] == before
    assert len(re.findall(b"tunebridge:last", b"".join(lines))) == 1
    for place in range(len(lines)):
        assert_refused(path, b"".join(lines[:place] + lines[place + 1 :]), ".* missing", ("second",))
    path.write_bytes(b"".join(lines))
    assert_same(open_store(f"journal:///{path}").load("first"), study("first", [*TRIALS, *write_more]))


def test_an_earlier_version_may_go_on_too(path: Path) -> None:
    lines = lines_of(path)
    path.write_bytes(b"".join([*lines, *old(lines[-1:])]))
    assert read_chain(path).gap is None


KILLED = """
import os, signal, sys
import tunebridge_optuna.journal as journal
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, trial
from tunebridge import TrialState
store = open_store(sys.argv[1])
store.claim("first")
append(store, [trial(2, TrialState.RUNNING)])
journal.move_mark = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
append(store, [trial(3, TrialState.RUNNING)])
"""


def test_a_writer_that_is_killed_before_it_moved_the_mark_has_left_no_gap(path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED, f"journal:///{path}"], check=False)
    assert ran.returncode == -signal.SIGKILL
    begun = [*TRIALS, trial(2, TrialState.RUNNING), trial(3, TrialState.RUNNING)]
    store = open_store(f"journal:///{path}")
    assert_same(store.load("first"), study("first", begun))
    os.unlink(f"{path}.lock")
    store.claim("first")
    append(store, [trial(4, TrialState.RUNNING)])
    store.close()
    lines = lines_of(path)
    for place in range(len(lines) - 3, len(lines)):
        assert_refused(path, b"".join(lines[:place] + lines[place + 1 :]), ".* missing")


def test_writers_beside_one_another_and_beside_plain_programs_leave_one_chain(path: Path) -> None:
    def ours(name: str) -> None:
        store = open_store(f"journal:///{path}")
        write(store, name, TRIALS * 3)
        store.close()

    def reading() -> None:
        for _ in range(20):
            assert open_store(f"journal:///{path}").load("first") is not None

    jobs: list[Callable[[], None]] = [lambda name=name: ours(name) for name in "abc"]  # type: ignore[misc]
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(job) for job in (*jobs, lambda: plain_study(path, "d"), reading)]
        for one in done:
            one.result()
    chain = read_chain(path)
    assert (chain.gap, len(re.findall(b"tunebridge:last", path.read_bytes()))) == (None, 1)
    last = [place for place, line in enumerate(lines_of(path)) if b'"tunebridge:at"' in line][-1]
    assert_refused(path, b"".join(lines_of(path)[:last]), "the end missing")


def test_the_mark_is_never_written_into_a_file_that_has_none_there(path: Path) -> None:
    writing = open_store(f"journal:///{path}")
    writing.claim("first")
    append(writing, [trial(2, TrialState.RUNNING)])
    first = path.with_name("first.log")
    path.rename(first)
    path.write_bytes(b"".join(old(lines_of(first))))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="replaced"):
        append(writing, [trial(3, TrialState.RUNNING)])
    move_mark(path, 100, 5)
    assert path.read_bytes() == before
    writing.close()


def test_values_that_look_like_a_chain_are_values(tmp_path: Path) -> None:
    path = tmp_path / "tune.log"
    plain = optuna.create_study(storage=native(path), study_name=',"tunebridge:at":99999}')
    for value in ({"a": 1, "tunebridge:at": 10**9}, ',"tunebridge:at":99999}\n', ["tunebridge:last"]):
        plain.set_user_attr("looks", value)
    chain = read_chain(path)
    assert (chain.mark, chain.gap) == (None, None)


def test_a_copied_study_is_not_measured_by_the_journal_it_came_from(path: Path, tmp_path: Path) -> None:
    url = f"journal:///{tmp_path}/copy.log"
    optuna.copy_study(
        from_study_name="second", from_storage=native(path), to_storage=native(tmp_path / "copy.log")
    )
    assert_same(open_store(url).load("second"), study("second", TRIALS))
