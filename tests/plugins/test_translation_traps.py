"""Golden tests of known traps by number: surprises of the libraries (L), and faults of other bridges (B).

Where a line names a library's own behaviour, its test shows that first, so that an upgrade that changes it is
noticed; then that tunebridge does what was declared. L13 and L14 stand with Optuna's session.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hyperopt import Trials, fmin, hp, rand, space_eval, tpe
from hyperopt.exceptions import DuplicateLabel
from hyperopt.pyll.stochastic import sample
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy import stats
from sklearn.model_selection import ParameterSampler

import tunebridge as tb

pytestmark = pytest.mark.usefixtures("quiet_libraries")

Params = dict[str, Any]

OPTUNA = [f"optuna:{name}" for name in ("tpe", "random", "gp", "cmaes", "nsga2", "nsga3", "qmc")]
HYPEROPT = [f"hyperopt:{name}" for name in ("tpe", "anneal", "random")]
DRAWING = [*OPTUNA, *HYPEROPT, "sklearn:random"]
"""The backends that draw; grids and brute force list."""
LISTING = ["optuna:grid", "optuna:brute-force", "sklearn:grid"]


def tune(
    space: tb.Space,
    backend: str | tb.Backend,
    n_trials: int | None,
    value: Callable[[Any], Any] = lambda trial: float(trial.number),
    **settings: Any,
) -> tb.Result:
    return tb.tune(tb.Problem(value, space), backend=backend, n_trials=n_trials, **{"seed": 0, **settings})


def native_minimum(
    space: Any,
    algo: Any = rand.suggest,
    n_trials: int = 40,
    value: Callable[[Any], Any] = lambda point: 1.0,
    **kw: Any,
) -> Any:
    settings = {"rstate": np.random.default_rng(0), "show_progressbar": False, "verbose": False, **kw}
    return fmin(value, space, algo=algo, max_evals=n_trials, **settings)


def native_draws(expression: Any, n_draws: int = 3000) -> Counter[float]:
    rng = np.random.default_rng(0)
    return Counter(float(sample(expression, rng)) for _ in range(n_draws))


# What every backend proposes: one space with the inputs of the list, drawn from once per backend

INPUTS: dict[str, tuple[str, tb.AnyParameter, list[Any]]] = {
    "stepped": ("L2 B1 B9: quniform(1, 10, 3) is anchored at 0", tb.Int(1, 10, step=3), [1, 4, 7, 10]),
    "from_0": ("B3: ends", tb.Int(0, 4), [0, 1, 2, 3, 4]),
    "to_5": ("L3 B8 B13: upper bound excluded", tb.Int(1, 5), [1, 2, 3, 4, 5]),
    "to_10": ("B10 B19 L18: randint excludes its top", tb.Int(1, 10), [*range(1, 11)]),
    "log_int": ("B2 B9 B11: 0, or no log", tb.Int(1, 100, log=True), [*range(1, 101)]),
    "stepped_float": ("B5: step dropped", tb.Float(0.25, 1, step=0.25), [0.25, 0.5, 0.75, 1.0]),
    "ordinal": ("B14: ordinal", tb.Ordinal([0.1, "b", None]), [0.1, "b", None]),
    "aliases": ("L11: True is 1 is 1.0", tb.Categorical([1, True, 1.0]), [1, True, 1.0]),
    "tuples": ("L11: tuples", tb.Categorical([(1, 2), (3, 4)]), [(1, 2), (3, 4)]),
}
INTERVALS: dict[str, tuple[str, tb.AnyParameter, float, float]] = {
    "unit": ("B10 L18: uniform(loc, scale)", tb.Float(0.5, 0.9), 0.5, 0.9),
    "log": ("L1: loguniform takes logs", tb.Float(1e-3, 1e-1, log=True), 1e-3, 1e-1),
    "normal": ("B16: not tuned", tb.Normal(3, 0.1), 2, 4),
    "log_normal": ("B16: not tuned", tb.Normal(3, 0.1, log=True), math.exp(2), math.exp(4)),
}
SPACE = tb.Space({name: entry[1] for name, entry in (INPUTS | INTERVALS).items()})


@pytest.fixture(scope="module", params=DRAWING)
def proposed(request: pytest.FixtureRequest) -> list[Params]:
    """Trials of one backend, its start-up passed and its model at work."""
    n_trials = 13 if request.param == "optuna:gp" else 60
    return [dict(trial.params) for trial in tune(SPACE, request.param, n_trials).trials]


@pytest.mark.parametrize("name", INPUTS, ids=lambda name: INPUTS[name][0])
def test_only_declared_values_are_proposed(proposed: list[Params], name: str) -> None:
    declared = [*map(repr, INPUTS[name][2])]
    seen = {repr(params[name]) for params in proposed}
    assert seen <= set(declared)
    assert len(seen) > 1


@pytest.mark.parametrize("name", INTERVALS, ids=lambda name: f"{name} {INTERVALS[name][0]}")
def test_continuous_parameters_are_tuned_inside_their_bounds(proposed: list[Params], name: str) -> None:
    _, _, low, high = INTERVALS[name]
    values = [params[name] for params in proposed]
    assert low <= min(values) < max(values) <= high
    assert len(set(values)) > len(values) / 3


def test_l5_every_value_is_of_a_builtin_type_and_no_index(proposed: list[Params]) -> None:
    kinds = {name: {type(params[name]) for params in proposed} for name in SPACE}
    assert all(kinds[name] == {int} for name in ("stepped", "from_0", "to_5", "to_10", "log_int"))
    assert all(kinds[name] == {float} for name in ("stepped_float", *INTERVALS))
    assert kinds["ordinal"] <= {float, str, type(None)}
    assert kinds["aliases"] <= {int, bool, float}
    assert kinds["tuples"] == {tuple}
    assert json.loads(json.dumps(proposed[0]))["to_5"] == proposed[0]["to_5"]


@pytest.mark.parametrize("backend", ["optuna:random", "hyperopt:random", "sklearn:random"])
def test_every_declared_value_is_proposed_both_ends_included(backend: str) -> None:
    names = [name for name in INPUTS if name != "log_int"]
    space = tb.Space({name: SPACE[name] for name in (*names, "unit")})
    trials = tune(space, backend, 150).trials
    for name in names:
        assert {repr(trial.params[name]) for trial in trials} == {*map(repr, INPUTS[name][2])}


@pytest.mark.parametrize("backend", LISTING)
@pytest.mark.parametrize("name", INPUTS, ids=lambda name: INPUTS[name][0])
def test_a_grid_lists_every_declared_value_once(name: str, backend: str) -> None:
    space = tb.Space({name: SPACE[name]})
    listed = [repr(trial.params[name]) for trial in tune(space, backend, None).trials]
    assert sorted(listed) == sorted(map(repr, INPUTS[name][2]))


# hyperopt


def test_l1_loguniform_takes_logs_of_the_bounds() -> None:
    native = native_draws(hp.loguniform("x", 1e-3, 1e-1))
    assert 1 < min(native) < max(native) < 1.2
    text = tb.explain(tb.Space(x=tb.Float(1e-3, 1e-1, log=True)), "hyperopt:tpe").parameters[0].native
    ours = native_draws(tb.to_native(tb.Space(x=tb.Float(1e-3, 1e-1, log=True)), "hyperopt:tpe")["x"])
    assert text.startswith("hp.loguniform('x', ")
    assert 1e-3 <= min(ours) < 1.1e-3 < 9e-2 < max(ours) <= 1e-1


def test_l2_quniform_is_anchored_at_0() -> None:
    assert set(native_draws(hp.quniform("x", 1, 10, 3))) == {0, 3, 6, 9}


@pytest.mark.parametrize("expression", [hp.uniformint("x", 1, 5), hp.quniform("x", 1, 5, 1)])
def test_l3_b3_the_ends_of_native_integers_have_half_the_weight_and_ours_all_of_it(expression: Any) -> None:
    native = native_draws(expression)
    assert native[1] + native[5] < 0.65 * (native[2] + native[4])
    ours = native_draws(tb.to_native(tb.Space(x=tb.Int(1, 5)), "hyperopt:random")["x"])
    assert stats.chisquare([ours[k] for k in range(1, 6)]).pvalue > 1e-3


@pytest.mark.parametrize(
    "parameter", [tb.Int(0, 4), tb.Int(0, 8, step=2), tb.Ordinal([*"abc"]), tb.Float(0, 1, step=0.5)]
)
@pytest.mark.parametrize("backend", HYPEROPT)
def test_l4_ordered_parameters_are_never_randint(backend: str, parameter: tb.AnyParameter) -> None:
    assert set(native_draws(hp.randint("x", 5))) == {0, 1, 2, 3, 4}
    for row in tb.explain(tb.Space(x=parameter, y=parameter), backend).parameters:
        assert row.native.startswith("scope.int(hp.quniform(")


def test_l5_fmin_returns_indices_and_numpy_scalars_and_decode_reads_both_them_and_space_eval() -> None:
    space = tb.Space(
        choice=tb.Categorical([10, 20, 30]), k=tb.Int(1, 3), size=tb.Ordinal([16, 32]), x=tb.Float(0, 1)
    )
    native = tb.to_native(space, "hyperopt:random")
    trials = Trials()
    best = native_minimum(native, n_trials=9, value=lambda point: point["x"], trials=trials)
    assert type(best["choice"]) is np.int64
    assert type(best["k"]) is np.float64

    params = tb.decode(space, "hyperopt:random", best)
    assert params == tb.decode(space, "hyperopt:random", space_eval(native, best))
    assert params == tb.decode(space, "hyperopt:random", trials.argmin)
    assert params["choice"] == (10, 20, 30)[best["choice"]]
    assert params["size"] == (16, 32)[int(best["size"])]
    assert params["k"] == best["k"]
    assert [type(value) for value in params.values()] == [int, int, int, float]


def test_l6_hyperopt_stores_nan_as_ok_and_forgets_exceptions_and_we_keep_both_as_failed() -> None:
    trials = Trials()
    native_minimum(
        hp.uniform("x", 0, 1), n_trials=5, value=lambda x: math.nan if x > 0.5 else x, trials=trials
    )
    assert trials.statuses() == ["ok"] * 5
    assert sum(map(math.isnan, trials.losses())) == 4

    def raises(x: float) -> float:
        return 1 / (x < 0.5)

    trials = Trials()
    native_minimum(hp.uniform("x", 0, 1), n_trials=5, value=raises, trials=trials, catch_eval_exceptions=True)
    assert len(trials.trials) == 1

    space = tb.Space(x=tb.Float(0, 1))
    for value in (lambda trial: math.nan if trial["x"] > 0.5 else 1.0, lambda trial: raises(trial["x"])):
        records = tune(space, "hyperopt:tpe", 5, value).trials
        assert [record.state.name for record in records].count("FAILED") == 4
        failed = [record for record in records if record.state.name == "FAILED"]
        assert {(record.value, record.told) for record in failed} == {(None, "status fail, the worst loss")}
        assert all(record.params["x"] > 0.5 and record.error for record in failed)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.float64("nan"), None, "1", {"loss": 1.0}])
@pytest.mark.parametrize("backend", [*DRAWING, *LISTING])
def test_l6_a_value_that_is_no_finite_number_makes_a_failed_trial_on_every_backend(
    backend: str, bad: Any
) -> None:
    space = tb.Space(k=tb.Int(1, 4))
    records = tune(space, backend, 4, lambda trial: bad if trial.number < 2 else 1.0).trials
    assert [record.state.name for record in records] == ["FAILED", "FAILED", "COMPLETE", "COMPLETE"]
    assert [record.value for record in records] == [None, None, 1.0, 1.0]


def test_l7_fmin_takes_only_generators_and_we_take_only_integers() -> None:
    for rstate in (3, np.random.RandomState(3)):
        with pytest.raises(AttributeError, match="integers"):
            native_minimum(hp.uniform("x", 0, 1), rstate=rstate)
    for seed in (np.random.default_rng(3), "3", 3.0, True, -1, 2**32):
        with pytest.raises(tb.ProblemError, match="seed must be an integer"):
            tune(SPACE, "hyperopt:random", 1, seed=seed)


@pytest.mark.parametrize("backend", DRAWING)
def test_l7_the_smallest_and_the_largest_seed_work_on_every_backend(backend: str) -> None:
    space = tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1))
    first = {seed: tune(space, backend, 1, seed=seed).trials[0].params for seed in (0, 2**32 - 1)}
    assert first[0] != first[2**32 - 1]
    assert tune(space, backend, 1, seed=np.int64(0)).trials[0].params == first[0]
    assert tune(space, backend, 1).trials[0].seed == tune(space, "optuna:random", 1).trials[0].seed


TWICE = tb.Space(
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(lr=tb.Float(1, 2), momentum=tb.Float(0, 0.99)),
            "adam": tb.Space(lr=tb.Float(3, 4), warmup=tb.Int(1, 3)),
        }
    )
)


def test_l8_hyperopt_refuses_one_label_in_two_branches() -> None:
    with pytest.raises(DuplicateLabel):
        native_minimum(hp.choice("o", [{"lr": hp.uniform("lr", 1, 2)}, {"lr": hp.uniform("lr", 3, 4)}]))


@pytest.mark.parametrize("backend", [name for name in DRAWING if name != "optuna:gp"])
def test_l8_one_name_in_two_branches_keeps_its_bounds_apart(backend: str) -> None:
    trials = tune(TWICE, backend, 40).trials
    assert {trial.params["optimizer"] for trial in trials} == {"sgd", "adam"}
    for trial in trials:
        low = 1 if trial.params["optimizer"] == "sgd" else 3
        assert low <= trial.params["lr"] <= low + 1


def test_l8_points_to_evaluate_fails_on_nested_spaces_and_initial_does_not() -> None:
    nested = hp.choice("o", [{"o": 0, "a": hp.uniform("a", 0, 1)}, {"o": 1, "b": hp.uniform("b", 0, 1)}])
    with pytest.raises(KeyError):
        native_minimum(nested, tpe.suggest, points_to_evaluate=[{"o": 0, "a": 0.5}])
    point = {"optimizer": "adam", "lr": 3.5, "warmup": 2}
    for backend in HYPEROPT:
        trials = tune(TWICE, backend, 30, initial=[point]).trials
        assert trials[0].params == point
        assert len(trials) == 30


def test_l9_dependent_bounds_fail_in_native_tpe_and_constraints_work_in_every_sampler() -> None:
    low = hp.uniform("low", 0, 1)
    dependent = {"low": low, "high": hp.normal("high", low, 1)}
    native_minimum(dependent, rand.suggest)
    with pytest.raises(TypeError):
        native_minimum(dependent, tpe.suggest)

    rule = tb.Constraint(lambda params: params["low"] <= params["high"], "low <= high")
    space = tb.Space(low=tb.Float(0, 1), high=tb.Float(0, 1), constraints=[rule])
    for backend in (
        *HYPEROPT,
        "optuna:tpe",
        "optuna:random",
        "optuna:cmaes",
        "optuna:nsga2",
        "sklearn:random",
    ):
        trials = tune(space, backend, 40).trials
        assert len(trials) == 40
        assert all(trial.params["low"] <= trial.params["high"] for trial in trials)


# Optuna


@pytest.mark.parametrize(
    ("native", "declare"),
    [
        (lambda: FloatDistribution(1, 10, log=True, step=1), lambda: tb.Float(1, 10, log=True, step=1)),
        (lambda: IntDistribution(1, 100, log=True, step=10), lambda: tb.Int(1, 100, log=True, step=10)),
    ],
    ids=["float L10 B5", "int L10 B2 B9 qlograndint(1, 100, 10)"],
)
def test_l10_log_with_a_step_is_refused_when_it_is_declared(
    native: Callable[[], object], declare: Callable[[], tb.AnyParameter]
) -> None:
    with pytest.raises(ValueError, match="step"):
        native()
    with pytest.raises(tb.SpaceError, match=r"x: log=True with step=.*Ordinal"):
        tb.Space(x=declare())


def test_l10_optuna_moves_a_bound_that_the_step_misses_and_we_refuse_it() -> None:
    with pytest.warns(UserWarning, match="replaced"):
        assert IntDistribution(1, 9, step=3).high == 7
    with pytest.raises(tb.SpaceError, match="misses high=9; set high to 7 or 10"):
        tb.Space(x=tb.Int(1, 9, step=3))


@pytest.mark.parametrize("backend", ["optuna:random", "optuna:tpe", "optuna:brute-force"])
def test_l10_optuna_does_not_move_a_bound_that_the_step_reaches_but_for_rounding(backend: str) -> None:
    """A third has no decimal form, so Optuna takes 1.0 as missed: it warns and drops the value."""
    space = tb.Space(x=tb.Float(0, 1, step=1 / 3))
    proposed = {trial.params["x"] for trial in tune(space, backend, 40).trials}
    assert proposed == {0.0, 1 / 3, 2 / 3, 1.0}


@pytest.mark.filterwarnings("ignore:The distribution is specified by:UserWarning")
def test_l10_an_initial_point_at_such_a_bound_is_told_to_optuna() -> None:
    space = tb.Space(x=tb.Float(0, 1, step=1 / 3))
    assert tune(space, "optuna:tpe", 2, initial=[{"x": 1.0}]).trials[0].told == "COMPLETE, added"


def test_l11_optuna_aliases_true_and_warns_of_tuples() -> None:
    assert CategoricalDistribution([1, True, 1.0]).to_internal_repr(True) == 0
    with pytest.warns(UserWarning, match="tuple"):
        CategoricalDistribution([(1, 2), (3, 4)])  # type: ignore[list-item]
    native = tb.to_native(tb.Space(c=SPACE["aliases"], t=SPACE["tuples"]), "optuna:tpe")
    assert native["c"].choices == ("1", "True", "1.0")
    assert native["t"].choices == ("(1, 2)", "(3, 4)")


@pytest.mark.parametrize("backend", ["optuna:random", "hyperopt:random", "sklearn:random", *LISTING])
def test_l11_choices_that_are_equal_stay_three_choices_with_their_own_trials(backend: str) -> None:
    trials = tune(tb.Space(c=SPACE["aliases"], k=tb.Int(1, 9)), backend, 27).trials
    counts = Counter(repr(trial.params["c"]) for trial in trials)
    assert counts.keys() == {"1", "True", "1.0"}
    assert min(counts.values()) >= 3


def test_l11_an_initial_point_keeps_equal_choices_apart() -> None:
    space = tb.Space(c=SPACE["aliases"], x=tb.Float(0, 1))
    points = [{"c": value, "x": 0.5} for value in (1, True, 1.0)]
    trials = tune(space, "optuna:tpe", 3, initial=points).trials
    assert [repr(trial.params["c"]) for trial in trials] == ["1", "True", "1.0"]


# scikit-learn


def test_l18_b10_scipy_means_scale_not_high_and_excludes_the_top_and_we_do_not() -> None:
    native = ParameterSampler({"x": stats.uniform(0.5, 0.9), "k": stats.randint(1, 10)}, 500, random_state=0)
    points = list(native)
    assert max(point["x"] for point in points) > 1.3
    assert max(point["k"] for point in points) == 9

    trials = tune(tb.Space(x=tb.Float(0.5, 0.9), k=tb.Int(1, 10)), "sklearn:random", 500).trials
    assert 0.89 < max(trial.params["x"] for trial in trials) <= 0.9
    assert {trial.params["k"] for trial in trials} == set(range(1, 11))


def test_l18_scipy_has_no_log_uniform_integers_and_we_do() -> None:
    assert not float(stats.loguniform(1, 100).rvs(random_state=0)).is_integer()
    trials = tune(tb.Space(k=tb.Int(1, 100, log=True)), "sklearn:random", 400).trials
    values = [trial.params["k"] for trial in trials]
    assert {type(value) for value in values} == {int}
    assert 0.3 < sum(value <= 3 for value in values) / 400 < 0.45


# Other bridges


NESTED = tb.Space(
    model=tb.Categorical(
        {
            "tree": tb.Space(
                depth=tb.Int(1, 32, log=True),
                split=tb.Categorical({"best": tb.Space(), "random": tb.Space(tries=tb.Int(2, 8, step=2))}),
            ),
            "linear": tb.Space(c=tb.Float(1e-3, 1e3, log=True), size=tb.Ordinal(["s", "m", "l"])),
        }
    ),
    tail=tb.Int(1, 4),
)


@pytest.mark.parametrize("backend", [name for name in DRAWING if name != "optuna:gp"])
def test_b4_b14_a_nested_choice_gives_plain_values_and_inactive_parameters_are_absent(backend: str) -> None:
    trials = tune(NESTED, backend, 60).trials
    shapes = {tuple(trial.params) for trial in trials}
    assert shapes == {
        ("model", "depth", "split", "tail"),
        ("model", "depth", "split", "tries", "tail"),
        ("model", "c", "size", "tail"),
    }
    for trial in trials:
        assert {type(value) for value in trial.params.values()} <= {int, float, str}
        assert trial.params.get("tries", 2) in {2, 4, 6, 8}
        assert 1 <= trial.params.get("depth", 1) <= 32


def test_b5_b11_b15_log_and_step_reach_optuna_beside_a_choice_and_inside_a_branch() -> None:
    flat = tb.Space(
        choice=tb.Categorical(["a", "b"]),
        i=tb.Int(1, 9, log=True),
        s=tb.Int(1, 9, step=4),
        f=tb.Float(0, 1, step=0.5),
    )
    assert [*tb.to_native(flat, "optuna:tpe").values()] == [
        CategoricalDistribution(["'a'", "'b'"]),
        IntDistribution(1, 9, log=True),
        IntDistribution(1, 9, step=4),
        IntDistribution(0, 2),
    ]
    assert [row.native for row in tb.explain(NESTED, "optuna:tpe").parameters] == [
        "trial.suggest_categorical('model', ['tree', 'linear'])",
        "trial.suggest_int('model.tree.depth', 1, 32, log=True)",
        "trial.suggest_categorical('model.tree.split', ['best', 'random'])",
        "trial.suggest_int('model.tree.split.random.tries', 2, 8, step=2)",
        "trial.suggest_float('model.linear.c', 0.001, 1000.0, log=True)",
        "trial.suggest_int('model.linear.size', 0, 2)",
        "trial.suggest_int('tail', 1, 4)",
    ]


@pytest.mark.parametrize(
    ("backend", "option", "known"),
    [
        ("hyperopt:tpe", "gama", "Did you mean 'gamma'"),
        ("hyperopt:tpe", "seed", "said to the study itself"),
        ("optuna:tpe", "sede", "multivariate"),
        ("optuna:tpe", "seed", "said to the study itself"),
        ("optuna:tpe", "n_startup_trails", "Did you mean 'n_startup_trials'"),
        ("hyperopt:random", "gamma", "there are none"),
        ("sklearn:random", "points", "there are none"),
        ("sklearn:grid", "point", "Did you mean 'points'"),
    ],
)
def test_b6_an_unknown_option_is_an_error_that_says_where_it_belongs(
    backend: str, option: str, known: str
) -> None:
    with pytest.raises(tb.OptionError, match=rf"{backend} has no option '{option}'(?s:.*){known}"):
        tb.backend(backend, **{option: 3})


@pytest.mark.parametrize("call", [tb.tune, tb.open_study])
def test_b6_an_unknown_argument_of_the_study_is_an_error(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="sede"):
        call(tb.Problem(lambda trial: 0.0, SPACE), backend="optuna:tpe", n_trials=1, sede=3)


@pytest.mark.parametrize("backend", [*DRAWING, *LISTING])
def test_b12_a_failed_trial_can_be_told_to_every_backend_and_the_study_goes_on(backend: str) -> None:
    space = tb.Space(k=tb.Int(1, 4), j=tb.Int(1, 3))
    with tb.open_study(tb.Problem(lambda trial: 0.0, space), backend=backend, n_trials=12, seed=0) as study:
        while (trial := study.ask()) is not None:
            study.tell(trial, error=ValueError("no")) if trial.number % 2 else study.tell(trial, 1.0)
        records = study.result.trials
    assert [record.state.name for record in records] == ["COMPLETE", "FAILED"] * 6
    assert all(record.told for record in records)


@pytest.mark.parametrize("backend", [*DRAWING, *LISTING])
def test_b18_an_initial_point_is_evaluated_once_and_counts_as_a_trial(backend: str) -> None:
    evaluated: list[Params] = []
    space = tb.Space(k=tb.Int(1, 40), j=tb.Int(1, 30))
    point = {"k": 7, "j": 21}

    def objective(trial: tb.Trial) -> float:
        evaluated.append(dict(trial))
        return float(trial["k"])

    trials = tune(space, backend, 6, objective, initial=[point]).trials
    assert evaluated == [trial.params for trial in trials]
    assert (len(evaluated), evaluated[0], evaluated.count(point)) == (6, point, 1)
