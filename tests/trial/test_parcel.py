"""Checkpoints that travel as bytes."""

import pickle
from pathlib import Path

import pytest

import tunebridge as tb
from tunebridge.trial.checkpoint_folder import CheckpointFolder
from tunebridge.trial.parcel import ParcelFolder, parcel
from tunebridge.trial.said import Written


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def write(folder: Path) -> dict[str, bytes]:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "model.bin").write_bytes(bytes(range(256)))
    (folder / "deep" / "er" / "ü.txt").write_text("naïve", "utf-8")
    return files(folder)


def test_what_was_written_elsewhere_is_the_studys_checkpoint_of_its_step(tmp_path: Path) -> None:
    there, here = ParcelFolder(10**6, ""), CheckpointFolder(tmp_path, 0)
    with there.write(3) as folder:
        wanted = write(folder)
    written = there.written(3)
    assert here.put(written) == Written(3)
    assert files(here.at(3)) == wanted
    assert not folder.exists()


def test_what_is_in_its_place_is_not_written_again(tmp_path: Path) -> None:
    here = CheckpointFolder(tmp_path, 0)
    with here.write(1) as folder:
        wanted = write(folder)
    assert here.put(here.written(1)) == Written(1)
    assert files(here.at(1)) == wanted


def test_a_pickled_parcel_is_a_checkpoint_in_a_folder_of_its_own_that_goes_with_it(tmp_path: Path) -> None:
    wanted = write(tmp_path)
    sent = tb.Checkpoint(path=tmp_path, number=4, step=7, value=0.5, changed={"rate": 0.1})
    came = pickle.loads(pickle.dumps(parcel(sent)))
    assert type(came) is tb.Checkpoint
    assert (came.number, came.step, came.value, came.changed) == (4, 7, 0.5, {"rate": 0.1})
    assert came.path != tmp_path
    assert files(came.path) == wanted
    path = came.path
    del came
    assert not path.exists()
    assert files(tmp_path) == wanted


def test_a_checkpoint_over_the_limit_is_not_sent(tmp_path: Path) -> None:
    there = ParcelFolder(300, "give it a folder")
    with (
        pytest.raises(tb.TrialError, match="holds 500 bytes, and 300 at most") as caught,
        there.write(2) as folder,
    ):
        (folder / "model.bin").write_bytes(bytes(500))
    assert caught.value.hint == "give it a folder"


@pytest.mark.parametrize("is_useful", [True, False])
def test_a_trial_that_is_sent_may_resume_where_the_one_at_home_may(tmp_path: Path, is_useful: bool) -> None:
    folder = CheckpointFolder(tmp_path, 0, is_useful=is_useful)
    trial = tb.Trial({}, number=0, seed=0, folder=folder)
    assert trial.may_resume is is_useful
    assert trial.sent(10**6, "").may_resume is is_useful
    assert not tb.Trial({}, number=0, seed=0).may_resume
