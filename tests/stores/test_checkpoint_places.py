"""Where checkpoints go: beside the store, or into a folder that the user names."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.trial.checkpointed import SPACE, training, tune
from tunebridge.stores.checkpoint_places import folder_name
from tunebridge.testing import MemoryStore


def test_a_folder_that_is_given_holds_the_checkpoints_by_study_trial_and_step(tmp_path: Path) -> None:
    url, elsewhere = f"sqlite:///{tmp_path / 'tune.db'}", tmp_path / "deep" / "elsewhere"
    result = tune(training(3), storage=url, study="s", checkpoints=elsewhere)
    (of_study,) = elsewhere.iterdir()
    assert of_study.name.startswith("s-")
    assert sorted(path.relative_to(of_study).as_posix() for path in of_study.glob("*/*")) == ["0/2", "1/2"]
    assert not (tmp_path / "tune.checkpoints").exists()
    loaded = tb.load_study(url, "s", checkpoints=str(elsewhere))
    for trial in (*result.trials, *loaded.trials):
        found = trial.checkpoint("last")
        assert found is not None
        assert (found.step, found.path) == (2, of_study / str(trial.number) / "2")
    assert tb.load_study(url, "s").trials[0].checkpoint("last") is None


@pytest.mark.parametrize("storage", [None, "a store that is no file"])
def test_a_folder_that_is_given_stays_whatever_keeps_the_study(tmp_path: Path, storage: str | None) -> None:
    store: Any = None if storage is None else MemoryStore()
    result = tune(training(2), storage=store, study="s/t", checkpoints=tmp_path)
    last = result.trials[1].checkpoint("last")
    assert last is not None
    del result
    assert (last / "steps.json").exists()
    assert last.path.is_relative_to(tmp_path)
    assert last.path.parents[2] == tmp_path


def test_a_study_in_memory_takes_no_folder_with_checkpoints_of_another_run(tmp_path: Path) -> None:
    tune(training(2), checkpoints=tmp_path)
    with pytest.raises(tb.ProblemError, match="holds the checkpoints of another study"):
        tune(training(2), checkpoints=tmp_path)
    tune(training(2), checkpoints=tmp_path, study="another")


@pytest.mark.parametrize("given", ["", 3, b"bytes", "a file", "s3://bucket/checkpoints"])
def test_what_names_no_folder_is_refused_before_anything_is_stored(tmp_path: Path, given: Any) -> None:
    if given == "a file":
        given = tmp_path / "file"
        given.touch()
    url = f"sqlite:///{tmp_path / 'tune.db'}"
    problem = tb.Problem(training(1), SPACE)
    with pytest.raises(tb.ProblemError, match="checkpoints must be the path of a folder"):
        tb.open_study(problem, backend="sklearn:random", storage=url, study="s", checkpoints=given)
    assert not (tmp_path / "tune.db").exists()


def test_no_study_finds_the_checkpoints_of_another_one_of_its_name(tmp_path: Path) -> None:
    """Not those of a study that was deleted, nor of one in a store beside it."""
    tune(training(3), storage=f"sqlite:///{tmp_path / 'tune.db'}", study="s")
    (tmp_path / "tune.db").unlink()
    for url in (f"sqlite:///{tmp_path / 'tune.db'}", f"journal:///{tmp_path / 'tune.log'}"):
        tune(lambda trial: [trial.report(step) for step in range(3)] and 0.0, storage=url, study="s")
        for trial in tb.load_study(url, "s").trials:
            assert trial.checkpoint("last") is None
            assert trial.checkpoint("best") is None


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = tune(training(3), checkpoints="~/mine").trials[0].checkpoint("last")
    assert found is not None
    assert found.path.is_relative_to(tmp_path / "mine")


@pytest.mark.parametrize("n_letters", [1, 300])
def test_half_a_letter_in_a_name_is_no_fault_and_no_other_name(n_letters: int) -> None:
    names = {folder_name(n_letters * "a" + half) for half in ("", "\ud83d", "\ud83e", "?", "\\ud83d")}
    assert len(names) == 5
    assert all(name.isascii() for name in names)
