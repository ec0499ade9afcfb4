"""What an earlier tunebridge would not see gives a study a number that it refuses; no other study has it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tunebridge as tb
from tests.stores.killed_upgrade import LARGER, POINTS, SETTINGS, problem, tell
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.store_events import assert_same, stored_study

SCRIPT = Path(__file__).with_name("killed_upgrade.py")
SCHEMES = ("sqlite", "journal", "postgresql", "mysql")
WHATS = ("excluded", "limited", "grown")
REFUSED = "format: found 3, expected 2 or less: it was written by a newer tunebridge"


@pytest.fixture(params=SCHEMES)
def url(request: pytest.FixtureRequest, new_store: Callable[[str], str]) -> str:
    made = new_store(request.param)
    tb.tune(problem(), n_trials=3, storage=made, **SETTINGS)
    return made


def as_before(url: str, patched: pytest.MonkeyPatch) -> None:
    """Load a study by the rule of the versions before."""
    with patched.context() as context:
        context.setattr("tunebridge.stores.damage.FORMAT", 2)
        tb.load_study(url, "study")


@pytest.mark.parametrize("what", WHATS)
def test_what_an_earlier_version_would_not_see_raises_the_number(
    url: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored_study(url)
    assert before.notes["format"] == 2
    as_before(url, monkeypatch)
    tell(url, what)
    after = stored_study(url)
    assert {**after.notes, "format": 2} == before.notes
    with pytest.raises(tb.StoreError, match=REFUSED):
        as_before(url, monkeypatch)
    result = tb.load_study(url, "study")
    assert [one.number for one in result.trials if one.excluded] == ([1] if what == "excluded" else [])
    assert bool(result.grown) == (what == "grown")
    assert any(one.limits for one in result.trials) == (what == "limited")
    assert not result.damaged
    more = tb.tune(problem(LARGER if what == "grown" else None), n_trials=6, storage=url, **SETTINGS)
    assert len(more.trials) == 6


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_problem_with_limits_has_it_from_the_begin_and_a_history_with_limits_brings_it(
    scheme: str, new_store: Callable[[str], str]
) -> None:
    url = new_store(scheme)
    limit = {"size": tb.Limit(at_most=2)}
    declared = replace(problem(), limits=limit, objective=noting)
    result = tb.tune(declared, n_trials=2, storage=url, **SETTINGS)
    assert stored_study(url).notes["format"] == 3
    heir = new_store(scheme)
    tb.tune(problem(), n_trials=1, storage=heir, history=result, **SETTINGS)
    assert stored_study(heir).notes["format"] == 3
    assert len(tb.load_study(heir, "study").trials) == 1


def noting(trial: tb.Trial) -> float:
    trial.note("size", 1.0)
    return float(trial["x"])


def test_one_that_is_shared_gets_it_too(new_store: Callable[[str], str]) -> None:
    url = new_store("sqlite")
    result = tb.tune(problem(), n_trials=5, storage=url, join=True, **SETTINGS)
    assert sum(bool(one.limits) for one in result.trials) == 2
    assert stored_study(url).notes["format"] == 3


def test_checkpoints_with_limits_raise_it_while_their_trial_runs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    seen = []

    def objective(trial: tb.Trial) -> float:
        trial.limit("size", 1.0, at_most=2)
        trial.report(0.5)
        seen.append(stored_study(url).notes["format"])
        with trial.checkpoint() as folder:
            (folder / "model").write_text("")
        seen.append(stored_study(url).notes["format"])
        return 0.5

    tb.tune(tb.Problem(objective, LARGER), n_trials=1, storage=url, **SETTINGS)
    assert seen == [2, 3]


@pytest.mark.parametrize("what", WHATS)
def test_what_the_versions_before_have_stored_with_the_number_2_loads_and_goes_on(what: str) -> None:
    store = MemoryStore()
    tb.tune(problem(), n_trials=3, storage=store, **SETTINGS)
    if what == "excluded":
        tb.exclude(store, "study", trials=[1], reason="wrong")
    else:
        larger = problem(LARGER if what == "grown" else None)
        tb.tune(larger, n_trials=4, storage=store, grow=what == "grown", **SETTINGS)
    made = store.load("study")
    assert made is not None
    assert made.notes["format"] == 3
    old = MemoryStore()
    old._studies["study"] = replace(made, notes={**made.notes, "format": 2})  # noqa: SLF001
    space = problem(LARGER if what == "grown" else None)
    found = [tb.tune(space, n_trials=6, storage=one, **SETTINGS) for one in (store, old)]
    assert [one.params for one in found[0].trials] == [one.params for one in found[1].trials]
    assert [one.excluded for one in found[0].trials] == [one.excluded for one in found[1].trials]


def test_a_study_without_seals_may_have_it() -> None:
    store = MemoryStore()
    tb.tune(problem(), n_trials=3, storage=store, **SETTINGS)
    made = store.load("study")
    assert made is not None
    notes = {name: note for name, note in made.notes.items() if name not in ("id", "seal")}
    store._studies["study"] = replace(made, notes={**notes, "format": 1})  # noqa: SLF001
    tb.exclude(store, "study", trials=[1], reason="wrong")
    changed = store.load("study")
    assert changed is not None
    assert changed.notes["format"] == 3
    assert tb.load_study(store, "study").trials[1].excluded == "wrong"


@pytest.mark.parametrize(
    ("what", "point"),
    [
        ("excluded", "between"),
        *(
            pytest.param(what, point, marks=pytest.mark.slow)
            for what in WHATS
            for point in POINTS
            if (what, point) != ("excluded", "between")
        ),
    ],
)
def test_a_kill_on_the_way_leaves_all_or_nothing_that_an_earlier_version_would_read(
    url: str, what: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored_study(url)
    ended = subprocess.run([sys.executable, str(SCRIPT), url, what, point], check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    after = stored_study(url)
    assert after.notes["format"] == (2 if point == "before" else 3)
    is_there = [bool(after.amendments), "limits" in after.trials[-1].notes, "grown" in after.segments[-1]]
    assert any(is_there) == (point == "after")
    if point == "before":
        as_before(url, monkeypatch)
        assert_same(replace(after, trials=after.trials[:3], segments=after.segments[:1]), before)
    else:
        with pytest.raises(tb.StoreError, match=REFUSED):
            as_before(url, monkeypatch)
    tell(url, what)
    found = tb.load_study(url, "study")
    assert len(found.trials) == (4 if what == "limited" else 3)
    assert not found.damaged
    assert [one.attempt for one in found.trials[:3]] == [0, 0, 0]
