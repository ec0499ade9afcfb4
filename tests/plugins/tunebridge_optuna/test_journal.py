"""A journal that a killed writer has spoilt is mended, or the spoilt line is named."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from tunebridge import StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, assert_same, study, trial, write
from tunebridge_optuna import mending

TORN = b'{"op_code":4,"worker_id":"6c1f-1","study_id":0,"datetime_st'

TRIALS = [trial(number, TrialState.COMPLETE, values=(float(number),)) for number in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a journal with a study of three trials."""
    store = open_store(f"journal:///{tmp_path}/tune.log")
    write(store, "study", TRIALS)
    store.close()
    return tmp_path / "tune.log"


def glue(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("torn", [TORN, b"{", TORN + bytes(4096), bytes(100), TORN + b"x" * 200_000])
def test_an_unfinished_last_line_is_read_over_and_cut_off_by_the_next_writer(
    path: Path, torn: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = path.read_bytes()
    glue(path, torn)
    store = open_store(f"journal:///{path}")
    assert_same(store.load("study"), study("study", TRIALS))
    assert path.read_bytes() == before + torn
    with caplog.at_level(logging.WARNING, logger="tunebridge_optuna.mending"):
        store.claim("study")
    assert f"{len(torn)} bytes off {path}" in caplog.text
    append(store, [trial(3, TrialState.RUNNING)])
    store.close()
    native = optuna.load_study(study_name="study", storage=JournalStorage(JournalFileBackend(str(path))))
    assert len(native.trials) == 4


def test_what_another_writer_leaves_unfinished_is_cut_off_before_the_next_append(path: Path) -> None:
    store = open_store(f"journal:///{path}")
    store.claim("study")
    glue(path, TORN)
    append(store, [trial(3, TrialState.RUNNING)])
    store.close()
    assert_same(
        open_store(f"journal:///{path}").load("study"),
        study("study", [*TRIALS, trial(3, TrialState.RUNNING)]),
    )


@pytest.mark.parametrize("place", [0, 3, -2, -1], ids=["first", "middle", "last but one", "last"])
def test_a_spoilt_line_is_named_and_nothing_is_changed(path: Path, place: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[place] = lines[place][:20] + lines[place]
    path.write_bytes(b"".join(lines))
    with pytest.raises(StoreError, match=rf"line {place % len(lines) + 1}, which is no entry") as caught:
        open_store(f"journal:///{path}").claim("study")
    assert "restore it from a copy" in caught.value.hint
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("place", [0, 3, -1], ids=["first", "middle", "last"])
def test_a_line_that_is_spoilt_after_it_was_read_is_named_to_who_is_about_to_write(
    path: Path, place: int
) -> None:
    store = open_store(f"journal:///{path}")
    assert_same(store.load("study"), study("study", TRIALS))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[place] = b"x" + lines[place][1:]
    status = path.stat()
    path.write_bytes(b"".join(lines))
    assert path.stat().st_size == status.st_size
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(StoreError, match=rf"line {place % len(lines) + 1} is no entry"):
        store.claim("study")


def test_lines_that_are_cut_out_after_they_were_read_are_missed_by_who_is_about_to_write(path: Path) -> None:
    store = open_store(f"journal:///{path}")
    store.load("study")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4] + lines[5:]))
    with pytest.raises(StoreError, match="bytes missing between lines"):
        store.claim("study")


def test_entries_that_contradict_one_another_are_told(path: Path) -> None:
    glue(path, b'{"op_code":77,"worker_id":"6c1f-1"}\n')
    store = open_store(f"journal:///{path}")
    with pytest.raises(StoreError, match=r"found line \d+, which contradicts those before it"):
        store.claim("study")
    loaded = store.load("study")
    assert loaded is not None
    assert (loaded.trials, len(loaded.damaged)) == (tuple(TRIALS), 1)


def test_a_last_line_that_is_whole_and_no_entry_is_told_though_optuna_passes_over_it(path: Path) -> None:
    glue(path, TORN + b"\n")
    optuna.load_study(study_name="study", storage=JournalStorage(JournalFileBackend(str(path))))
    store = open_store(f"journal:///{path}")
    with pytest.raises(StoreError, match=r"found line \d+, which is no entry"):
        store.claim("study")


@pytest.mark.parametrize("target", ["tune.log", "missing.log"], ids=["relative", "dangling"])
def test_the_lock_of_a_dead_writer_is_cleared(
    path: Path, target: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "GRACE", 0.3)
    Path(f"{path}.lock").symlink_to(target)
    store = open_store(f"journal:///{path}")
    begin = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="tunebridge_optuna.mending"):
        store.claim("study")
    assert time.monotonic() - begin >= mending.GRACE
    assert "died" in caplog.text
    store.close()
    assert not os.path.lexists(f"{path}.lock")


def test_the_lock_of_a_live_writer_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = Path(f"{path}.lock")
    link.symlink_to(path)
    left = 20

    def tick(seconds: float) -> None:
        """Take the lock anew, as a live writer does, and in the end give it up."""
        nonlocal left
        left -= 1
        link.unlink(missing_ok=True)
        if left > 0:
            link.symlink_to(path)

    monkeypatch.setattr(time, "sleep", tick)
    monkeypatch.setattr(mending, "GRACE", 60.0)
    store = open_store(f"journal:///{path}")
    store.claim("study")
    store.close()
    assert left <= 19


def later_study(path: Path, line: int) -> int:
    """Write a second study behind the first one, spoil one of the lines, and return its number."""
    store = open_store(f"journal:///{path}")
    write(store, "later", TRIALS)
    store.close()
    lines = path.read_bytes().splitlines(keepends=True)
    number = line % len(lines)
    lines[number] = lines[number][:20] + b'"' + lines[number][20:]
    path.write_bytes(b"".join(lines))
    return number + 1


def test_what_stands_before_a_spoilt_line_is_read_and_the_line_is_said(path: Path) -> None:
    line = later_study(path, -2)
    store = open_store(f"journal:///{path}")
    assert store.studies() == ["study", "later"]
    for name, n_trials in {"study": 3, "later": 2}.items():
        loaded = store.load(name)
        assert loaded is not None
        assert loaded.trials[:n_trials] == tuple(TRIALS[:n_trials])
        assert f"line {line}, which is no entry: what follows is not read" in str(loaded.damaged[0])
    store.close()


def test_studies_that_begin_after_a_spoilt_line_are_listed_and_not_taken_for_new_ones(path: Path) -> None:
    line = later_study(path, 3)
    store = open_store(f"journal:///{path}")
    assert store.studies() == ["study", "later"]
    for refused in (store.load, store.claim):
        with pytest.raises(StoreError, match=f"line {line}, which is no entry"):
            refused("later")
    store.close()


def test_a_journal_whose_first_line_is_spoilt_hides_no_name(path: Path) -> None:
    later_study(path, 0)
    assert open_store(f"journal:///{path}").studies() == ["later"]
