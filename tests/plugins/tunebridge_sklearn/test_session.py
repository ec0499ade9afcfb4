"""The pass through scikit-learn's points: how many are drawn, when the space ends, and what is told."""

from typing import Any

import pytest
from sklearn.model_selection import ParameterSampler

import tunebridge as tb

Params = dict[str, Any]

LISTS = tb.Space(o=tb.Ordinal([1, 2, 3, 4]), c=tb.Categorical(["a", "b", "c"]), s=tb.Float(0, 1, step=0.5))
NATIVE = {"o": [1, 2, 3, 4], "c": ["a", "b", "c"], "s": [0.0, 0.5, 1.0]}
SIZE = 4 * 3 * 3


def constrained(space: tb.Space) -> tb.Space:
    rule = tb.Constraint(lambda params: params["o"] < 4 or params["c"] == "a", "no 4 but with a")
    return tb.Space({name: space[name] for name in space}, constraints=[rule])


def proposed(
    space: tb.Space, n_trials: int | None, seed: int = 0, backend: str = "sklearn:random"
) -> list[Params]:
    problem = tb.Problem(lambda trial: 0.0, space)
    with tb.open_study(problem, backend=backend, n_trials=n_trials, seed=seed) as study:
        params: list[Params] = []
        while len(params) < 200 and (trial := study.ask()) is not None:
            study.tell(trial, 0.0)
            params.append(dict(trial))
    return params


@pytest.mark.parametrize("n_trials", [1, 5, SIZE - 1, SIZE])
def test_lists_are_drawn_without_replacement_as_many_as_there_are_trials(n_trials: int) -> None:
    native = list(ParameterSampler(NATIVE, n_trials, random_state=3))
    ours = proposed(LISTS, n_trials, 3)
    assert ours == native
    assert len({tuple(params.values()) for params in ours}) == n_trials


def test_the_draws_depend_on_how_many_there_are_so_the_number_must_be_the_studys_own() -> None:
    assert proposed(LISTS, 5) != proposed(LISTS, SIZE)[:5]


@pytest.mark.parametrize("n_trials", [SIZE + 1, 1000])
def test_lists_end_when_they_are_used_up(n_trials: int) -> None:
    ours = proposed(LISTS, n_trials, 3)
    assert ours == list(ParameterSampler(NATIVE, SIZE, random_state=3))
    assert len({tuple(params.values()) for params in ours}) == len(ours) == SIZE


@pytest.mark.parametrize("n_trials", [None, 1000])
def test_rejected_points_of_lists_are_replaced_until_the_space_is_used_up(n_trials: int | None) -> None:
    space = constrained(LISTS)
    ours = proposed(space, n_trials, 3)
    allowed = [params for params in ParameterSampler(NATIVE, SIZE, random_state=3) if space.contains(params)]
    assert len(ours) == len(allowed) == SIZE - 2 * 3
    assert all(params in ours for params in allowed)


def test_all_points_of_lists_come_shuffled_when_their_number_is_not_known() -> None:
    everything = proposed(LISTS, None)
    assert len({tuple(params.values()) for params in everything}) == len(everything) == SIZE
    assert everything != proposed(LISTS, None, backend="sklearn:grid")
    assert everything != proposed(LISTS, None, seed=1)
    assert everything == proposed(LISTS, None)


def test_a_constrained_study_of_lists_still_has_all_its_trials() -> None:
    assert len(proposed(constrained(LISTS), 25)) == 25


def test_beside_a_distribution_lists_are_drawn_with_replacement_and_never_end() -> None:
    space = tb.Space({name: LISTS[name] for name in LISTS}, x=tb.Float(0, 1))
    assert len(proposed(space, None)) == 200
    assert proposed(space, None)[:50] == proposed(space, 50)


def test_a_branched_space_of_lists_is_drawn_with_replacement_and_never_ends() -> None:
    branches = {"p": tb.Space(k=tb.Ordinal([1, 2])), "q": tb.Space()}
    assert len(proposed(tb.Space(branch=tb.Categorical(branches)), None)) == 200


def test_initial_points_come_out_of_the_number_of_trials() -> None:
    point = {"o": 1, "c": "b", "s": 1.0}
    trials = tb.tune(
        tb.Problem(lambda trial: 0.0, LISTS), backend="sklearn:random", n_trials=6, seed=0, initial=[point]
    ).trials
    assert [trial.params for trial in trials] == [point, *ParameterSampler(NATIVE, 6, random_state=0)][:6]


def test_lists_with_more_points_than_a_machine_integer_counts_are_drawn() -> None:
    """As every other backend does; `len(ParameterGrid(...))` raises OverflowError for 10 ** 20 points."""
    space = tb.Space({f"o{place}": tb.Ordinal([*range(100)]) for place in range(10)})
    assert len(proposed(space, 3)) == 3


def test_the_grid_is_exhausted_after_its_last_point() -> None:
    with tb.open_study(tb.Problem(len, LISTS), backend="sklearn:grid", seed=0) as study:
        seen = []
        while (trial := study.ask()) is not None:
            seen.append(tuple(trial.values()))
        assert study.ask() is None
        assert study.result.stop_reason == "exhausted"
    assert len(set(seen)) == len(seen) == SIZE


def test_the_grid_passes_over_points_that_violate_a_constraint() -> None:
    ours = proposed(constrained(LISTS), None, backend="sklearn:grid")
    assert ours == [
        params
        for params in proposed(LISTS, None, backend="sklearn:grid")
        if constrained(LISTS).contains(params)
    ]
    assert len(ours) == SIZE - 2 * 3


def test_the_seed_changes_the_draws_and_not_the_grid() -> None:
    assert proposed(LISTS, 10, 0) != proposed(LISTS, 10, 1)
    assert proposed(LISTS, None, 0, "sklearn:grid") == proposed(LISTS, None, 1, "sklearn:grid")


@pytest.mark.parametrize("backend", ["sklearn:random", "sklearn:grid"])
def test_no_outcome_is_told(backend: str) -> None:
    problem = tb.Problem(lambda trial: 0.0 if trial["o"] > 2 else None, LISTS)
    trials = tb.tune(problem, backend=backend, n_trials=9, seed=0).trials
    assert {trial.state.name for trial in trials} <= {"COMPLETE", "FAILED"}
    assert {trial.told for trial in trials} == {"not told: the search does not learn"}


@pytest.mark.parametrize("backend", ["sklearn:random", "sklearn:grid"])
def test_several_objectives_do_not_matter_to_a_search_that_does_not_learn(backend: str) -> None:
    problem = tb.Problem(lambda trial: (trial["o"], -trial["s"]), LISTS, ["minimize", "maximize"])
    result = tb.tune(problem, backend=backend, n_trials=9, seed=0)
    assert [trial.params for trial in result.trials] == proposed(LISTS, 9, 0, backend)
    assert result.best_trials
