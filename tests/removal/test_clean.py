"""Checkpoints that nothing can need are listed and removed; what something could need stays."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any, get_args

import optuna
import pytest

import tunebridge as tb
from tests.population import training
from tests.removal.trained import N_STEPS, N_TRIALS, PROBLEM, place_of, trained
from tunebridge.removal.folders import Mark, store_name
from tunebridge.trial.kept_checkpoints import Which

NewStore = Callable[[str], str]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/tune.db"


def littered(place: Path) -> None:
    """Put back what a study that was killed may leave behind."""
    for number in range(N_TRIALS):
        for step in range(N_STEPS):
            (place / str(number) / str(step)).mkdir(exist_ok=True)
            (place / str(number) / str(step) / "model").write_bytes(b"x" * 1000)
    (place / "1" / "3.part0").mkdir()
    (place / "1" / "3.part0" / "model").write_bytes(b"x" * 500)


def files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_of_a_trial_that_has_ended_the_last_and_the_best_stay(url: str) -> None:
    trained(url)
    place = place_of(url)
    kept = files(place)
    assert tb.clean(url) == []
    littered(place)
    everything = files(place)
    listed = tb.clean(url, dry_run=True)
    assert files(place) == everything
    assert [one.path.name for one in listed] == ["0", "2", "0", "2", "3.part0", "0", "2"]
    assert sum(one.size for one in listed) == 6 * 1000 + 500
    assert {one.reason.split(", ")[1] for one in listed} == {
        "which keeps its last and its best",
        "and never finished",
    }
    assert tb.clean(url) == listed
    assert files(place) == kept
    for one in tb.load_study(url, "net").trials:
        last, best = one.checkpoint("last"), one.checkpoint("best")
        assert last is not None
        assert best is not None
        assert (last.step, best.step) == (3, 1)


def test_a_trial_that_is_to_go_on_keeps_all_but_what_was_never_finished(url: str) -> None:
    trained(url, n_trials=2)
    place = place_of(url)
    with tb.open_study(PROBLEM, storage=url, study="net", backend="optuna:random", seed=0) as study:
        trial = study.ask()
        assert trial is not None
        for step in range(3):
            trial.report(1.0, step)
            with trial.checkpoint() as folder:
                (folder / "model").write_bytes(b"x")
    before = files(place / "2")
    (place / "2" / "3.part0").mkdir()
    assert [one.path.name for one in tb.clean(url)] == ["3.part0"]
    assert files(place / "2") == before


def test_a_trial_that_the_study_does_not_have_leaves_nothing(url: str) -> None:
    trained(url)
    place = place_of(url)
    copytree(place / "0", place / "77")
    (place / "notes of the user").mkdir()
    (found,) = tb.clean(url)
    assert found.path == place / "77"
    assert (place / "notes of the user").is_dir()


def test_what_is_left_of_a_study_that_another_program_deleted_goes(url: str) -> None:
    for name in ("net", "other"):
        trained(url, name)
    place, other = place_of(url), place_of(url, "other")
    optuna.delete_study(study_name="net", storage=url)
    (found,) = tb.clean(url)
    assert (found.path, "not there any more" in found.reason) == (place, True)
    assert not place.exists()
    assert len(files(other)) == 2 * N_TRIALS


def test_a_study_of_the_same_name_does_not_keep_what_is_left_of_the_one_before(url: str) -> None:
    trained(url)
    before = place_of(url)
    optuna.delete_study(study_name="net", storage=url)
    trained(url)
    assert [one.path for one in tb.clean(url)] == [before]
    assert len(files(place_of(url))) == 2 * N_TRIALS


@pytest.mark.parametrize("neighbour", ["tune.log", "tune"])
def test_beside_another_store_of_the_name_nothing_unknown_goes(
    neighbour: str, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Both stores have `tune.checkpoints`, and either knows its own studies alone."""
    trained(url)
    second = f"{'journal' if neighbour == 'tune.log' else 'sqlite'}:///{tmp_path}/{neighbour}"
    trained(second, "theirs")
    (tmp_path / "tune.py").write_text("")
    before = files(tmp_path / "tune.checkpoints")
    with caplog.at_level(logging.WARNING, "tunebridge"):
        assert tb.clean(url) == tb.clean(second) == []
    assert "may be another store's" in caplog.text
    assert files(tmp_path / "tune.checkpoints") == before


def test_of_a_folder_that_others_may_use_only_what_a_deletion_has_left_goes(url: str, tmp_path: Path) -> None:
    folder, second = tmp_path / "shared", f"sqlite:///{tmp_path}/second.db"
    for place in (url, second):
        trained(place, checkpoints=folder)
        trained(place, "gone", checkpoints=folder)
    optuna.delete_study(study_name="gone", storage=url)
    assert tb.clean(url, checkpoints=folder) == []
    (left,) = [
        one for one in folder.iterdir() if one.name.startswith("gone") and _is_left(one, second, folder)
    ]
    Mark(store_name(url), "gone").write(left)
    assert tb.clean(second, checkpoints=folder) == []
    assert [one.path for one in tb.clean(url, checkpoints=folder)] == [left]
    assert len([*folder.iterdir()]) == 3


def _is_left(folder: Path, url: str, root: Path) -> bool:
    checkpoint = tb.load_study(url, "gone", checkpoints=root).trials[0].checkpoint()
    assert checkpoint is not None
    return checkpoint.path.parents[1] != folder


def test_a_mark_on_a_study_that_is_there_removes_nothing(url: str) -> None:
    """A process was killed after it had marked the folder, and before it could delete the study."""
    trained(url)
    place = place_of(url)
    Mark(store_name(url), "net").write(place)
    assert tb.clean(url) == []
    assert len(files(place)) == 2 * N_TRIALS + 1


@pytest.mark.parametrize("join", [False, True])
def test_nothing_goes_while_somebody_writes(url: str, join: bool) -> None:
    trained(url)
    place = place_of(url)
    littered(place)
    before = files(place)
    settings: dict[str, Any] = {"storage": url, "study": "net", "backend": "optuna:random", "seed": 0}
    with (
        tb.open_study(PROBLEM, join=join, **settings),
        pytest.raises(tb.StoreError, match="live writer"),
    ):
        tb.clean(url)
    assert files(place) == before
    assert len(tb.clean(url)) == 7


def test_a_study_that_is_named_is_the_only_one_that_is_looked_at(url: str) -> None:
    for name in ("net", "other"):
        trained(url, name)
        littered(place_of(url, name))
    assert {one.path.parents[1] for one in tb.clean(url, study="net")} == {place_of(url)}
    assert len(tb.clean(url)) == 7
    with pytest.raises(tb.StoreError, match="no study 'nett'"):
        tb.clean(url, study="nett")


def test_a_damaged_study_keeps_all_that_it_has(url: str, caplog: pytest.LogCaptureFixture) -> None:
    trained(url)
    place = place_of(url)
    littered(place)
    before = files(place)
    optuna.load_study(study_name="net", storage=url).set_user_attr("tunebridge", {"format": 2})
    with caplog.at_level(logging.WARNING, "tunebridge"):
        assert tb.clean(url) == []
    assert "damaged" in caplog.text
    assert files(place) == before


def test_a_store_that_is_no_file_needs_the_folder_named(url: str) -> None:
    with pytest.raises(tb.ProblemError, match=r"no file(.|\n)*checkpoints='checkpoints'"):
        tb.clean("postgresql://user@host/database")
    store: Any = tb.open_study
    with pytest.raises(tb.ProblemError, match="takes the URL"):
        tb.clean(store)


def test_an_excluded_trial_keeps_its_checkpoints_as_it_may_be_included_again(url: str) -> None:
    trained(url)
    before = files(place_of(url))
    tb.exclude(url, "net", trials=[1], reason="wrong")
    assert tb.clean(url) == []
    assert files(place_of(url)) == before


def test_a_population_keeps_what_its_members_go_on_from_and_end_with(url: str) -> None:
    class Stops(training.Walk):
        def __call__(self, trial: tb.Trial) -> Any:
            if trial.number == 7 and trial.resumed:
                raise KeyboardInterrupt
            yield from super().__call__(trial)

    whole = training.tune(storage=url, study="whole", n_trials=8)
    training.tune(Stops(), storage=url, study="cut", n_trials=8)
    (cut,) = Path(url.removeprefix("sqlite:///")).with_suffix(".checkpoints").glob("cut-*")
    before, models = files(cut), _models(url)
    tb.clean(url)
    assert files(cut) == before
    assert _models(url) == models
    went_on = training.tune(storage=url, study="whole", n_trials=12)
    assert [one.value for one in went_on.trials[:8]] == [one.value for one in whole.trials]


def _models(url: str) -> list[str]:
    """Return what the last and the best checkpoint of each member hold."""
    found = [one.checkpoint(which) for one in tb.load_study(url, "whole").trials for which in get_args(Which)]
    return ["" if one is None else (one.path / "path.json").read_text() for one in found]


def test_trials_that_wait_to_be_promoted_keep_their_checkpoints(url: str) -> None:
    def stopped(trial: tb.Trial) -> float:
        if trial.number == 3:
            raise KeyboardInterrupt
        for step in range(trial.resumed.step + 1 if trial.resumed else 0, N_STEPS):
            trial.report(float(trial.number), step)
            with trial.checkpoint() as folder:
                (folder / "model").write_bytes(b"x")
        return 0.0

    pruner = tb.pruner("asha", min_resource=1, reduction_factor=4, resume=True)
    found = tb.tune(
        tb.Problem(stopped, PROBLEM.space),
        backend="optuna:random",
        pruner=pruner,
        n_trials=6,
        seed=0,
        storage=url,
        study="net",
    )
    assert {one.state for one in found.trials} >= {tb.TrialState.INTERRUPTED}
    (place,) = Path(url.removeprefix("sqlite:///")).with_suffix(".checkpoints").iterdir()
    before = files(place)
    assert len(before) >= 2
    assert tb.clean(url) == []
    assert files(place) == before
