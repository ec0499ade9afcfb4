"""Which params a population moves, and that no answer of an explorer leaves the space."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.population.explorer import Exploration, ExplorerRequest, Interval
from tunebridge.population.exploring import explorable, explored, generator, movable
from tunebridge.population.perturbation import Perturbation

SPACE = tb.Space(
    rate=tb.Float(1e-4, 1e-1, log=True),
    units=tb.Int(1, 8),
    size=tb.Ordinal([16, 32, 64]),
    kind=tb.Categorical(["a", "b"]),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0.0, 0.99)), "adam": tb.Space()}),
    fixed=tb.Constant(3),
)


class Learner:
    """Can change its rate everywhere, its momentum for one kind alone, and its units never."""

    def __call__(self, trial: tb.Trial) -> float:
        return 0.0

    def live(self, params: Mapping[str, Any]) -> dict[str, str]:
        momentum = "next step" if params["kind"] == "a" else "it was off"
        return {"rate": "next unit", "units": "the net is built", "momentum": momentum}


def problem(space: tb.Space = SPACE, objective: Any = lambda trial: 0.0) -> tb.Problem:
    return tb.Problem(objective, space)


def population(**settings: Any) -> tb.Population:
    return tb.Population(**{"size": 4, "every": 2, **settings})


def perturbation(space: tb.Space = SPACE, **settings: Any) -> Perturbation:
    return Perturbation(
        ExplorerRequest(
            space=space,
            names=("rate",),
            population=population(**settings),
            direction=tb.Direction.MINIMIZE,
            seed=0,
            study_name="study",
        )
    )


def copied(params: Mapping[str, Any], *names: str, seed: int = 0) -> Exploration:
    return Exploration(member=1, step=3, params=params, names=names, rng=random.Random(seed))


def test_all_params_are_explored_that_do_not_decide_on_others() -> None:
    assert explorable(problem(), population()) == ("rate", "units", "size", "kind", "momentum")


def test_what_the_objective_can_never_change_comes_with_the_donor() -> None:
    known = problem(objective=Learner())
    names = explorable(known, population())
    assert names == ("rate", "size", "kind", "momentum")
    sgd = {"rate": 1e-3, "units": 2, "size": 16, "optimizer": "sgd", "momentum": 0.5, "fixed": 3}
    assert movable(known, names, {**sgd, "kind": "a"}) == ["rate", "size", "kind", "momentum"]
    assert movable(known, names, {**sgd, "kind": "b"}) == ["rate", "size", "kind"]
    adam = {name: value for name, value in sgd.items() if name != "momentum"}
    assert movable(known, names, {**adam, "kind": "a", "optimizer": "adam"}) == ["rate", "size", "kind"]


def test_a_named_param_that_can_never_change_is_refused_by_name_and_reason() -> None:
    with pytest.raises(tb.LiveParamError, match="units: the net is built"):
        explorable(problem(objective=Learner()), population(params=["rate", "units"]))


def test_an_objective_that_can_change_nothing_is_refused() -> None:
    with pytest.raises(tb.LiveParamError, match="units: the net is built"):
        explorable(problem(tb.Space(units=tb.Int(1, 8), kind=tb.Constant("a")), Learner()), population())


@pytest.mark.parametrize(
    ("name", "reason"),
    [("rat", "no param is called 'rat'"), ("optimizer", "has branches"), ("fixed", "has one value only")],
)
def test_a_name_that_cannot_be_explored_is_refused(name: str, reason: str) -> None:
    with pytest.raises(tb.ProblemError, match=reason):
        explorable(problem(), population(params=["rate", name]))


def test_a_space_of_constants_has_nothing_to_explore() -> None:
    with pytest.raises(tb.ProblemError, match="nothing to explore"):
        explorable(problem(tb.Space(a=tb.Constant(1))), population())


def test_a_perturbation_keeps_constraints_and_the_donors_params_where_it_cannot() -> None:
    space = tb.Space(
        a=tb.Float(0, 1), b=tb.Float(0, 1), constraints=[tb.Constraint(lambda p: p["a"] < p["b"], "a < b")]
    )
    explorer = perturbation(space, resample=0.5)
    for seed in range(200):
        params = {"a": 0.49, "b": 0.5}
        found = explored(space, explorer, copied(params, "a", "b", seed=seed))
        assert found
        assert space.contains({**params, **found})
    narrow = tb.Space(a=tb.Float(0, 1), constraints=[tb.Constraint(lambda p: p["a"] == 0.5, "just so")])
    assert explored(narrow, perturbation(narrow), copied({"a": 0.5}, "a")) == {}


def test_a_param_that_is_not_named_stays_the_donors() -> None:
    params = SPACE.sample(0)
    found = explored(SPACE, perturbation(resample=0), copied(params, "rate", "kind"))
    assert found.keys() == {"rate"}
    assert found["rate"] / params["rate"] == pytest.approx(1.2) or found["rate"] / params[
        "rate"
    ] == pytest.approx(0.8)


def test_resampling_is_as_likely_as_was_said() -> None:
    params, anew = SPACE.sample(0), 0
    for seed in range(400):
        found = explored(SPACE, perturbation(resample=0.25), copied(params, "kind", seed=seed))
        anew += bool(found)
    assert anew == pytest.approx(100, abs=30)


def test_the_generator_repeats_and_differs_by_seed_member_and_interval() -> None:
    draws = {where: generator(*where).random() for where in [(0, 0, 1), (1, 0, 1), (0, 1, 1), (0, 0, 2)]}
    assert len(set(draws.values())) == 4
    assert draws[0, 0, 1] == generator(0, 0, 1).random()


class Wild:
    """Answers what it was told to."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.found = found

    def explore(self, copied: Exploration) -> Mapping[str, Any]:
        return self.found

    def observe(self, interval: Interval) -> None:
        pass


def test_an_explorer_that_leaves_the_space_is_an_error() -> None:
    params = SPACE.sample(0)
    with pytest.raises(tb.SpaceError, match="rate"):
        explored(SPACE, Wild({"rate": 7.0}), copied(params, "rate"))
    with pytest.raises(tb.ProblemError, match="was not asked to move units"):
        explored(SPACE, Wild({"units": 3}), copied(params, "rate"))
