"""Spaces that grow beside what else a study may have: exclusions, limits, pruners, populations, replays."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.study.walking import N_STEPS, SPACE, Diary
from tunebridge.testing import MemoryStore

LARGER = tb.Space({**SPACE, "extra": tb.Float(0, 1)})
SETTINGS: dict[str, Any] = {"backend": "optuna:random", "study": "s", "seed": 2}


class Cut(Diary):
    """A walk that is stopped after some steps of all trials."""

    def trained(self, trial: tb.Trial, step: int) -> None:
        super().trained(trial, step)
        if len(self.steps) == 9:
            raise KeyboardInterrupt


def test_trials_that_a_pruner_has_paused_go_on_with_what_was_filled_in(tmp_path: Path) -> None:
    pruner = tb.pruner("asha", resume=True, min_resource=1, reduction_factor=2)
    more: dict[str, Any] = {"storage": f"sqlite:///{tmp_path}/tune.db", "pruner": pruner, **SETTINGS}
    before = tb.tune(tb.Problem(Cut(), SPACE), n_trials=12, **more).trials
    waiting = [trial for trial in before if trial.state is tb.TrialState.INTERRUPTED]
    assert waiting
    grown: dict[str, Any] = {"grow": {"extra": 0.5}, "on_objective_change": "accept"}
    result = tb.tune(tb.Problem(Diary(), LARGER), n_trials=12, **more, **grown)
    assert [trial.number for trial in result.trials] == list(range(12))
    for old in before:
        now = result.trials[old.number]
        assert now.params == {**old.params, "extra": 0.5}
        assert now.reports[: len(old.reports)] == old.reports
    assert any(len(result.trials[old.number].reports) > len(old.reports) for old in waiting)


def test_a_study_with_a_population_does_not_grow() -> None:
    store = MemoryStore()
    population = tb.Population(size=2, every=2)
    more: dict[str, Any] = {"storage": store, "population": population, "n_trials": 2, **SETTINGS}
    tb.tune(tb.Problem(Diary(), SPACE), **more)
    with pytest.raises(tb.StoreError, match="has a population") as caught:
        tb.tune(tb.Problem(Diary(), LARGER), grow={"extra": 0.5}, **more)
    assert "history=" in caught.value.hint


def test_an_excluded_trial_stays_excluded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tune.db"

    def value(trial: Any) -> float:
        return float(len(trial))

    def run(space: tb.Space, n_trials: int, **more: Any) -> tb.Result:
        return tb.tune(tb.Problem(value, space), storage=url, n_trials=n_trials, **SETTINGS, **more)

    run(SPACE, 4)
    tb.exclude(url, "s", trials=[1], reason="wrong data")
    result = run(LARGER, 6, grow={"extra": 0.5})
    assert result.carried is not None
    assert result.carried.told["optuna:random", "COMPLETE", "not told: excluded"] == 1
    assert result.trials[1].excluded == "wrong data"
    assert result.trials[1].filled == ("extra",)


def test_limits_are_no_growth(tmp_path: Path) -> None:
    store = MemoryStore()

    def value(trial: Any) -> float:
        trial.note("size", 1.0)
        return float(len(trial))

    tb.tune(tb.Problem(value, SPACE), storage=store, n_trials=2, **SETTINGS)
    limited = tb.Problem(value, LARGER, limits={"size": tb.Limit(at_most=2)})
    with pytest.raises(tb.StoreError, match="size"):
        tb.tune(limited, storage=store, n_trials=4, grow={"extra": 0.5}, **SETTINGS)


def test_a_trial_of_before_is_replayed_with_what_was_filled_in() -> None:
    store, walk = MemoryStore(), Diary()
    tb.tune(tb.Problem(walk, SPACE), storage=store, n_trials=2, **SETTINGS)
    result = tb.tune(tb.Problem(walk, LARGER), storage=store, n_trials=3, grow={"extra": 0.5}, **SETTINGS)
    assert result.trials[0].params["extra"] == 0.5
    assert len(result.trials[0].reports) == N_STEPS
    assert tb.replay(result.problem, result.trials[0]).value == result.trials[0].value


@pytest.mark.parametrize("backend", ["sklearn:grid", "optuna:grid", "optuna:brute-force"])
def test_a_grid_comes_to_the_point_of_an_excluded_trial_again_only_where_it_grows(backend: str) -> None:
    def run(*choices: str, grow: bool = False) -> list[str]:
        space = tb.Space(a=tb.Categorical(list(choices)))
        problem = tb.Problem(lambda trial: float(len(trial["a"])), space)
        result = tb.tune(problem, backend=backend, storage=store, study="s", seed=2, grow=grow)
        return [trial.params["a"] for trial in result.trials]

    store = MemoryStore()
    first = run("u", "v")
    tb.exclude(store, "s", trials=[0], reason="wrong data")
    assert run("u", "v") == first
    grown = run("u", "v", "w", grow=True)
    assert (grown[:2], sorted(grown[2:])) == (first, sorted([first[0], "w"]))
    assert run("u", "v", "w") == grown
