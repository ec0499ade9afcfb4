"""What Optuna's TPE makes of a choice that none of the trials had that it is told of first.

`docs/growing-spaces.md` says so; if this fails with a newer Optuna, so does the page.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import optuna
import pytest
from optuna.search_space import intersection_search_space

import tunebridge as tb
from tunebridge.testing import MemoryStore

SMALL = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 8), kind=tb.Categorical(["a", "b"]))
CHOICE = tb.Space({**SMALL, "kind": tb.Categorical(["a", "b", "c"])})
LARGE = tb.Space({**CHOICE, "x": tb.Float(0, 2), "mix": tb.Float(0, 1)})
N_BEFORE, N_AFTER = 20, 40


def bowl(params: Mapping[str, Any]) -> float:
    away = {"a": 0.5, "b": 0.4, "c": 0.0}[params["kind"]]
    mix = params.get("mix", 0.25)
    return float((params["x"] - 1.6) ** 2 + (mix - 0.8) ** 2 + ((params["n"] - 5) / 8) ** 2 + away)


def n_new(backend: tb.Backend, initial: Sequence[Mapping[str, Any]] = (), *, space: tb.Space = LARGE) -> int:
    """Return how many trials after growing have the new choice, of those that the sampler proposed."""
    store = MemoryStore()
    settings: dict[str, Any] = {"backend": backend, "study": "s", "seed": 0, "storage": store}
    tb.tune(tb.Problem(bowl, SMALL), n_trials=N_BEFORE, **settings)
    total = N_BEFORE + len(initial) + N_AFTER
    grow = {"mix": 0.25} if "mix" in space else True
    found = tb.tune(tb.Problem(bowl, space), n_trials=total, grow=grow, initial=initial, **settings)
    proposed = [trial for trial in found.trials[N_BEFORE:] if trial.backend == "optuna:tpe"]
    return sum(trial.params["kind"] == "c" for trial in proposed)


def test_it_comes_to_a_choice_that_is_all_that_is_new() -> None:
    assert n_new(tb.backend("optuna:tpe"), space=CHOICE) > N_AFTER / 2


def test_it_never_comes_to_a_choice_that_is_new_beside_a_range_and_a_parameter() -> None:
    assert n_new(tb.backend("optuna:tpe")) == 0


@pytest.mark.parametrize("way", ["each param by itself", "four points first"])
def test_it_does_by_either_way_that_the_page_names(way: str) -> None:
    if way == "each param by itself":
        assert n_new(tb.backend("optuna:tpe", multivariate=False)) > N_AFTER / 2
    else:
        points = [{**LARGE.sample(seed), "kind": "c"} for seed in range(4)]
        assert n_new(tb.backend("optuna:tpe"), points) > N_AFTER / 2


def test_a_param_whose_range_has_changed_is_modelled_with_no_other_in_a_study_of_optunas_own() -> None:
    def value(high: float, trial: optuna.Trial) -> float:
        return trial.suggest_float("x", 0, high) + trial.suggest_int("n", 1, 8)

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for high in (1.0, 2.0):
        study.optimize(partial(value, high), n_trials=4)
    assert intersection_search_space(study.get_trials(deepcopy=False)).keys() == {"n"}
