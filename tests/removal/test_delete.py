"""Studies that are deleted: all of them, or nothing, whenever the process dies."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

import tunebridge as tb
from tests.removal.killed_delete import POINTS
from tests.removal.trained import N_TRIALS, PROBLEM, place_of, trained
from tunebridge.registry.plugins import registry
from tunebridge.registry.store_url import open_store
from tunebridge.testing import MemoryStore

NewStore = Callable[[str], str]
SCRIPT = Path(__file__).with_name("killed_delete.py")
N_KILLS = int(os.environ.get("TUNEBRIDGE_TEST_DELETE_KILLS", "0"))
"""How often a study is deleted and the process killed at a random moment; the points are always tried."""


@pytest.fixture
def url(new_store: NewStore) -> str:
    return new_store("sqlite")


def names_in(url: str) -> list[str]:
    store = open_store(url)
    try:
        return store.studies()
    finally:
        store.close()


@pytest.mark.parametrize("scheme", sorted(set(registry().stores)))
def test_a_study_goes_with_its_checkpoints_and_others_stay(
    scheme: str, new_store: NewStore, tmp_path: Path
) -> None:
    url, folder = new_store(scheme), tmp_path / "checkpoints"
    for name in ("net", "net@2"):
        trained(url, name, checkpoints=folder)
    assert len([*folder.iterdir()]) == 2
    (gone,) = tb.delete_study(url, "net", checkpoints=folder)
    assert (gone.name, gone.n_trials, gone.is_elsewhere) == ("net", N_TRIALS, False)
    assert gone.size == N_TRIALS * 2 * 1000
    assert gone.checkpoints is not None
    assert not gone.checkpoints.exists()
    assert names_in(url) == ["net@2"]
    (left,) = folder.iterdir()
    assert sorted(one.name for one in (left / "0").iterdir()) == ["1", "3"]
    trained(url, "net", checkpoints=folder)
    assert len(tb.load_study(url, "net").trials) == N_TRIALS


def test_checkpoints_beside_the_file_are_found_by_themselves(url: str) -> None:
    trained(url)
    place = place_of(url)
    (gone,) = tb.delete_study(url, "net")
    assert (gone.checkpoints, place.exists()) == (place, False)


@pytest.mark.parametrize("scheme", ["sqlite", "journal"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_all_of_it_or_what_the_next_call_completes(
    scheme: str, point: str, new_store: NewStore
) -> None:
    url = new_store(scheme)
    trained(url)
    place = place_of(url)
    killed = subprocess.run(
        [sys.executable, SCRIPT, url, point], capture_output=True, timeout=120, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    _whole_or_gone(url, place)
    if POINTS.index(point) <= POINTS.index("in the store"):
        assert names_in(url) == ["net"]
        tb.delete_study(url, "net")
    elif point != "in the folder":
        tb.clean(url)
    else:
        tb.delete_study(url, "net")
    assert names_in(url) == []
    assert not place.exists()


@pytest.mark.skipif(not N_KILLS, reason="TUNEBRIDGE_TEST_DELETE_KILLS is not set")
@pytest.mark.parametrize("scheme", ["sqlite", "journal", "postgresql", "mysql"])
def test_kills_at_random_moments_leave_all_of_it_or_what_the_next_call_completes(
    scheme: str, new_store: NewStore, tmp_path: Path
) -> None:
    url, folder, chance = new_store(scheme), tmp_path / "checkpoints", random.Random(0)
    for _ in range(N_KILLS):
        trained(url, n_trials=40, checkpoints=folder)
        (place,) = folder.iterdir()
        line = f"tb.delete_study({url!r}, 'net', checkpoints={str(folder)!r})"
        code = f"import tunebridge as tb, tunebridge.removal.delete; print(flush=True); {line}"
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 2.0))
        process.kill()
        process.communicate()
        _whole_or_gone(url, place, n_trials=40, checkpoints=folder)
        if place.exists() or names_in(url):
            tb.delete_study(url, "net", checkpoints=folder)
        assert names_in(url) == []
        assert not place.exists()


EXCLUDING = """
import tunebridge as tb
print(flush=True)
while True:
    tb.exclude({url!r}, "net", trials=[0, 1], reason="a")
    tb.include({url!r}, "net", trials=[0])
    tb.include({url!r}, "net", trials=[1])
"""


@pytest.mark.skipif(not N_KILLS, reason="TUNEBRIDGE_TEST_DELETE_KILLS is not set")
@pytest.mark.parametrize("scheme", ["sqlite", "journal", "postgresql", "mysql"])
def test_kills_while_trials_are_excluded_leave_the_study_whole(scheme: str, new_store: NewStore) -> None:
    url, chance = new_store(scheme), random.Random(0)
    trained(url)
    for _ in range(N_KILLS):
        line = [sys.executable, "-c", EXCLUDING.format(url=url)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.5, 2.0))
        process.kill()
        process.communicate()
        found = tb.load_study(url, "net")
        assert [one.number for one in found.trials if one.excluded] in ([], [0, 1], [1])
        tb.exclude(url, "net", trials=[0, 1], reason="b")
        assert tb.include(url, "net", trials=[0, 1]) == (0, 1)


def _whole_or_gone(url: str, place: Path, n_trials: int = N_TRIALS, checkpoints: Path | None = None) -> None:
    if names_in(url):
        found = tb.load_study(url, "net", checkpoints=checkpoints)
        assert len(found.trials) == n_trials
        for one in found.trials:
            last, best = one.checkpoint("last"), one.checkpoint("best")
            assert last is not None
            assert best is not None
            assert (last.step, best.step) == (3, 1)
            assert (last.path / "model").stat().st_size == 1000


def test_a_study_that_somebody_writes_stays_with_all_that_it_has(url: str) -> None:
    trained(url)
    place = place_of(url)
    before = sorted(place.rglob("*"))
    for join in (False, True):
        with (
            tb.open_study(PROBLEM, storage=url, study="net", join=join, backend="optuna:random", seed=0),
            pytest.raises(tb.StoreError, match="live writer"),
        ):
            tb.delete_study(url, "net")
    assert sorted(place.rglob("*")) == before
    assert len(tb.load_study(url, "net").trials) == N_TRIALS


def test_a_comparison_goes_with_its_cells_and_a_cell_does_not_go_alone(url: str) -> None:
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0.0, 1.0)))
    tb.compare(
        problem,
        backends=["optuna:random", "sklearn:random"],
        n_trials=2,
        seeds=range(2),
        storage=url,
        study="versus",
    )
    trained(url)
    cells = [name for name in names_in(url) if name.startswith("versus/")]
    assert len(cells) >= 4
    with pytest.raises(tb.StoreError, match=r"cell of the comparison 'versus'(.|\n)*all of the comparison"):
        tb.delete_study(url, cells[0])
    assert len(names_in(url)) == len(cells) + 2
    gone = tb.delete_study(url, "versus")
    assert [one.name for one in gone] == [*cells, "versus"]
    assert names_in(url) == ["net"]


def test_the_confirmation_of_another_study_is_not_taken_for_that_of_its_name(url: str) -> None:
    problem = tb.Problem(lambda trial: trial["x"] + trial.seed % 7, tb.Space(x=tb.Float(0, 1)))
    one, other = (tb.tune(problem, n_trials=3, seed=1, storage=url, study=name) for name in ("one", "other"))
    tb.confirm(other, top=2, seeds=range(2), storage=url, study="one/confirmed")
    with pytest.raises(tb.StoreError, match="no confirmation of 'one'"):
        tb.load_confirmation(url, "one")
    assert tb.load_confirmation(url, "one/confirmed").study == "other"
    assert [gone.name for gone in tb.delete_study(url, one.study)] == ["one"]


def test_a_study_goes_with_its_confirmation_whose_repeats_are_not_excluded(url: str) -> None:
    problem = tb.Problem(_noisy, tb.Space(x=tb.Float(0.0, 1.0)))
    found = tb.tune(problem, backend="optuna:random", n_trials=4, seed=0, storage=url, study="noisy")
    trained(url, "noisy/other")
    tb.confirm(found, top=2, seeds=range(3), storage=url)
    tb.confirm(found, top=2, seeds=range(2), storage=url, study="mine")
    with pytest.raises(tb.StoreError, match=r"is a confirmation(.|\n)*confirm again"):
        tb.exclude(url, "noisy/confirmed", trials=[0], reason="wrong")
    gone = tb.delete_study(url, "noisy")
    assert [one.name for one in gone] == ["noisy/confirmed", "noisy"]
    assert names_in(url) == ["noisy/other", "mine"]


def _noisy(trial: tb.Trial) -> float:
    return float(trial["x"]) + random.Random(trial.seed).random()


def test_what_optuna_made_is_left_to_optuna(url: str) -> None:
    trained(url)
    theirs = optuna.create_study(study_name="theirs", storage=url)
    theirs.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(tb.StoreError, match=r"not written by tunebridge(.|\n)*library that made it"):
        tb.delete_study(url, "theirs")
    assert "theirs" in optuna.get_all_study_names(url)
    tb.delete_study(url, "net")
    assert optuna.get_all_study_names(url) == ["theirs"]


def test_an_unknown_name_is_refused_with_those_that_are_like_it(url: str) -> None:
    trained(url)
    with pytest.raises(tb.StoreError, match=r"no study 'nett'(.|\n)*'net'"):
        tb.delete_study(url, "nett")
    with pytest.raises(tb.StoreError, match="no store"):
        tb.delete_study(f"{url}-not", "net")


def test_a_store_that_cannot_delete_says_so() -> None:
    class Plain:
        """Has all that a store must have."""

        def __init__(self) -> None:
            memory = MemoryStore()
            for name in ("studies", "load", "claim", "append", "close"):
                setattr(self, name, getattr(memory, name))

    store: Any = Plain()
    tb.tune(PROBLEM, n_trials=1, seed=1, backend="optuna:random", storage=store, study="net")
    with pytest.raises(tb.UnsupportedError, match=r"deleted from this store(.|\n)*delete"):
        tb.delete_study(store, "net")
    assert store.studies() == ["net"]


def test_checkpoints_that_lie_elsewhere_are_said_to_stay(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trained(url, checkpoints=tmp_path / "elsewhere")
    with caplog.at_level(logging.WARNING, "tunebridge"):
        (gone,) = tb.delete_study(url, "net")
    assert gone.is_elsewhere
    assert "none are here" in caplog.text
    assert len([*(tmp_path / "elsewhere").iterdir()]) == 1


def test_a_damaged_study_can_be_deleted(url: str) -> None:
    trained(url)
    study = optuna.load_study(study_name="net", storage=url)
    study.set_user_attr("tunebridge", {"format": 2})
    with pytest.raises(tb.StoreError, match="damaged"):
        tb.load_study(url, "net")
    tb.delete_study(url, "net")
    assert names_in(url) == []
