"""Params of copies that a backend proposes, which is told what intervals gain."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.population.explorer import Exploration, Explorer, ExplorerRequest, Interval
from tunebridge.population.exploring import explored
from tunebridge.population.gains import shares
from tunebridge.population.learned import N_NEWEST, Learned
from tunebridge.population.opening import open_explorer
from tunebridge.population.perturbation import Perturbation
from tunebridge.registry.choice import Backend
from tunebridge.registry.plugins import registry
from tunebridge.translate import STEP

SPACE = tb.Space(
    rate=tb.Float(1e-4, 1e-1, log=True),
    x=tb.Float(0, 1),
    units=tb.Int(1, 8),
    kind=tb.Categorical(["a", "b"]),
    optimizer=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0.0, 0.99)), "adam": tb.Space()}),
)
ABLE = ["auto:credit", "hyperopt:anneal", "hyperopt:tpe", "optuna:gp", "optuna:tpe", "turns:two"]
SIZE, EVERY = 8, 5

Params = Mapping[str, Any]


def opened(
    explore: str | Backend,
    *,
    names: tuple[str, ...] = ("rate", "x"),
    space: tb.Space = SPACE,
    way: str = "maximize",
) -> Explorer:
    return open_explorer(
        ExplorerRequest(
            space=space,
            names=names,
            population=tb.Population(size=SIZE, every=EVERY, explore=explore),
            direction=tb.Direction(way),
            seed=0,
            study_name="study",
        )
    )


def copy(step: int, *names: str, params: Params | None = None, seed: int = 0) -> Exploration:
    return Exploration(
        member=1,
        step=step,
        params=params or SPACE.sample(3),
        names=names or ("rate", "x"),
        rng=random.Random(seed),
    )


def intervals(n: int, *, target: float = 0.8, drift: float = 0.0, sign: float = 1.0) -> Iterator[Interval]:
    """Yield what random members gain: less and less, and the more the nearer x is to a target that moves."""
    for generation in range(n):
        first = generation * EVERY
        for member in range(SIZE):
            params = SPACE.sample(generation * SIZE + member)
            gain = (1.5 - abs(params["x"] - target - drift * first)) / (1 + generation)
            before = float(member) if generation else None
            yield Interval(
                member=member,
                first=first,
                last=first + EVERY - 1,
                params=params,
                before=before,
                after=sign * gain + (before or 0.0),
            )


def taught(explore: str | Backend, *, n: int = 6, **how: Any) -> Explorer:
    settings = {key: how.pop(key) for key in ("names", "space", "way") & how.keys()}
    explorer = opened(explore, **settings)
    for interval in intervals(n, **how):
        explorer.observe(interval)
    return explorer


def proposals(explorer: Explorer, step: int = 29, n: int = 4) -> list[Params]:
    return [explorer.explore(copy(step, seed=seed)) for seed in range(n)]


def test_all_backends_that_can_explore_are_tried() -> None:
    able = [
        name
        for name, spec in registry().backends.items()
        if spec.explores and spec.capabilities.learns and spec.capabilities.observes_foreign_trials
    ]
    assert sorted(able) == ABLE


@pytest.mark.parametrize("explore", ABLE)
@pytest.mark.parametrize(("way", "sign"), [("maximize", 1.0), ("minimize", -1.0)])
def test_copies_are_sent_to_where_intervals_gained_more(explore: str, way: str, sign: float) -> None:
    high = proposals(taught(explore, target=0.9, way=way, sign=sign))
    low = proposals(taught(explore, target=0.1, way=way, sign=sign))
    assert fmean(one["x"] for one in high) > fmean(one["x"] for one in low) + 0.2
    assert all(params.keys() == {"rate", "x"} for params in high + low)


def test_one_that_knows_steps_follows_a_best_place_that_moves_with_them() -> None:
    explorer = taught("optuna:gp", n=9, target=0.1, drift=0.8 / 45)
    assert fmean(one["x"] for one in proposals(explorer, step=44)) > 0.6


@pytest.mark.parametrize("explore", ABLE)
def test_what_is_proposed_depends_on_the_intervals_and_on_the_generator_alone(explore: str) -> None:
    explorer = taught(explore)
    first = [explorer.explore(copy(29, seed=seed)) for seed in (1, 2)]
    assert first == [taught(explore).explore(copy(29, seed=seed)) for seed in (1, 2)]
    assert first[0] != first[1]


def test_two_copies_of_one_moment_are_not_sent_to_the_same_place() -> None:
    found = {round(one["x"], 3) for one in proposals(taught("optuna:gp"))}
    assert len(found) == 4


@pytest.mark.parametrize("explore", ABLE)
def test_before_anything_is_known_params_are_drawn(explore: str) -> None:
    found = proposals(opened(explore), n=3)
    assert len({one["x"] for one in found}) == 3


@pytest.mark.parametrize("explore", ABLE)
def test_only_what_moves_is_proposed_and_it_keeps_the_constraints(explore: str) -> None:
    rule = tb.Constraint(lambda params: params["x"] < 0.3, "x is small")
    space = tb.Space(dict(SPACE), constraints=[rule])
    explorer = taught(explore, space=space, target=0.9)
    donor = {**SPACE.sample(3), "x": 0.1}
    for seed in range(2):
        changed = explored(space, explorer, copy(29, params=donor, seed=seed))
        assert {**donor, **changed}["x"] < 0.3
        assert changed.keys() <= {"rate", "x"}


def test_where_nothing_moves_nothing_is_asked() -> None:
    nothing = Exploration(member=0, step=9, params=SPACE.sample(0), names=(), rng=random.Random(0))
    assert taught("optuna:tpe").explore(nothing) == {}


def test_params_inside_of_a_branch_are_learned_from_the_intervals_in_which_they_were_active() -> None:
    explorer = taught("optuna:tpe", names=("momentum", "kind", "units"))
    donors = [SPACE.sample(seed) for seed in range(12)]
    for donor in donors:
        names = ("momentum", "kind") if "momentum" in donor else ("kind", "units")
        found = explorer.explore(copy(29, *names, params=donor))
        assert found.keys() == set(names)
        assert SPACE.read({**donor, **found})
    assert {"momentum" in donor for donor in donors} == {True, False}


def test_a_param_may_be_called_step() -> None:
    space = tb.Space(step=tb.Float(0, 1))
    explorer = opened("optuna:gp", names=("step",), space=space)
    for place in range(4 * SIZE):
        first = place // SIZE * EVERY
        explorer.observe(
            Interval(
                member=place % SIZE,
                first=first,
                last=first + 4,
                params={"step": place % SIZE / SIZE},
                before=0.0,
                after=place % SIZE / SIZE,
            )
        )
    found = explorer.explore(copy(19, "step", params={"step": 0.5}))
    assert 0.5 < found["step"] <= 1.0


def test_one_that_does_not_know_steps_is_told_the_newest_intervals_only() -> None:
    late = taught("optuna:tpe", n=N_NEWEST // SIZE, target=0.9)
    both = taught("optuna:tpe", n=20, target=0.1)
    for interval in intervals(N_NEWEST // SIZE, target=0.9):
        both.observe(interval)
    assert proposals(late) == proposals(both)


REFUSED = sorted(registry().backends.keys() - set(ABLE))


@pytest.mark.parametrize("explore", REFUSED)
def test_a_backend_that_cannot_learn_from_intervals_is_refused_by_name(explore: str) -> None:
    with pytest.raises(tb.UnsupportedError, match=explore) as caught:
        opened(explore)
    assert ", ".join(ABLE) in caught.value.hint
    assert "resample=1" in caught.value.hint


def test_an_unknown_name_is_an_error_with_a_proposal() -> None:
    with pytest.raises(tb.UnknownNameError, match="optuna:gpp"):
        opened("optuna:gpp")


def test_perturb_is_no_backend() -> None:
    assert isinstance(opened("perturb"), Perturbation)
    assert isinstance(opened("optuna:tpe"), Learned)


def interval(last: int, before: float | None, after: float) -> Interval:
    return Interval(member=0, first=0, last=last, params={}, before=before, after=after)


def test_gains_are_compared_with_those_at_the_same_step() -> None:
    early = [interval(4, None, after) for after in (10.0, 30.0, 20.0, 20.0)]
    late = [interval(9, 1.0, 1.5), interval(9, 2.0, 2.1), interval(14, 5.0, 6.0)]
    up, down = shares([*early, *late], tb.Direction.MAXIMIZE), shares([*early, *late], tb.Direction.MINIMIZE)
    assert up == [0.0, 1.0, 0.5, 0.5, 1.0, 0.0, None]
    assert down == [1.0, 0.0, 0.5, 0.5, 0.0, 1.0, None]


@pytest.mark.parametrize(
    ("explore", "fidelity", "words"),
    [
        ("optuna:gp", tb.Fidelity.EXACT, "steps of all intervals"),
        ("optuna:tpe", tb.Fidelity.LOSSY, "left out"),
        ("hyperopt:tpe", tb.Fidelity.LOSSY, "newest intervals only"),
        ("optuna:random", tb.Fidelity.REFUSED, "learns nothing"),
        ("optuna:cmaes", tb.Fidelity.REFUSED, "did not propose"),
    ],
)
def test_explain_says_what_becomes_of_the_step(explore: str, fidelity: tb.Fidelity, words: str) -> None:
    *others, row = tb.explain(SPACE, explore, explore=True).parameters
    assert (row.path, row.fidelity) == (STEP, fidelity)
    assert words in row.reason
    assert tuple(others) == tb.explain(SPACE, explore).parameters
    assert words in " ".join(str(tb.explain(SPACE, explore, explore=True)).replace("│", " ").split())


def test_options_of_the_backend_hold_for_what_it_proposes() -> None:
    patient = tb.backend("optuna:tpe", n_startup_trials=1000)
    assert proposals(taught(patient)) == proposals(opened(patient))
    assert proposals(taught("optuna:tpe")) != proposals(taught(patient))


@pytest.mark.parametrize("explore", ["optuna:gp", "optuna:tpe"])
def test_options_with_which_nothing_can_be_proposed_are_refused_at_once(explore: str) -> None:
    chosen = tb.backend(explore)
    broken = tb.Backend(replace(chosen.spec, rules={}), {"n_startup_trials": "many"})
    with pytest.raises(
        tb.OptionError, match=rf"{explore}\(n_startup_trials='many'\) cannot propose"
    ) as caught:
        opened(broken)
    assert "mend its options" in caught.value.hint
