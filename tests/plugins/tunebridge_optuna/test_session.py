"""The conversation with Optuna: how outcomes are told, when a grid ends, what its options do."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.samplers import GridSampler, TPESampler

import tunebridge as tb
from tests.plugins.conversation import Params, opened, tell, tune

pytestmark = pytest.mark.usefixtures("quiet_libraries")

SPACE = tb.Space(x=tb.Float(0, 1), k=tb.Int(1, 3))
CONSTRAINED = tb.Space(
    x=tb.Float(0, 1), constraints=[tb.Constraint(lambda params: params["x"] < 0.5, "x stays below 0.5")]
)
TWICE = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(lr=tb.Float(1, 2), momentum=tb.Float(0, 0.99)),
            "adam": tb.Space(lr=tb.Float(3, 4), warmup=tb.Int(1, 3)),
        }
    )
)
LEARNING = ["optuna:tpe", "optuna:gp"]
OTHERS = ["optuna:random", "optuna:cmaes", "optuna:nsga2", "optuna:nsga3", "optuna:qmc"]


# How outcomes are told


@pytest.mark.parametrize("backend", [*LEARNING, *OTHERS])
def test_a_value_is_told_as_complete_and_a_failure_as_pruned(backend: str) -> None:
    session = opened(backend, SPACE)
    assert tell(session, "complete", 1.0) == "COMPLETE"
    assert tell(session, "failed") == "PRUNED without a value"
    session.close()


@pytest.mark.parametrize("backend", [*LEARNING, *OTHERS])
def test_with_native_failures_a_failure_is_told_as_fail(backend: str) -> None:
    session = opened(tb.backend(backend, tell_failures="native"), SPACE)
    assert tell(session, "failed") == "FAIL without a value"
    session.close()


@pytest.mark.parametrize("backend", ["optuna:tpe", "optuna:gp", "optuna:nsga2", "optuna:nsga3"])
def test_an_infeasible_suggestion_is_told_as_a_violated_constraint_once_there_is_a_worst_value(
    backend: str,
) -> None:
    session = opened(backend, CONSTRAINED)
    assert tell(session, "infeasible") == "PRUNED without a value"
    assert tell(session, "complete", 1.0) == "COMPLETE"
    violated = "COMPLETE with a violated constraint and the worst value so far"
    assert tell(session, "infeasible") == violated
    session.close()


@pytest.mark.parametrize("backend", ["optuna:random", "optuna:cmaes", "optuna:qmc"])
def test_without_constraints_of_its_own_a_sampler_is_told_of_an_infeasible_suggestion_as_failed(
    backend: str,
) -> None:
    session = opened(backend, CONSTRAINED)
    tell(session, "complete", 1.0)
    assert tell(session, "infeasible") == "PRUNED without a value"
    session.close()


@pytest.mark.parametrize("backend", LEARNING)
def test_a_foreign_trial_is_added_where_the_sampler_learns(backend: str) -> None:
    session = opened(backend, SPACE)
    assert tell(session, "complete", 1.0, {"x": 0.5, "k": 2}) == "COMPLETE, added"
    assert tell(session, "failed", None, {"x": 0.5, "k": 2}) == "PRUNED, added"
    session.close()


@pytest.mark.parametrize("backend", OTHERS)
def test_a_foreign_trial_is_not_told_where_the_sampler_does_not_learn(backend: str) -> None:
    session = opened(backend, SPACE)
    told = tell(session, "complete", 1.0, {"x": 0.5, "k": 2})
    assert told == "not told: the sampler does not learn from trials of others"
    session.close()


@pytest.mark.parametrize("backend", LEARNING)
def test_foreign_trials_of_every_kind_and_of_every_branch_are_taken(backend: str) -> None:
    space = tb.Space(
        log=tb.Float(1e-4, 10, log=True),
        stepped=tb.Float(0.1, 0.7, step=0.2),
        log_int=tb.Int(1, 20, log=True),
        stepped_int=tb.Int(1, 10, step=3),
        ordinal=tb.Ordinal([16, "x", None]),
        choice=tb.Categorical([1, True, 1.0]),
        normal=tb.Normal(2, 0.5),
        log_normal=tb.Normal(0, 1, log=True),
        fixed=tb.Constant("c"),
        branch=tb.Categorical({"p": tb.Space(inner=tb.Float(0, 1)), "q": tb.Space()}),
    )
    low: Params = {"log": 1e-4, "stepped": 0.1, "log_int": 1, "stepped_int": 1, "ordinal": 16, "choice": 1}
    high: Params = {
        "log": 10,
        "stepped": 0.7,
        "log_int": 20,
        "stepped_int": 10,
        "ordinal": None,
        "choice": 1.0,
    }
    points = [
        {**low, "normal": -1e6, "log_normal": 1e-9, "branch": "p", "inner": 1},
        {**high, "normal": 1e6, "log_normal": 1e9, "branch": "q"},
    ]
    trials = tune(backend, space, 12, initial=points)
    assert [trial.told for trial in trials[:2]] == ["COMPLETE, added"] * 2
    assert {trial.told for trial in trials[2:]} == {"COMPLETE"}
    assert trials[0].params == {**points[0], "fixed": "c"}


@pytest.mark.parametrize("backend", LEARNING)
def test_a_foreign_trial_of_a_constrained_space_is_taken_and_the_study_goes_on(backend: str) -> None:
    """The GP needs as many constraints of each trial: a foreign one without any stops it after start-up."""
    trials = tune(backend, CONSTRAINED, 14, initial=[{"x": 0.25}])
    assert len(trials) == 14
    assert all(trial.params["x"] < 0.5 for trial in trials)


@pytest.mark.parametrize(
    ("backend", "n_trials", "options"),
    [("optuna:tpe", 30, {}), ("optuna:gp", 12, {}), ("optuna:nsga2", 40, {"population_size": 4})],
)
def test_maximising_under_constraints_mirrors_minimising_the_negated_value(
    backend: str, n_trials: int, options: Params
) -> None:
    """So the value told of an infeasible suggestion is the worst in both directions."""
    proposed = []
    for direction in (tb.Direction.MINIMIZE, tb.Direction.MAXIMIZE):

        def objective(trial: tb.Trial, sign: float = direction.sign) -> float:
            return float(sign * (trial["x"] - 0.3) ** 2)

        problem = tb.Problem(objective, CONSTRAINED, direction)
        result = tb.tune(problem, backend=tb.backend(backend, **options), n_trials=n_trials, seed=0)
        proposed.append([trial.params for trial in result.trials])
    assert proposed[0] == proposed[1]


# Grids end

GRIDS = ["optuna:grid", "optuna:brute-force"]
FINITE = tb.Space(k=tb.Int(1, 3), c=tb.Categorical(["a", "b"]))


def test_optuna_raises_on_the_last_trial_of_a_grid_outside_optimize() -> None:
    study = optuna.create_study(sampler=GridSampler({"k": [1]}))
    trial = study.ask()
    trial.suggest_int("k", 1, 1)
    with pytest.raises(RuntimeError, match=r"Study\.stop"):
        study.tell(trial, 1.0)


@pytest.mark.parametrize("backend", GRIDS)
def test_a_grid_is_exhausted_after_each_point_once(backend: str) -> None:
    with tb.open_study(tb.Problem(len, FINITE), backend=backend, seed=0) as study:
        seen = []
        while (trial := study.ask()) is not None:
            seen.append(tuple(trial.values()))
            study.tell(trial, 1.0)
        assert study.ask() is None
        assert study.result.stop_reason == "exhausted"
    assert sorted(seen) == [(k, c) for k in (1, 2, 3) for c in ("a", "b")]


@pytest.mark.parametrize("tell_failures", ["avoid", "native"])
@pytest.mark.parametrize("backend", GRIDS)
def test_failed_and_infeasible_points_of_a_grid_are_not_visited_again(
    backend: str, tell_failures: str
) -> None:
    rule = tb.Constraint(lambda params: params["k"] < 3 or params["c"] == "a", "no (3, b)")
    space = tb.Space({name: FINITE[name] for name in FINITE}, constraints=[rule])
    chosen = tb.backend(backend, tell_failures=tell_failures)
    with tb.open_study(tb.Problem(len, space), backend=chosen, seed=1) as study:
        seen = []
        while (trial := study.ask()) is not None:
            seen.append(tuple(trial.values()))
            study.tell(trial, error=ValueError("no"))
    assert sorted(seen) == [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "a")]


@pytest.mark.parametrize("backend", GRIDS)
def test_a_grid_larger_than_the_budget_ends_with_the_budget(backend: str) -> None:
    problem = tb.Problem(lambda trial: 0.0, FINITE)
    assert tb.tune(problem, backend=backend, n_trials=4, seed=0).stop_reason == "n_trials"
    result = tb.tune(problem, backend=backend, n_trials=60, seed=0)
    assert (len(result.trials), result.stop_reason) == (6, "exhausted")


def test_brute_force_visits_every_point_of_every_branch_once() -> None:
    branches = {"p": tb.Space(k=tb.Int(1, 3)), "q": tb.Space(size=tb.Ordinal(["s", "l"])), "r": tb.Space()}
    space = tb.Space(branch=tb.Categorical(branches), flag=tb.Categorical([True, False]))
    seen = [tuple(trial.params.items()) for trial in tune("optuna:brute-force", space, None)]
    assert len(seen) == len(set(seen)) == (3 + 2 + 1) * 2


# Options


@pytest.mark.parametrize(
    ("backend", "option", "value", "message"),
    [
        (
            "optuna:tpe",
            "tell_failures",
            "x",
            "tell_failures of optuna:tpe must be 'avoid' or 'native', got 'x'",
        ),
        ("optuna:grid", "tell_failures", None, "tell_failures of optuna:grid must be"),
        ("optuna:qmc", "qmc_type", "x", "qmc_type of optuna:qmc must be 'sobol' or 'halton', got 'x'"),
        ("optuna:nsga2", "population_size", 1, "population_size of optuna:nsga2 must be an integer >= 2"),
        (
            "optuna:nsga3",
            "mutation_prob",
            2,
            "mutation_prob of optuna:nsga3 must be a number >= 0 and <= 1, or None",
        ),
        ("optuna:grid", "points", 0, "points must be an integer >= 1"),
        ("optuna:grid", "points", {"y": 2}, "points names 'y', no parameter"),
    ],
)
def test_a_wrong_value_of_an_option_is_refused_before_the_first_trial(
    backend: str, option: str, value: Any, message: str
) -> None:
    with pytest.raises(tb.OptionError, match=message):
        tb.open_study(tb.Problem(len, FINITE), backend=tb.backend(backend, **{option: value}))


def optimize(
    sampler: TPESampler, suggest: Callable[[optuna.Trial], None], n_trials: int = 30
) -> list[Params]:
    def objective(trial: optuna.Trial) -> float:
        suggest(trial)
        return float(trial.number % 7)

    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=n_trials)
    return [trial.params for trial in study.trials]


def test_l13_tpe_is_multivariate_by_default_and_the_option_says_otherwise() -> None:
    def suggest(trial: optuna.Trial) -> None:
        trial.suggest_float("x", 0, 1)
        trial.suggest_float("y", 0, 1)

    native = {flag: optimize(TPESampler(seed=0, multivariate=flag), suggest) for flag in (True, False)}
    assert optimize(TPESampler(seed=0), suggest) == native[True]
    assert native[True][:10] == native[False][:10]
    assert native[True][10] != native[False][10]

    space = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
    for backend, flag in (
        ("optuna:tpe", True),
        (tb.backend("optuna:tpe", multivariate=True), True),
        (tb.backend("optuna:tpe", multivariate=False), False),
    ):
        ours = tune(backend, space, 30)
        assert [trial.params for trial in ours] == native[flag]


@pytest.mark.parametrize("liar", [True, False])
def test_l13_the_constant_liar_is_on_by_default_and_the_option_turns_it_off(liar: bool) -> None:
    """Fifteen trials told, then five asked for at once: what the liar does shows in the last ones."""
    study = optuna.create_study(sampler=TPESampler(seed=0, constant_liar=liar))
    distributions: Any = {"x": FloatDistribution(0, 1)}
    for _ in range(15):
        native = study.ask(distributions)
        study.tell(native, native.params["x"])
    pending = [study.ask(distributions).params for _ in range(5)]

    def ours(backend: tb.Backend) -> list[Params]:
        problem = tb.Problem(lambda trial: 0.0, tb.Space(x=tb.Float(0, 1)))
        with tb.open_study(problem, backend=backend, seed=0) as study:
            for _ in range(15):
                trial = study.ask() or pytest.fail("exhausted")
                study.tell(trial, trial["x"])
            return [dict(study.ask() or {}) for _ in range(5)]

    assert ours(tb.backend("optuna:tpe", constant_liar=liar)) == pending
    assert (ours(tb.backend("optuna:tpe")) == pending) is liar


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_l14_group_reaches_the_sampler_and_changes_branched_trajectories() -> None:
    def suggest(trial: optuna.Trial) -> None:
        if trial.suggest_categorical("optimizer", ["sgd", "adam"]) == "sgd":
            trial.suggest_float("optimizer.sgd.lr", 1, 2)
            trial.suggest_float("optimizer.sgd.momentum", 0, 0.99)
        else:
            trial.suggest_float("optimizer.adam.lr", 3, 4)
            trial.suggest_int("optimizer.adam.warmup", 1, 3)

    native = {flag: optimize(TPESampler(seed=0, group=flag), suggest) for flag in (True, False)}
    assert native[True] != native[False]
    for flag, params in native.items():
        backend = tb.backend("optuna:tpe", group=flag)
        ours = tune(backend, TWICE, 30)
        assert [trial.params for trial in ours] == [tb.decode(TWICE, backend, point) for point in params]
