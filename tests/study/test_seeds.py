"""One integer fixes a study; every trial has a seed of its own."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge.study.seeds import SEED_LIMIT, read_seed, start_seed, trial_seed

BACKENDS = ["sklearn:random", "hyperopt:random"]
seeds = st.integers(0, SEED_LIMIT - 1)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, np.int64(7), np.uint32(2**32 - 1)], ids=repr)
def test_integers_below_the_limit_are_read_as_builtin_ints(seed: Any) -> None:
    read = read_seed(seed)
    assert read == seed
    assert type(read) is int


@pytest.mark.parametrize(
    "seed",
    [-1, 2**32, 1.0, "1", True, False, np.True_, np.float64(1), [1], pytest.param(object(), id="object")],
    ids=repr,
)
def test_anything_else_is_refused_with_the_rule(seed: Any) -> None:
    with pytest.raises(tb.ProblemError, match=r"0 <= seed < 2\*\*32, got"):
        read_seed(seed)


def test_no_seed_is_a_fresh_one_each_time() -> None:
    drawn = {read_seed(None) for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed < SEED_LIMIT for seed in drawn)


@given(seeds, st.integers(0, 10_000))
def test_a_trial_seed_is_an_int_in_range_and_always_the_same(seed: int, number: int) -> None:
    drawn = trial_seed(seed, number)
    assert type(drawn) is int
    assert 0 <= drawn < SEED_LIMIT
    assert drawn == trial_seed(seed, number)


def test_trial_seeds_are_the_words_of_numpys_seed_sequence_64_to_a_child() -> None:
    children = [np.random.SeedSequence(7, spawn_key=(child,)).generate_state(64) for child in range(3)]
    words = [int(word) for child in children for word in child]
    assert [trial_seed(7, number) for number in range(192)] == words


def test_trials_of_one_study_and_of_neighbouring_studies_have_different_seeds() -> None:
    assert len({trial_seed(seed, number) for seed in range(20) for number in range(100)}) == 2000


def test_drawing_seeds_leaves_the_global_random_state_alone() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    trial_seed(1, 2)
    read_seed(None)
    assert repr(np.random.get_state(legacy=False)) == repr(before)  # noqa: NPY002


# In a study.


def tune(objective: Any = None, **settings: Any) -> tb.Result:
    """Run a short study."""
    problem = tb.Problem(objective or (lambda trial: trial["x"]), tb.Space(x=tb.Float(0, 1)))
    settings = {"backend": "sklearn:random", "n_trials": 5, "seed": 0, **settings}
    return tb.tune(problem, **settings)


def test_numbers_and_seeds_of_trials_depend_on_the_studys_seed_alone() -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    for backend in BACKENDS:
        pairs = seen.setdefault(backend, [])
        result = tune(
            lambda trial, pairs=pairs: pairs.append((trial.number, trial.seed)) or 1.0, backend=backend
        )
        assert [(trial.number, trial.seed) for trial in result.trials] == pairs
    expected = [(number, trial_seed(0, number)) for number in range(5)]
    assert list(seen.values()) == [expected, expected]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_seed_gives_the_same_params_and_another_seed_others(backend: str) -> None:
    one, again, other = (tune(backend=backend, seed=seed) for seed in (1, 1, 2))
    assert [trial.params for trial in one.trials] == [trial.params for trial in again.trials]
    assert [trial.params for trial in one.trials] != [trial.params for trial in other.trials]
    assert (one.seed, one.study) == (1, "tunebridge-1")


def test_a_seed_drawn_afresh_is_in_the_result_and_repeats_the_study() -> None:
    first = tune(seed=None)
    assert [t.params for t in tune(seed=first.seed).trials] == [t.params for t in first.trials]


def test_starting_points_have_seeds_apart_from_each_other_and_from_those_of_trials() -> None:
    starts = [start_seed(seed, index) for seed in range(5) for index in range(20)]
    trials = [trial_seed(seed, number) for seed in range(5) for number in range(200)]
    assert len({*starts, *trials}) == len(starts) + len(trials)
    assert [start_seed(3, index) for index in range(20)] == starts[60:80]
    assert all(0 <= seed < 2**32 for seed in starts)
