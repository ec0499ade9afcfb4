"""A sampler that is asked and told by its own methods draws what `Study.ask` has it draw."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import HyperbandPruner
from optuna.samplers import (
    BaseSampler,
    BruteForceSampler,
    CmaEsSampler,
    GPSampler,
    GridSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from tunebridge_optuna.direct import Direct
from tunebridge_optuna.memory import SessionStorage
from tunebridge_optuna.quick import quick

pytestmark = [
    pytest.mark.usefixtures("quiet_libraries"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
]

FLAT: dict[str, BaseDistribution] = {
    "x": FloatDistribution(-5, 5),
    "lr": FloatDistribution(1e-5, 0.1, log=True),
    "n": IntDistribution(1, 9, step=2),
    "m": IntDistribution(1, 99, log=True),
    "a": CategoricalDistribution(["r", "tt", "ggg"]),
}
LISTS: dict[str, BaseDistribution] = {
    "x": CategoricalDistribution([-1.0, 0.5, 2.0]),
    "n": CategoricalDistribution([1, 4, 9, 16]),
    "a": CategoricalDistribution(["r", "tt", "ggg"]),
}

SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: TPESampler(seed=seed, n_startup_trials=5),
    "tpe, each param alone": lambda seed: TPESampler(seed=seed, n_startup_trials=12, multivariate=False),
    "random": lambda seed: RandomSampler(seed=seed),
    "gp": lambda seed: GPSampler(seed=seed, n_startup_trials=3, warn_independent_sampling=False),
    "nsga2": lambda seed: NSGAIISampler(seed=seed, population_size=8),
    "nsga3": lambda seed: NSGAIIISampler(seed=seed, population_size=8),
    "qmc": lambda seed: QMCSampler(seed=seed, warn_independent_sampling=False),
    "cmaes": lambda seed: CmaEsSampler(seed=seed, warn_independent_sampling=False),
    "grid": lambda seed: GridSampler({name: one.choices for name, one in choices().items()}, seed=seed),
    "brute force": lambda seed: BruteForceSampler(seed=seed),
}


def choices() -> dict[str, CategoricalDistribution]:
    return {name: one for name, one in LISTS.items() if isinstance(one, CategoricalDistribution)}


def value(params: dict[str, Any]) -> float:
    return float(params["x"] ** 2 + params.get("lr", 0.0) + params["n"] + len(params["a"]))


class OfOptuna:
    """The study itself, in Optuna's own storage."""

    def __init__(self, sampler: BaseSampler, native: dict[str, BaseDistribution]) -> None:
        self.study = optuna.create_study(storage=InMemoryStorage(), sampler=sampler, study_name="s")
        self.native = native

    def ask(self) -> optuna.Trial:
        return self.study.ask(self.native)

    def tell(self, trial: optuna.Trial, values: list[float] | None, state: TrialState) -> None:
        self.study.tell(trial, values, state)


def told(side: Any, seed: int, n_trials: int) -> list[Any]:
    """Return all trials of a study in which some fail, some are pruned and some are told late."""
    draw, pending = random.Random(seed), list[Any]()
    for _ in range(n_trials):
        pending.append(side.ask())
        while len(pending) > draw.randint(0, 2):
            trial, fate = pending.pop(draw.randrange(len(pending))), draw.random()
            params = side.study.get_trials(deepcopy=False)[trial.number].params
            if fate < 0.1:
                side.tell(trial, None, TrialState.FAIL)
            elif fate < 0.3:
                for step in range(draw.randint(0, 2)):
                    trial.report(math.nan if fate < 0.15 else value(params) / (1 + step), step)
                side.tell(trial, None, TrialState.PRUNED)
            else:
                side.tell(trial, [value(params)], TrialState.COMPLETE)
    found = side.study.get_trials(deepcopy=False)
    return [repr((one.number, one.state, one.params, one.values, one.intermediate_values)) for one in found]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sampler_draws_the_same_when_it_is_asked_directly(sampler: str) -> None:
    native = LISTS if sampler in ("grid", "brute force") else FLAT
    n_trials = 7 if sampler == "gp" else 28
    for seed in range(1 if sampler == "gp" else 3):
        make = SAMPLERS[sampler]
        own = told(Ours(make(seed), native), seed, n_trials)
        assert own == told(OfOptuna(make(seed), native), seed, n_trials)


class Ours:
    """The sampler itself, in a session's storage."""

    def __init__(self, sampler: BaseSampler, native: dict[str, BaseDistribution]) -> None:
        self.storage = SessionStorage()
        self.study = optuna.create_study(storage=self.storage, sampler=sampler, study_name="s")
        self.direct = Direct(self.study, self.storage, native)
        self.ask, self.tell = self.direct.ask, self.direct.tell


class Odd(RandomSampler):
    """Draws these params together, and the others alone."""

    def __init__(self, drawn: dict[str, Any]) -> None:
        super().__init__(seed=0)
        self.drawn = drawn

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
        return {name: FLAT[name] for name in self.drawn}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        return dict(self.drawn)


class OddOurs(Odd):
    """Sees the distributions that are shown to it."""

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
        return {name: quick(FLAT[name]) for name in self.drawn}


@pytest.mark.parametrize(
    "drawn",
    [
        {"x": 5.0, "n": 9, "a": "tt"},
        {"x": math.nextafter(5.0, 6.0), "n": 3},
        {"x": 1.0, "n": 4},
        {"x": 1.0, "n": 11, "lr": 0.0999},
        {"lr": 9e-6},
    ],
)
def test_what_is_drawn_together_and_out_of_range_is_drawn_alone(drawn: dict[str, Any]) -> None:
    ours, theirs = Ours(OddOurs(drawn), FLAT), OfOptuna(Odd(drawn), FLAT)
    for side in (ours, theirs):
        side.ask()
    [own], [native] = ours.study.trials, theirs.study.trials
    assert repr(own.params) == repr(native.params)


@pytest.mark.parametrize("drawn", [{"x": math.nan}, {"a": "none of them"}, {"lr": -1.0}])
def test_what_is_no_value_at_all_is_refused(drawn: dict[str, Any]) -> None:
    for side in (Ours(OddOurs(drawn), FLAT), OfOptuna(Odd(drawn), FLAT)):
        with pytest.raises(ValueError, match=r"invalid value|not in"):
            side.ask()


@pytest.mark.parametrize(
    ("pruner", "more", "is_enough"),
    [
        (optuna.pruners.MedianPruner(), {}, True),
        (HyperbandPruner(), {}, False),
        (None, {"one": IntDistribution(3, 3)}, False),
        (None, {"steps": FloatDistribution(0, 1, step=0.25)}, False),
    ],
)
def test_a_study_with_brackets_or_params_of_its_own_is_asked_itself(
    pruner: Any, more: dict[str, BaseDistribution], is_enough: bool
) -> None:
    study = optuna.create_study(storage=SessionStorage(), pruner=pruner)
    assert Direct.is_enough(study, {**FLAT, **more}) == is_enough


def test_a_quick_distribution_is_optunas_and_its_own_copy() -> None:
    for native, some in ((FLAT["x"], 0.5), (FLAT["lr"], 0.01), (FLAT["n"], 3), (FLAT["a"], "tt")):
        shown = quick(native)
        assert isinstance(shown, type(native))
        assert vars(shown) == vars(native)
        assert repr(shown.to_internal_repr(some)) == repr(native.to_internal_repr(some))
        assert copy.deepcopy(shown) is shown
        assert shown == quick(native)
        assert hash(shown) == hash(quick(native))
        assert shown != quick(FLAT["m"])
