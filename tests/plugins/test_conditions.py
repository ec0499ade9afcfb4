"""What becomes of conditions on each backend: what is exact, what is dropped, and what is visited."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hyperopt import Trials, anneal, fmin, hp, rand, tpe
from hyperopt.pyll import scope
from sklearn.model_selection import ParameterGrid, ParameterSampler

import tunebridge as tb
from tests.plugins.conversation import Params, opened, tell, tune
from tunebridge.testing import MemoryStore
from tunebridge_hyperopt.session import SUGGEST

pytestmark = pytest.mark.usefixtures("quiet_libraries")

BOOSTED = tb.Space(
    booster=tb.Categorical(["gbtree", "dart", "gblinear"]),
    max_depth=tb.Int(1, 9, when={"booster": ["gbtree", "dart"]}),
    drop=tb.Space(rate=tb.Float(0, 1), kind=tb.Categorical(["a", "b"]), when={"booster": "dart"}),
    lr=tb.Float(1e-3, 1, log=True),
)
"""All conditions are labels of one choice."""

LAYERED = tb.Space(
    n_layers=tb.Int(1, 3),
    n_units_l2=tb.Int(4, 128, when={"n_layers": tb.Between(2, None)}),
    booster=tb.Categorical(["gbtree", "dart", "gblinear"]),
    rate=tb.Float(0, 1, when={"booster": "dart", "n_layers": [1, 3]}),
    top=tb.Float(0, 1, when=[{"booster": "gbtree"}, {"n_layers": 3}]),
)
"""A range of numbers, several parents, and any of two."""

LISTS = tb.Space(
    depth=tb.Ordinal([1, 2, 3]),
    width=tb.Ordinal([16, 32], when={"depth": tb.Between(2, None)}),
    kind=tb.Categorical(["a", "b"]),
    rate=tb.Float(0.1, 0.3, step=0.1, when=[{"kind": "b"}, {"depth": 3}]),
)
"""Lists alone: 36 combinations, 24 of them different where they are active."""

N_POINTS = 24


def loss(params: Mapping[str, Any]) -> float:
    return float(sum(value for value in params.values() if isinstance(value, float)) + len(params))


def by_path(trial: tb.TrialRecord, space: tb.Space) -> Params:
    return space.unflatten(trial.params)


# hyperopt


def by_hand() -> Any:
    depth = scope.int(hp.quniform("max_depth", 0.5, 9.5, 1))
    rate, kind = hp.uniform("drop.rate", 0.0, 1.0), hp.choice("drop.kind", ["a", "b"])
    options = [
        {"booster": "gbtree", "max_depth": depth},
        {"booster": "dart", "max_depth": depth, "drop.rate": rate, "drop.kind": kind},
        {"booster": "gblinear"},
    ]
    return {"booster": hp.choice("booster", options), "lr": hp.loguniform("lr", np.log(1e-3), np.log(1.0))}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("sampler", "algo"), [("tpe", tpe), ("anneal", anneal), ("random", rand)])
@pytest.mark.parametrize("tree", ["to_native", "by hand"])
def test_labels_of_one_choice_are_branches_and_the_trajectory_is_that_of_fmin(
    tree: str, sampler: str, algo: Any, seed: int
) -> None:
    native = by_hand() if tree == "by hand" else tb.to_native(BOOSTED, f"hyperopt:{sampler}")
    seen: list[Params] = []

    def objective(point: Params) -> float:
        nested = point.pop("booster")
        seen.append({**nested, **point})
        return loss({name.rpartition(".")[2]: value for name, value in seen[-1].items()})

    settings: dict[str, Any] = {"show_progressbar": False, "verbose": False}
    fmin(objective, native, algo.suggest, 40, rstate=np.random.default_rng(seed), **settings)
    trials = tb.tune(tb.Problem(loss, BOOSTED), backend=f"hyperopt:{sampler}", n_trials=40, seed=seed).trials
    ours = [by_path(trial, BOOSTED) for trial in trials]
    if tree == "to_native":
        seen = [{**point, **kinds(point)} for point in seen]
    assert ours == seen


def kinds(point: Params) -> Params:
    """Return the labels of choices as the user declared them; natives show the labels themselves."""
    return {path: point[path].strip("'") for path in ("booster", "drop.kind") if path in point}


def test_a_parameter_under_several_labels_is_one_object_there() -> None:
    options = [dict(one.named_args) for one in tb.to_native(BOOSTED, "hyperopt:tpe")["booster"].pos_args[1:]]
    assert [sorted(one) for one in options] == [
        ["booster", "max_depth"],
        ["booster", "drop.kind", "drop.rate", "max_depth"],
        ["booster"],
    ]
    assert options[0]["max_depth"] is options[1]["max_depth"]


def test_what_no_branch_expresses_is_emulated_and_the_reason_says_so() -> None:
    rows = {row.path: row for row in tb.explain(LAYERED, "hyperopt:tpe").parameters}
    assert {
        path: row.reason.rpartition("; ")[2] for path, row in rows.items() if "dropped" in row.reason
    } == {
        "n_units_l2": "drawn in any case, dropped unless n_layers >= 2",
        "rate": "drawn in any case, dropped unless booster is 'dart' and n_layers is 1 or 3",
        "top": "drawn in any case, dropped unless booster is 'gbtree', or n_layers is 3",
    }
    assert {row.fidelity for row in rows.values() if "dropped" in row.reason} == {tb.Fidelity.EMULATED}
    exact = {row.path: row.fidelity for row in tb.explain(BOOSTED, "hyperopt:tpe").parameters}
    assert exact["drop.rate"] is exact["booster"] is tb.Fidelity.EXACT


def test_what_hangs_on_something_emulated_is_emulated() -> None:
    space = tb.Space(
        n=tb.Int(1, 3),
        opt=tb.Categorical({"sgd": tb.Space(momentum=tb.Float(0, 1)), "adam": None}, when={"n": [2, 3]}),
        nesterov=tb.Float(0, 1, when={"opt": "sgd"}),
    )
    for backend in ("hyperopt:tpe", "sklearn:random"):
        rows = {row.path: row for row in tb.explain(space, backend).parameters}
        assert {path for path, row in rows.items() if "dropped" in row.reason} >= {
            "opt",
            "opt.sgd.momentum",
            "nesterov",
        }
        assert all(space.contains(trial.params) for trial in tune(backend, space, 40))


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> list[list[Mapping[str, Any]]]:
    """What a sampler of hyperopt looks at, ask by ask."""
    seen: list[list[Mapping[str, Any]]] = []

    def suggest(ids: Any, domain: Any, trials: Trials, seed: int) -> Any:
        seen.append([dict(document["misc"]) for document in trials.trials])
        return tpe.suggest(ids, domain, trials, seed, n_startup_jobs=5, verbose=False)

    monkeypatch.setitem(SUGGEST, "tpe", lambda: suggest)
    return seen


def test_all_that_hyperopt_learns_from_is_active(histories: list[list[Mapping[str, Any]]]) -> None:
    """Asked, recalled and foreign trials: a label has its key, and values only where it was active."""
    session = opened("hyperopt:tpe", LAYERED)
    for number in range(20):
        tell(session, "complete", float(number % 5))
        tell(session, "complete", float(number % 5), LAYERED.sample(number))
        assert isinstance(session, tb.Recalling)
        suggestion = session.recall(LAYERED.sample(100 + number))
        session.tell(
            tb.Outcome(
                suggestion_id=suggestion.id,
                params=suggestion.params,
                state=tb.OutcomeState.COMPLETE,
                values=(1.0,),
            )
        )
    session.ask()
    labels = [node.path for node in LAYERED.nodes]
    documents = histories[-1]
    assert len(documents) == 60
    for misc in documents:
        assert sorted(misc["vals"]) == sorted(misc["idxs"]) == sorted(labels)
        drawn = {label: values[0] for label, values in misc["vals"].items() if len(values)}
        assert {label for label, tids in misc["idxs"].items() if tids == [misc["tid"]]} == drawn.keys()
        params = tb.decode(LAYERED, "hyperopt:tpe", drawn)
        assert LAYERED.unflatten(params).keys() == drawn.keys()


# Finite backends


def points(trials: list[tb.TrialRecord], space: tb.Space) -> set[tuple[Any, ...]]:
    return {tuple(sorted(tb.to_natural(space, trial.params).items())) for trial in trials}


@pytest.mark.parametrize("n_trials", [5, 24, 36, 100])
@pytest.mark.parametrize("backend", ["sklearn:random", "sklearn:grid", "optuna:brute-force"])
def test_each_active_point_is_visited_once_and_then_the_space_is_exhausted(
    backend: str, n_trials: int
) -> None:
    assert LISTS.size == N_POINTS
    trials = tune(backend, LISTS, n_trials)
    assert len(trials) == len(points(trials, LISTS)) == min(n_trials, N_POINTS)


def test_draws_of_lists_are_scikit_learns_own_without_what_came_before() -> None:
    native = ParameterSampler(tb.to_native(LISTS, "sklearn:random"), 36, random_state=3)
    distinct: dict[str, Params] = {}
    for point in native:
        params = tb.decode(LISTS, "sklearn:random", point)
        distinct.setdefault(repr(params), params)
    trials = tune("sklearn:random", LISTS, 36, seed=3)
    assert [trial.params for trial in trials] == [*distinct.values()]


def test_draws_from_distributions_are_scikit_learns_own() -> None:
    native = ParameterSampler(tb.to_native(LAYERED, "sklearn:random"), 40, random_state=3)
    trials = tune("sklearn:random", LAYERED, 40, seed=3)
    assert [trial.params for trial in trials] == [tb.decode(LAYERED, "sklearn:random", one) for one in native]


def test_the_grid_has_a_dict_for_all_that_conditions_tell_apart_and_its_own_order() -> None:
    grid = tb.to_native(LISTS, "sklearn:grid")
    assert grid == [
        {"depth": [1], "kind": ["a"]},
        {"depth": [1], "kind": ["b"], "rate": [0.1, 0.2, pytest.approx(0.3)]},
        {"depth": [2], "width": [16, 32], "kind": ["a"]},
        {"depth": [2], "width": [16, 32], "kind": ["b"], "rate": [0.1, 0.2, pytest.approx(0.3)]},
        {"depth": [3], "width": [16, 32], "kind": ["a"], "rate": [0.1, 0.2, pytest.approx(0.3)]},
        {"depth": [3], "width": [16, 32], "kind": ["b"], "rate": [0.1, 0.2, pytest.approx(0.3)]},
    ]
    native = [tb.decode(LISTS, "sklearn:grid", point) for point in ParameterGrid(grid)]
    assert [trial.params for trial in tune("sklearn:grid", LISTS, None)] == native


def test_values_that_no_condition_tells_apart_share_a_dict() -> None:
    space = tb.Space(n=tb.Int(1, 1000), wide=tb.Ordinal([1, 2], when={"n": tb.Between(500, None)}))
    grid = tb.to_native(space, "sklearn:grid")
    assert [(one["n"][0], one["n"][-1], one.get("wide")) for one in grid] == [
        (1, 499, None),
        (500, 1000, [1, 2]),
    ]


def test_a_grid_of_thinned_parents_has_the_points_of_these() -> None:
    space = tb.Space(x=tb.Float(0, 1), wide=tb.Ordinal([1, 2], when={"x": tb.Between(0.5, None)}))
    backend = tb.backend("sklearn:grid", points=3)
    assert [trial.params for trial in tune(backend, space, None)] == [
        {"x": 0.0},
        {"x": 0.5, "wide": 1},
        {"x": 1.0, "wide": 1},
        {"x": 0.5, "wide": 2},
        {"x": 1.0, "wide": 2},
    ]


def test_a_lists_space_with_more_combinations_than_can_be_counted_is_drawn() -> None:
    gated = {f"o{place}": tb.Ordinal([*range(100)], when={"gate": "on"}) for place in range(10)}
    space = tb.Space({"gate": tb.Categorical(["on", "off"]), **gated})
    assert len(tune("sklearn:random", space, 3)) == 3


@pytest.mark.parametrize("space", [BOOSTED, LAYERED, LISTS], ids=["labels", "ranges", "lists"])
def test_optunas_grid_refuses_conditions_with_the_reason_and_a_hint(space: tb.Space) -> None:
    with pytest.raises(
        tb.UnsupportedError, match="what depends on it needs the capability 'conditional'"
    ) as caught:
        tb.open_study(tb.Problem(loss, space), backend="optuna:grid")
    assert "sklearn:grid" in caught.value.hint
    with pytest.raises(tb.TranslationError, match="has a condition, and a grid is one product of lists"):
        tb.to_native(space, tb.backend("optuna:grid", points=3))


# Everything that goes on from what came before


LEARNERS = ["optuna:tpe", "hyperopt:tpe", "hyperopt:anneal"]
ALL = [
    *LEARNERS,
    "hyperopt:random",
    "sklearn:random",
    "optuna:random",
    "optuna:nsga2",
    "optuna:cmaes",
    "optuna:qmc",
]


def pairs() -> Iterator[tuple[str, str]]:
    for place, backend in enumerate(ALL):
        yield backend, ALL[(place + 1) % len(ALL)]
        yield backend, LEARNERS[place % len(LEARNERS)]


@pytest.mark.parametrize(("before", "after"), dict.fromkeys(pair for pair in pairs() if pair[0] != pair[1]))
def test_a_swap_carries_trials_of_which_parameters_are_inactive(before: str, after: str) -> None:
    problem = tb.Problem(loss, LAYERED)
    settings: dict[str, Any] = {"seed": 1, "storage": MemoryStore(), "study": "s"}
    tb.tune(problem, backend=before, n_trials=12, **settings)
    result = tb.tune(problem, backend=after, n_trials=24, **settings)
    assert [trial.backend for trial in result.trials] == [before] * 12 + [after] * 12
    assert all(LAYERED.contains(trial.params) for trial in result.trials)
    assert result.carried is not None
    assert result.carried.n_told == (12 if after in LEARNERS else 0)


@pytest.mark.parametrize("pruner", ["median", "asha", "hyperband"])
@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
def test_pruners_work_where_parameters_are_inactive(backend: str, pruner: str) -> None:
    def objective(trial: tb.Trial) -> Iterator[float]:
        for step in range(9):
            yield loss(trial) / (step + 1)

    result = tb.tune(tb.Problem(objective, LAYERED), backend=backend, pruner=pruner, n_trials=30, seed=0)
    assert {trial.state.name for trial in result.trials} == {"COMPLETE", "PRUNED"}
    assert all(LAYERED.contains(trial.params) for trial in result.trials)


@pytest.mark.parametrize("backend", ALL)
def test_a_history_of_a_gated_space_is_carried_to_every_backend(backend: str) -> None:
    problem = tb.Problem(loss, LAYERED)
    history = tb.tune(problem, backend="sklearn:random", n_trials=10, seed=0)
    result = tb.tune(problem, backend=backend, n_trials=10, seed=1, history=history)
    assert result.carried is not None
    assert result.carried.n_told == (10 if backend in LEARNERS else 0)


def test_a_comparison_over_a_gated_space_has_a_verdict_and_a_report() -> None:
    problem = tb.Problem(loss, LAYERED)
    comparison = tb.compare(
        problem, backends=["hyperopt:tpe", "sklearn:random", "optuna:tpe"], n_trials=8, seeds=range(3)
    )
    assert "hyperopt:tpe" in str(comparison)
