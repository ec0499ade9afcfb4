"""Weights & Biases: all of its own is in the process that writes, and nothing lies outside of the folder."""

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

import tunebridge as tb
from tests.tracking import wandb_records
from tunebridge_trackers import cards
from tunebridge_trackers.wandb_writer import publish


def test_nothing_of_wandb_is_in_the_study_or_outside_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WANDB_MODE", "online")
    threads = threading.active_count()

    def train(trial: tb.Trial) -> float:
        trial.report(trial["x"], step=5)
        trial.report(trial["x"], step=2)
        return float(trial["x"])

    problem = tb.Problem(train, tb.Space(x=tb.Float(0, 1)))
    observer = tb.observer("wandb", dir=tmp_path / "tracked", project="svm")
    (trial,) = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0, observers=[observer]).trials
    assert "wandb" not in sys.modules
    assert [name for name in os.environ if name.startswith("WANDB")] == ["WANDB_MODE"]
    assert threading.active_count() == threads
    assert not [one for one in psutil.Process().children() if "wandb" in " ".join(one.cmdline())]
    assert [*home.rglob("*")] == []
    assert {path.name for path in (tmp_path / "tracked").iterdir()} == {"wandb"}
    (folder,) = (tmp_path / "tracked" / "wandb").glob("offline-run-*")
    (file,) = folder.glob("*.wandb")
    rows = [one.history for one in wandb_records(file) if one.HasField("history")]
    told = [{(*one.nested_key, one.key)[0]: one.value_json for one in row.item} for row in rows]
    assert [row["step"] for row in told] == ["5", "2"]
    assert {float(row["value"]) for row in told} == {trial.value}


def test_processes_that_share_a_study_write_runs_side_by_side(tmp_path: Path) -> None:
    def joined() -> tb.Study:
        observer = tb.observer("wandb", dir=tmp_path / "tracked")
        problem = tb.Problem(lambda trial: 0.0, tb.Space(x=tb.Float(0, 1)))
        url = f"sqlite:///{tmp_path}/study.db"
        return tb.open_study(
            problem,
            backend="sklearn:random",
            n_trials=3,
            seed=0,
            storage=url,
            study="s",
            join=True,
            observers=[observer],
        )

    left = tmp_path / "tracked" / "wandb" / "tunebridge"
    with joined() as one:
        (folder,) = left.iterdir()
        dead = folder / "work-dead"
        dead.mkdir()
        first = one.ask()
        assert first is not None
        with joined() as other:
            second = other.ask()
            assert second is not None
            other.tell(second, 2.0)
        assert len(_runs(tmp_path)) == 1, "nobody waits until the others have written theirs"
        assert not dead.exists()
        one.tell(first, 1.0)
    assert [path.name.rpartition("-")[0][-1] for path in _runs(tmp_path)] == ["0", "1"]
    assert not [*folder.glob("work-*")]


@pytest.mark.parametrize(("state", "kept"), [("COMPLETE", "later"), (cards.RUNNING, "earlier")])
def test_what_a_later_attempt_has_written_stays(state: str, kept: str, tmp_path: Path) -> None:
    folder, written = tmp_path / "wandb" / "tunebridge" / "s", tmp_path / "written"
    there = tmp_path / "wandb" / "offline-run-1-r"
    for place, words in ((there, "later"), (written, "earlier")):
        place.mkdir(parents=True)
        (place / "run-r.wandb").write_text(f"{words} attempt")
    folder.mkdir(parents=True)
    card = {"id": "r", "number": 0, "attempt": 1, "state": state}
    cards.write(folder / "r.json", card)
    publish(
        folder, written, {"id": "r", "stamp": "0", "card": {**card, "attempt": 0, "state": "INTERRUPTED"}}
    )
    (run,) = (tmp_path / "wandb").glob("offline-run-*-r")
    assert (run / "run-r.wandb").read_text().startswith(kept)
    assert cards.read(folder / "r.json") == card


def _runs(folder: Path) -> list[Path]:
    """Return the folders of runs, by trial."""
    found = (folder / "tracked" / "wandb").glob("offline-run-*")
    return sorted(found, key=lambda path: path.name.split("-")[-2:])


@pytest.mark.parametrize(
    "given",
    [{"project": ""}, {"project": "team/svm"}, {"project": "x" * 129}, {"dir": 5}, {"entity": ""}],
    ids=str,
)
def test_an_option_out_of_bounds_is_refused(given: dict[str, object]) -> None:
    problem = tb.Problem(lambda trial: 0.0, tb.Space(x=tb.Float(0, 1)))
    with pytest.raises(tb.OptionError, match=f"wandb: {next(iter(given))} must be"):
        tb.tune(problem, backend="sklearn:random", n_trials=1, observers=[tb.observer("wandb", **given)])
