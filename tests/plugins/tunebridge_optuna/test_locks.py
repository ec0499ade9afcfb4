"""The lock of a study's writer holds where it must, and its loss stops the study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import sqlalchemy

import tunebridge as tb
from tunebridge import StoreError, TrialState
from tunebridge.registry.store_url import open_store
from tunebridge.testing.store_events import append, study, trial, write
from tunebridge_optuna import locks
from tunebridge_optuna.locks import FileWriterLock, file_system, is_network

NewStore = Callable[[str], str]

OTHERS = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
"""Ends all other sessions of a database, or in MySQL finds them."""


def end_other_sessions(url: str, n_least: int = 2) -> None:
    """End the sessions of a store on a server, as a restart or a broken network does."""
    scheme = url.partition(":")[0]
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[scheme]
    engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername=driver))
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.text(OTHERS[scheme])).scalars().all()
        assert len(found) >= n_least
        if scheme == "mysql":
            for number in found:
                connection.execute(sqlalchemy.text(f"KILL {number}"))
    engine.dispose()


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_a_lost_connection_of_the_lock_stops_the_study_before_it_writes(
    scheme: str, new_store: NewStore
) -> None:
    url = new_store(scheme)
    first, second = open_store(url), open_store(url)
    write(first, "study", [trial(0, TrialState.COMPLETE, values=(1.0,))])
    end_other_sessions(url)
    second.claim("study")
    append(second, [trial(1, TrialState.COMPLETE, values=(1.0,))])
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be written to") as caught:
            append(first, [trial(2, TrialState.COMPLETE, values=(1.0,))])
        assert caught.value.hint
    first.close()
    append(second, [trial(3, TrialState.COMPLETE, values=(1.0,))])
    loaded = second.load("study")
    second.close()
    assert loaded is not None
    assert [one.number for one in loaded.trials] == [0, 1, 3]


def test_a_pooler_that_hands_out_another_session_is_noticed(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(new_store("postgresql"))
    store.claim("study")
    monkeypatch.setattr(locks.ServerWriterLock, "_ask", lambda lock, question: "another one")
    with pytest.raises(StoreError, match="gone") as caught:
        store.append(tb.SegmentBegan({}))
    assert "pooler" in caught.value.hint
    store.close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "lustre", "fuse.sshfs", "fuse.gcsfuse"])
def test_a_network_file_system_is_refused_with_the_reason(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="ext4"),
        SimpleNamespace(mountpoint=str(tmp_path), fstype="ext4"),
        SimpleNamespace(mountpoint=str(tmp_path), fstype=kind),
        SimpleNamespace(mountpoint=f"{tmp_path}/local", fstype="ext4"),
        SimpleNamespace(mountpoint=f"{tmp_path}/loc", fstype="ext4"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    (tmp_path / "local").mkdir()
    for scheme in ("sqlite", "journal"):
        store = open_store(f"{scheme}:///{tmp_path}/{scheme}")
        with pytest.raises(StoreError, match=rf"network file system \({kind}\)") as caught:
            store.claim("study")
        assert "local disk" in caught.value.hint
        store.close()
        local = open_store(f"{scheme}:///{tmp_path}/local/{scheme}")
        local.claim("study")
        local.close()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "tmpfs", "overlay", "9p", "apfs", "ntfs", "fuseblk", ""])
def test_file_systems_of_one_host_are_taken(kind: str) -> None:
    assert not is_network(kind)


def test_the_file_system_of_this_folder_is_known(tmp_path: Path) -> None:
    assert file_system(tmp_path / "file") in {one.fstype for one in psutil.disk_partitions(all=True)}


def test_two_paths_of_one_file_are_locked_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "tune.db").touch()
    (tmp_path / "folder/link.db").symlink_to(tmp_path / "tune.db")
    first = FileWriterLock(tmp_path / "tune.db", "study")
    second = FileWriterLock(tmp_path / "folder/link.db", "study")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


@pytest.mark.parametrize("name", ["a" * 300, "学" * 100, ".", "..", "a/../b", "%2F"])
def test_every_name_has_a_lock_of_its_own_in_one_file_that_the_last_holder_removes(
    name: str, tmp_path: Path
) -> None:
    taken = [FileWriterLock(tmp_path / "tune.db", study) for study in (name, name + "b", "study")]
    assert all(lock.take() for lock in taken)
    assert not FileWriterLock(tmp_path / "tune.db", name).take()
    assert [path.name for path in tmp_path.iterdir()] == ["tune.db.writer"]
    for lock in taken:
        assert lock.path.exists()
        lock.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["journal", "mysql", "postgresql", "sqlite"])
def test_whoever_is_about_to_create_a_study_holds_it(
    scheme: str, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.0)  # nobody dies here whose death a server has to notice
    url = new_store(scheme)
    first, second = open_store(url), open_store(url)
    first.claim("study")
    with pytest.raises(StoreError, match="about to create it"):
        second.claim("study")
    first.append(tb.StudyCreated(study("study"), tb.Space(x=tb.Float(0, 1))))
    with pytest.raises(StoreError, match=r"process [0-9]+ on host .+, since 20"):
        second.claim("study")
    first.close()
    second.close()
