"""Trials that are excluded in populations, in cells of comparisons, in joined studies and in portfolios."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
import tunebridge_optuna
from tests.population import training
from tests.population.training import copies
from tunebridge.registry.store_url import open_store
from tunebridge.stores.memory import MemoryStore

NewStore = Callable[[str], str]


@pytest.fixture
def url(new_store: NewStore) -> str:
    return new_store("sqlite")


def test_members_that_went_on_from_an_excluded_one_are_named(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = training.tune(storage=url, study="walk")
    donor, heir = next((copy.donor, trial.number) for trial in found.trials for copy in copies(trial))
    with caplog.at_level(logging.WARNING, "tunebridge"):
        tb.exclude(url, "walk", trials=[donor], reason="wrong data")
    assert f"{heir}" in caplog.text
    assert "went on from checkpoints of what is excluded" in caplog.text
    again = training.tune(storage=url, study="walk", n_trials=8)
    assert len(again.trials) == 8
    assert again.best_trial.number != donor
    assert {one.state for one in again.trials} == {tb.TrialState.COMPLETE}


def test_no_member_is_excluded_while_its_population_waits_to_go_on(url: str) -> None:
    class Stops(training.Walk):
        def __call__(self, trial: tb.Trial) -> Any:
            if trial.number == 7 and trial.resumed:
                raise KeyboardInterrupt
            yield from super().__call__(trial)

    cut = training.tune(Stops(), storage=url, study="walk", n_trials=8)
    states = [one.state for one in cut.trials]
    assert tb.TrialState.INTERRUPTED in states
    ended = next(one.number for one in cut.trials if one.state is tb.TrialState.COMPLETE)
    with pytest.raises(tb.ProblemError, match=r"population that has not ended(.|\n)*all members"):
        tb.exclude(url, "walk", trials=[ended], reason="wrong data")


def test_an_excluded_trial_of_a_cell_is_no_value_of_its_comparison(url: str) -> None:
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0.0, 1.0)))
    arguments: dict[str, Any] = {
        "backends": ["optuna:random", "sklearn:random"],
        "n_trials": 4,
        "seeds": range(2),
        "storage": url,
        "study": "versus",
    }
    before = tb.compare(problem, **arguments).cells[0]
    best = before.losses.index(min(before.losses))
    with pytest.raises(tb.StoreError, match=r"is a comparison(.|\n)*--cells"):
        tb.exclude(url, "versus", trials=[0], reason="wrong")
    tb.exclude(url, before.study, trials=[best], reason="a noisy neighbour")
    after = tb.load_comparison(url, "versus").cells[0]
    assert after.study == before.study
    assert math.isnan(after.losses[best])
    assert after.best is not None
    assert before.best is not None
    assert after.best > before.best
    assert [one.excluded for one in after.records if one.excluded] == ["a noisy neighbour"]


@pytest.mark.parametrize("backend", ["optuna:grid", "optuna:brute-force"])
def test_processes_that_share_a_grid_go_on_with_it_and_run_no_point_twice(backend: str, url: str) -> None:
    space = tb.Space(a=tb.Int(0, 4), b=tb.Int(0, 3))
    problem = tb.Problem(lambda trial: float(trial["a"] * trial["b"]), space)
    settings: dict[str, Any] = {"backend": backend, "seed": 1, "storage": url, "study": "s", "join": True}
    tb.tune(problem, n_trials=9, **settings)
    tb.exclude(url, "s", trials=[2, 8], reason="node 7")
    found = tb.tune(problem, n_trials=20, **settings)
    points = {(one.params["a"], one.params["b"]) for one in found.trials}
    assert len(found.trials) == len(points) == 20
    assert found.carried is not None
    assert found.carried.exact


def test_a_portfolio_begins_anew_without_it(url: str) -> None:
    problem = tb.Problem(
        lambda trial: -100.0 if trial.number == 1 else trial["x"], tb.Space(x=tb.Float(0, 1))
    )
    members = ["optuna:tpe", "hyperopt:tpe"]
    settings: dict[str, Any] = {
        "backend": tb.backend("auto", members=members),
        "seed": 1,
        "storage": url,
        "study": "s",
    }
    tb.tune(problem, n_trials=8, **settings)
    tb.exclude(url, "s", trials=[1], reason="a bug")
    found = tb.tune(problem, n_trials=12, **settings)
    assert found.carried is not None
    assert found.carried.reason == "trial 1 was excluded"
    assert found.carried.n_told == 7
    assert "0 of them among the best" not in found.why
    again = tb.tune(problem, n_trials=14, **settings)
    assert again.carried is not None
    assert again.carried.exact


def test_a_study_carried_into_a_wider_space_leaves_it_out(url: str) -> None:
    narrow = tb.Problem(_first, tb.Space(x=tb.Float(0.0, 1.0)))
    wide = tb.Problem(_first, tb.Space(x=tb.Float(0.0, 2.0)))
    settings: dict[str, Any] = {"backend": "optuna:tpe", "seed": 1, "storage": url, "study": "s"}
    tb.tune(narrow, n_trials=6, **settings)
    tb.exclude(url, "s", trials=[2], reason="a bug")
    found = tb.tune(wide, n_trials=2, on_space_change="carry", **settings)
    assert found.study == "s@2"
    assert found.carried is not None
    assert [one.number for one in found.carried.left_out] == [2]


def test_what_was_said_of_trials_and_is_damaged_is_named(url: str) -> None:
    import optuna

    problem = tb.Problem(_first, tb.Space(x=tb.Float(0.0, 1.0)))
    tb.tune(problem, backend="optuna:tpe", n_trials=3, seed=1, storage=url, study="s")
    tb.exclude(url, "s", trials=[2], reason="a bug")
    study = optuna.load_study(study_name="s", storage=url)
    key = "tunebridge:amendment:0"
    study.set_user_attr(key, {**study.user_attrs[key], "trials": [1]})
    with pytest.raises(tb.StoreError, match="amendment 0: seal"):
        tb.load_study(url, "s")
    store = open_store(url)
    assert store.studies() == ["s"]
    store.close()


def _first(trial: tb.Trial) -> float:
    return float(trial["x"])


def _wrong_once(trial: tb.Trial) -> float:
    return -100.0 if trial.number == 1 else float(trial["x"])


def test_a_study_that_has_grown_excludes_trials_of_before_and_after(url: str) -> None:
    narrow = tb.Problem(_first, tb.Space(x=tb.Float(0.0, 1.0)))
    wide = tb.Problem(_first, tb.Space(x=tb.Float(0.0, 2.0)))
    settings: dict[str, Any] = {"backend": "optuna:tpe", "seed": 1, "storage": url, "study": "s"}
    tb.tune(narrow, n_trials=6, **settings)
    tb.tune(wide, n_trials=14, grow=True, **settings)
    assert tb.exclude(url, "s", trials=[2, 12], reason="a bug") == (2, 12)
    found = tb.tune(wide, n_trials=16, grow=True, **settings)
    assert [one.number for one in found.trials if one.excluded] == [2, 12]
    assert found.carried is not None
    assert found.carried.reason == "trials 2, 12 were excluded"
    assert found.carried.n_told == 12
    again = tb.tune(wide, n_trials=17, grow=True, **settings)
    assert again.carried is not None
    assert again.carried.exact


def test_a_trial_beyond_its_limits_can_be_excluded_as_well(url: str) -> None:
    def limited(trial: tb.Trial) -> float:
        trial.limit("size", trial["x"], at_most=0.5)
        return -float(trial["x"])

    problem = tb.Problem(limited, tb.Space(x=tb.Float(0.0, 1.0)))
    settings: dict[str, Any] = {"backend": "optuna:tpe", "seed": 1, "storage": url, "study": "s"}
    found = tb.tune(problem, n_trials=12, **settings)
    best = found.best_trial.number
    beyond = next(one.number for one in found.trials if one.beyond)
    tb.exclude(url, "s", trials=[best, beyond], reason="wrong scales")
    went_on = tb.tune(problem, n_trials=14, **settings)
    assert went_on.carried is not None
    assert went_on.carried.n_told == 10
    assert went_on.best_trial.number not in {best, beyond}
    assert [one.number for one in went_on.trials if one.excluded] == sorted({best, beyond})


def test_a_finalist_that_was_excluded_since_wins_no_confirmation_and_the_page_says_why(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"
    problem = tb.Problem(lambda trial: trial["x"] + trial.seed % 7 / 100, tb.Space(x=tb.Float(0, 1)))
    result = tb.tune(problem, backend="optuna:random", n_trials=6, seed=1, storage=url, study="s")
    before = tb.confirm(result, top=2, seeds=range(3), storage=url)
    first, second = before.finalists
    tb.exclude(url, "s", trials=first.number, reason="wrong data")
    after = tb.load_confirmation(url, "s")
    assert (before.winner.number, after.winner.number) == (first.number, second.number)
    assert after.best_value == second.tuned_value
    assert f"confirmed again: trial {first.number} (wrong data)." in after.verdict
    assert after.to_frame()["standing"].tolist() == ["excluded since: wrong data", "wins"]
    assert (
        "excluded since: wrong data" in after.report(tb.load_study(url, "s"), tmp_path / "s.md").read_text()
    )
    again = tb.confirm(tb.load_study(url, "s", problem=problem), top=2, seeds=range(3), storage=url)
    assert first.number not in [one.number for one in again.finalists]
    assert "Excluded" not in again.verdict
    tb.exclude(url, "s", trials=[one.number for one in again.finalists], reason="all")
    assert tb.load_confirmation(url, "s").verdict.startswith("none of the 2 finalists is left")
    tb.include(url, "s", trials=[first.number, *(one.number for one in again.finalists)])
    assert tb.load_confirmation(url, "s") == again


def test_a_note_that_is_called_excluded_excludes_nothing(tmp_path: Path) -> None:
    def noted(trial: tb.Trial) -> float:
        trial.note("excluded", "outliers")
        return float(trial["x"])

    problem, store = tb.Problem(noted, tb.Space(x=tb.Float(0, 1))), MemoryStore()
    tb.tune(problem, backend="optuna:random", n_trials=4, seed=1, storage=store, study="s")
    tb.exclude(store, "s", trials=2, reason="wrong data")
    result = tb.load_study(store, "s")
    study, table = tunebridge_optuna.to_study(result), tmp_path / "s.csv"
    result.to_frame().to_csv(table)
    assert [trial.user_attrs["note:excluded"] for trial in study.trials] == ["outliers"] * 4
    for history in (result, study, table):
        found = tb.tune(problem, backend="optuna:tpe", n_trials=1, seed=1, history=history)
        assert found.carried is not None
        assert [one.reason for one in found.carried.left_out] == ["excluded: wrong data"]


def test_a_study_all_of_whose_trials_are_excluded_says_so_when_it_is_to_be_confirmed() -> None:
    problem, store = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0, 1))), MemoryStore()
    tb.tune(problem, backend="optuna:random", n_trials=2, seed=1, storage=store, study="s")
    tb.exclude(store, "s", trials=[0, 1], reason="wrong data")
    with pytest.raises(tb.NoCompleteTrialError, match=r"excluded\ntrial 0: wrong data") as caught:
        tb.confirm(tb.load_study(store, "s", problem=problem))
    assert "tunebridge.include(...)" in caught.value.hint
