"""Studies in a fixed order, side by side, that are cut short after one of their events, and go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import SPACE, Walk, course
from tunebridge.contract.events import Event, TrialCheckpointed
from tunebridge.stores.memory import MemoryStore

HALVING: dict[str, Any] = {"min_resource": 1, "reduction_factor": 2}
PAUSED = {"pruner": tb.pruner("asha", resume=True, **HALVING)}
STUDIES: dict[str, tuple[Walk, dict[str, Any]]] = {
    "paused": (Walk(n_steps=6), PAUSED),
    "paused, a checkpoint at every second report": (Walk(every=2), PAUSED),
    "pruned by asha": (Walk(n_steps=6), {"pruner": tb.pruner("asha", **HALVING)}),
    "pruned by median": (Walk(n_steps=6), {"pruner": tb.pruner("median", n_startup_trials=2)}),
    "pruned, without checkpoints": (Walk(n_steps=6, every=0), {"pruner": tb.pruner("asha", **HALVING)}),
    "trained to the end": (Walk(n_steps=4), {}),
    "trained to the end, without checkpoints": (Walk(n_steps=2, every=0), {}),
}
N_CUTS = 3
"""Of each study, whenever tests run."""


class CutError(BaseException):
    """The process of a study is no more."""


class CutStore(MemoryStore):
    """Keeps so many events, as a process does that is killed before the next one."""

    n_left = -1
    """How many events are kept before the cut; negative for all."""

    def append(self, event: Event) -> None:
        if self.n_left == 0:
            raise CutError
        self.n_left -= 1
        super().append(event)


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what only the death of a machine would show."""
    monkeypatch.setattr("tunebridge.study.shelf.sync", lambda folder: None)


def tune(folder: Path, store: MemoryStore, objective: Any, **settings: Any) -> tb.Result:
    learned = tb.backend("optuna:tpe", n_startup_trials=2)
    settings = {
        "n_trials": 9,
        "seed": 1,
        "n_jobs": 3,
        "executor": "threads",
        "deterministic": True,
        **settings,
    }
    problem = tb.Problem(objective, SPACE)
    return tb.tune(problem, backend=learned, storage=store, study="cut", checkpoints=folder, **settings)


def cut(folder: Path, store: CutStore, n_events: int, objective: Any, **settings: Any) -> bool:
    """Let a study go on until it has written so many events more; return whether it was cut short there."""
    store.n_left = n_events
    try:
        tune(folder, store, objective, **settings)
    except CutError:
        return True
    finally:
        store.n_left = -1
        store.close()
    return False


def uncut(folder: Path, kind: str, **settings: Any) -> tuple[list[Any], int]:
    """Return the course of a study that is not cut short, and how many events it writes."""
    objective, own = STUDIES[kind]
    store = CutStore()
    result = tune(folder / "uncut", store, objective, **own, **settings)
    return course(result), -1 - store.n_left


def differing(folder: Path, kind: str, n_cuts: int | None, **settings: Any) -> list[int]:
    """Return after how many events a study must not be cut short, if it is to end as if it had not been."""
    objective, own = STUDIES[kind]
    whole, n_events = uncut(folder, kind, **settings)
    found = []
    for place in range(2, n_events, 1 if n_cuts is None else n_events // n_cuts):
        store = CutStore()
        assert cut(folder / str(place), store, place, objective, **own, **settings)
        result = tune(folder / str(place), store, objective, **own, **settings)
        if course(result) != whole:
            found.append(place)
    return found


@pytest.mark.parametrize("kind", sorted(STUDIES))
def test_a_study_that_is_cut_short_ends_as_one_that_was_not(kind: str, tmp_path: Path) -> None:
    assert differing(tmp_path, kind, N_CUTS) == []


@pytest.mark.slow
@pytest.mark.parametrize(("n_jobs", "seed"), [(2, 4), (3, 1)])
@pytest.mark.parametrize("kind", sorted(STUDIES))
def test_wherever_a_study_is_cut_short_it_ends_as_one_that_was_not(
    kind: str, n_jobs: int, seed: int, tmp_path: Path
) -> None:
    assert differing(tmp_path, kind, None, n_jobs=n_jobs, seed=seed) == []


@pytest.mark.parametrize("kind", ["paused", "pruned, without checkpoints"])
def test_a_study_that_is_cut_short_again_and_again_ends_as_one_that_was_not(
    kind: str, tmp_path: Path
) -> None:
    """A study that is opened again writes some events before it is where it was."""
    objective, own = STUDIES[kind]
    whole, _ = uncut(tmp_path, kind)
    store, n_cuts = CutStore(), 0
    while cut(tmp_path, store, 31 - n_cuts % 7, objective, **own):
        n_cuts += 1
    assert n_cuts >= 2
    assert course(tune(tmp_path, store, objective, **own)) == whole


@pytest.mark.parametrize(
    "settings", [{"n_jobs": 1}, {"n_jobs": 2}, {"deterministic": False}, {"n_trials": 14}]
)
@pytest.mark.parametrize("place", [20, 41, 60])
def test_a_batch_that_was_cut_short_is_lost_in_no_other_way_of_going_on(
    settings: dict[str, Any], place: int, tmp_path: Path
) -> None:
    objective, own = STUDIES["paused"]
    store = CutStore()
    assert cut(tmp_path, store, place, objective, **own)
    result = tune(tmp_path, store, objective, **own, **settings)
    assert [trial.number for trial in result.trials] == list(range(settings.get("n_trials", 9)))
    assert {trial.state.name for trial in result.trials} == {"COMPLETE", "PRUNED"}
    replayed = [tb.replay(tb.Problem(objective, SPACE), trial) for trial in result.trials]
    for trial, whole in zip(result.trials, replayed, strict=True):
        assert trial.reports == whole.reports[: len(trial.reports)]


def test_the_budget_holds_for_what_a_batch_had_begun(tmp_path: Path) -> None:
    objective, own = STUDIES["trained to the end, without checkpoints"]
    store = CutStore()
    assert cut(tmp_path, store, 16, objective, **own)
    stored = store.load("cut")
    assert stored is not None
    ended = [trial.number for trial in stored.trials if trial.state is tb.TrialState.COMPLETE]
    result = tune(tmp_path, store, objective, **own, n_trials=len(ended))
    assert [trial.number for trial in result.trials if trial.state is tb.TrialState.COMPLETE] == ended


def test_trials_with_the_last_points_of_a_space_all_end_although_one_of_them_is_known(tmp_path: Path) -> None:
    def run(store: CutStore, n_events: int) -> list[tuple[int, tb.TrialState, Any]]:
        store.n_left = n_events
        result = tb.tune(
            tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Int(0, 1))),
            backend="optuna:random",
            n_trials=9,
            seed=1,
            on_duplicate="resample",
            n_jobs=3,
            executor="threads",
            deterministic=True,
            storage=store,
            study="cut",
        )
        return [(trial.number, trial.state, trial.value) for trial in result.trials]

    whole = run(uncut_store := CutStore(), -1)
    n_events = -1 - uncut_store.n_left
    assert len(whole) > len({value for _, _, value in whole}) == 2
    for place in range(2, n_events):
        store = CutStore()
        with pytest.raises(CutError):
            run(store, place)
        store.close()
        assert run(store, -1) == whole


class FullStore(CutStore):
    """Has no room for the begin of the next turn of a trial, until it is emptied."""

    is_full = True

    def append(self, event: Event) -> None:
        if self.is_full and isinstance(event, TrialCheckpointed) and "turn" in event.notes:
            raise tb.StoreError("the disk is full", hint="make room")
        super().append(event)


def test_a_turn_that_cannot_be_noted_is_not_begun_and_ends_the_study(tmp_path: Path) -> None:
    objective, own = STUDIES["paused"]
    store = FullStore()
    expected = r"a turn of trial \d was not begun: the disk is full"
    with pytest.raises(tb.StudyFailedError, match=expected) as caught:
        tune(tmp_path, store, objective, **own)
    assert caught.value.hint == "make room"
    store.is_full = False
    assert course(tune(tmp_path, store, objective, **own)) == uncut(tmp_path, "paused")[0]


def test_a_trial_that_is_promoted_says_since_when_it_has_its_turn(tmp_path: Path) -> None:
    objective, own = STUDIES["paused"]
    store = CutStore()
    tune(tmp_path, store, objective, **own)
    stored = store.load("cut")
    assert stored is not None
    batches = [trial.notes["turn"] for trial in stored.trials]
    assert sorted(batch for batch, _ in batches) == [batch for batch, _ in batches]
    assert {since for _, since in batches} == {-1}
    checkpoints = [one for trial in stored.trials for one in trial.checkpoints.items()]
    turns = [(step, *notes["turn"]) for step, notes in checkpoints if "turn" in notes]
    assert turns
    for step, batch, since in turns:
        assert since == step
        assert batch > 0
