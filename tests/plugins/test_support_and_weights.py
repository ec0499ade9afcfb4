"""What each random sampler proposes is what was declared: the set of values, and how likely each is.

One space per library holds all kinds of parameters, and is drawn from once. An unused Float stands beside
them, so that scikit-learn draws its lists with replacement.
"""

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from scipy import stats

import tunebridge as tb
from tunebridge.registry.plugins import registry

pytestmark = pytest.mark.slow

N_DRAWS = 5000
N_FIRST = 600
"""Seeds under which every backend is asked once."""
SIGNIFICANCE = 1e-3
"""The seed is fixed, so a test either passes for good or shows a wrong weight."""

BACKENDS = ["optuna:random", "hyperopt:random", "sklearn:random"]
WEIGHING_BACKENDS = ["hyperopt:random", "sklearn:random"]
"""Those that can propose weighted choices; Optuna cannot."""

KINDS: dict[str, tb.AnyParameter] = {
    "unused": tb.Float(0, 1),
    "float": tb.Float(-1, 3),
    "log_float": tb.Float(1e-4, 10, log=True),
    "stepped_float": tb.Float(0.1, 0.9, step=0.2),
    "int": tb.Int(-2, 3),
    "two": tb.Int(0, 1),
    "stepped_int": tb.Int(1, 10, step=3),
    "log_int": tb.Int(1, 20, log=True),
    "high_log_int": tb.Int(5, 9, log=True),
    "ordinal": tb.Ordinal([16, 32, "x", None, 64.0]),
    "choice": tb.Categorical([1, True, 1.0, None, "1", (1, 2)]),
    "labelled": tb.Categorical({"1": "one", "0": "zero", "two": {"a": [1]}}),
    "normal": tb.Normal(2, 0.5),
    "log_normal": tb.Normal(-1, 0.7, log=True),
}
BRANCH = tb.Categorical(
    {
        "ints": tb.Space(inner_int=tb.Int(1, 3), inner_choice=tb.Categorical(["u", "v"])),
        "floats": tb.Space(inner_float=tb.Float(1e-2, 1e2, log=True)),
        "empty": tb.Space(),
        "deep": tb.Space(
            inner=tb.Categorical({"left": tb.Space(leaf=tb.Ordinal(["l", "m", "h"])), "right": tb.Space()})
        ),
    }
)
WEIGHTED = tb.Categorical(["a", "b", "c"], weights=[1, 2, 5])
WEIGHTED_BRANCH = tb.Categorical(
    {
        "plain": tb.Space(plain_int=tb.Int(1, 4)),
        "heavy": tb.Space(
            heavy_normal=tb.Normal(0, 2),
            heavy_inner=tb.Categorical(
                {"x": tb.Space(heavy_leaf=tb.Int(0, 2)), "y": tb.Space()}, weights={"y": 0.25, "x": 0.75}
            ),
        ),
    },
    weights={"heavy": 0.7, "plain": 0.3},
)

GATED = tb.Space(
    unused=tb.Float(0, 1),
    layers=tb.Int(1, 3),
    kind=tb.Categorical(["a", "b", "c"]),
    units=tb.Int(4, 8, when={"layers": tb.Between(2, None)}),
    depth=tb.Int(1, 4, log=True, when={"kind": ["a", "b"]}),
    rate=tb.Float(1e-2, 1e2, log=True, when=[{"kind": "c"}, {"layers": 3}]),
    deep=tb.Ordinal(["l", "m", "h"], when={"units": tb.Between(6, 7), "kind": "b"}),
)
"""A range, labels, any of two parents, and several parents of which one has a condition."""
GATED_WEIGHTED = tb.Space(
    unused=tb.Float(0, 1),
    kind=tb.Categorical(["a", "b", "c"], weights=[1, 2, 5]),
    layers=tb.Int(1, 2),
    loaded=tb.Categorical(["x", "y"], weights=[3, 1], when={"kind": ["b", "c"], "layers": 2}),
)

DISCRETE: dict[str, Sequence[Any]] = {
    "stepped_float": [0.1 + place * 0.2 for place in range(5)],
    "int": [-2, -1, 0, 1, 2, 3],
    "two": [0, 1],
    "stepped_int": [1, 4, 7, 10],
    "ordinal": [16, 32, "x", None, 64.0],
    "choice": [1, True, 1.0, None, "1", (1, 2)],
    "labelled": ["one", "zero", {"a": [1]}],
}
LOG_INTS = {"log_int": range(1, 21), "high_log_int": range(5, 10)}
CONTINUOUS = {
    "float": stats.uniform(-1, 4),
    "log_float": stats.loguniform(1e-4, 10),
    "normal": stats.norm(2, 0.5),
    "log_normal": stats.lognorm(s=0.7, scale=math.exp(-1)),
}

Draws = list[dict[str, Any]]


def draw(space: tb.Space, backend: str, **settings: Any) -> Draws:
    problem = tb.Problem(lambda params: 0.0, space)
    with tb.open_study(problem, backend=backend, seed=20261122, **settings) as study:
        return [dict(study.ask() or {}) for _ in range(N_DRAWS)]


@pytest.fixture(scope="module", params=BACKENDS)
def draws(request: pytest.FixtureRequest) -> Draws:
    """All kinds that every library has, in one flat space."""
    return draw(tb.Space(KINDS), request.param)


@pytest.fixture(scope="module", params=BACKENDS)
def branched(request: pytest.FixtureRequest) -> Draws:
    """Branches without weights."""
    return draw(tb.Space(unused=tb.Float(0, 1), int=tb.Int(1, 5), branch=BRANCH), request.param)


@pytest.fixture(scope="module", params=WEIGHING_BACKENDS)
def weighted(request: pytest.FixtureRequest) -> Draws:
    """Choices and branches with weights."""
    return draw(tb.Space(int=tb.Int(1, 5), weighted=WEIGHTED, branch=WEIGHTED_BRANCH), request.param)


@pytest.fixture(scope="module", params=BACKENDS)
def gated(request: pytest.FixtureRequest) -> Draws:
    """Conditions without weights."""
    return draw(GATED, request.param)


@pytest.fixture(scope="module", params=WEIGHING_BACKENDS)
def gated_weighted(request: pytest.FixtureRequest) -> Draws:
    """Conditions that weighted choices have, and are named by."""
    return draw(GATED_WEIGHTED, request.param)


@pytest.fixture(
    scope="module",
    params=[
        name
        for name, spec in sorted(registry().backends.items())
        if spec.capabilities.conditional and not spec.capabilities.finite
    ],
)
def first_draws(request: pytest.FixtureRequest) -> Draws:
    """The first proposals of a backend, whichever it is, under many seeds."""
    problem = tb.Problem(lambda params: 0.0, GATED)
    draws = []
    for seed in range(N_FIRST):
        with tb.open_study(problem, backend=request.param, seed=seed, n_trials=N_FIRST) as study:
            draws.append(dict(study.ask() or {}))
    return draws


def check_weights(values: Sequence[Any], declared: Mapping[str, float]) -> None:
    """Compare the values, by `repr`, with the declared probabilities by a chi-square test."""
    counts = Counter(map(repr, values))
    assert set(counts) == set(declared)
    total = math.fsum(declared.values())
    expected = [len(values) * weight / total for weight in declared.values()]
    assert min(expected) > 5
    test = stats.chisquare([counts[value] for value in declared], expected)
    assert test.pvalue > SIGNIFICANCE, (test, counts)


def check_distribution(values: Sequence[Any], declared: Any) -> None:
    """Compare floats with a declared distribution by a Kolmogorov-Smirnov test."""
    assert {type(value) for value in values} == {float}
    low, high = declared.support()
    assert low <= min(values) < max(values) <= high
    test = stats.kstest(values, declared.cdf)
    assert test.pvalue > SIGNIFICANCE, test


def equal(*values: Any) -> dict[str, float]:
    return {repr(value): 1.0 for value in values}


def of(draws: Draws, name: str) -> list[Any]:
    """Return the values of a parameter where it is active."""
    return [params[name] for params in draws if name in params]


@pytest.mark.parametrize("name", DISCRETE)
def test_all_declared_values_are_equally_likely_and_there_are_no_others(draws: Draws, name: str) -> None:
    check_weights(of(draws, name), equal(*DISCRETE[name]))


@pytest.mark.parametrize("name", LOG_INTS)
def test_a_log_int_has_the_weight_of_its_own_stretch_of_the_log_scale(draws: Draws, name: str) -> None:
    declared = {str(k): math.log((k + 0.5) / (k - 0.5)) for k in LOG_INTS[name]}
    check_weights(of(draws, name), declared)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_continuous_parameter_has_its_declared_distribution(draws: Draws, name: str) -> None:
    check_distribution(of(draws, name), CONTINUOUS[name])


def test_parameters_are_drawn_independently_of_one_another(draws: Draws) -> None:
    names = ["int", "two", "stepped_int", "ordinal", "labelled", "stepped_float"]
    for one, other in itertools.combinations(names, 2):
        pairs = Counter((repr(params[one]), repr(params[other])) for params in draws)
        rows, columns = ({pair[place] for pair in pairs} for place in (0, 1))
        table = [[pairs[row, column] for column in sorted(columns)] for row in sorted(rows)]
        assert stats.chi2_contingency(table).pvalue > SIGNIFICANCE / 15, (one, other, table)


def test_every_draw_has_every_parameter_of_a_flat_space(draws: Draws) -> None:
    assert {tuple(params) for params in draws} == {tuple(KINDS)}


def test_branches_without_weights_are_equally_likely(branched: Draws) -> None:
    check_weights(of(branched, "branch"), equal("ints", "floats", "empty", "deep"))


def test_inside_a_branch_the_declared_distributions_hold(branched: Draws) -> None:
    check_weights(of(branched, "inner_int"), equal(1, 2, 3))
    check_weights(of(branched, "inner_choice"), equal("u", "v"))
    check_distribution(of(branched, "inner_float"), stats.loguniform(1e-2, 1e2))
    check_weights(of(branched, "inner"), equal("left", "right"))
    check_weights(of(branched, "leaf"), equal("l", "m", "h"))


def test_beside_branches_the_declared_distributions_hold_under_every_label(branched: Draws) -> None:
    check_weights(of(branched, "int"), equal(1, 2, 3, 4, 5))
    pairs = [(params["branch"], params["int"]) for params in branched]
    check_weights(pairs, equal(*itertools.product(BRANCH.labels, [1, 2, 3, 4, 5])))


def test_only_the_parameters_of_the_chosen_branch_are_there(branched: Draws) -> None:
    shapes = {(params["branch"], params.get("inner"), *params) for params in branched}
    top = ("unused", "int", "branch")
    assert shapes == {
        ("ints", None, *top, "inner_int", "inner_choice"),
        ("floats", None, *top, "inner_float"),
        ("empty", None, *top),
        ("deep", "left", *top, "inner", "leaf"),
        ("deep", "right", *top, "inner"),
    }


def test_weighted_choices_have_the_declared_weights(weighted: Draws) -> None:
    check_weights(of(weighted, "weighted"), {"'a'": 1, "'b'": 2, "'c'": 5})


def test_weighted_branches_have_the_declared_weights(weighted: Draws) -> None:
    check_weights(of(weighted, "branch"), {"'plain'": 0.3, "'heavy'": 0.7})
    check_weights(of(weighted, "heavy_inner"), {"'x'": 0.75, "'y'": 0.25})


def test_inside_a_weighted_branch_the_declared_distributions_hold(weighted: Draws) -> None:
    check_weights(of(weighted, "plain_int"), equal(1, 2, 3, 4))
    check_weights(of(weighted, "heavy_leaf"), equal(0, 1, 2))
    check_distribution(of(weighted, "heavy_normal"), stats.norm(0, 2))
    check_weights(of(weighted, "int"), equal(1, 2, 3, 4, 5))


def check_gated(draws: Draws) -> None:
    """Compare each parameter, where it is active, with what was declared, and how often it is active."""
    check_weights(of(draws, "layers"), equal(1, 2, 3))
    check_weights(of(draws, "kind"), equal("a", "b", "c"))
    check_weights(of(draws, "units"), equal(4, 5, 6, 7, 8))
    check_weights(of(draws, "depth"), {str(k): math.log((k + 0.5) / (k - 0.5)) for k in range(1, 5)})
    check_distribution(of(draws, "rate"), stats.loguniform(1e-2, 1e2))
    check_weights(of(draws, "deep"), equal("l", "m", "h"))
    check_weights(["rate" in params for params in draws], {"True": 5 / 9, "False": 4 / 9})
    check_weights(["deep" in params for params in draws], {"True": 4 / 45, "False": 41 / 45})


def test_under_conditions_the_declared_distributions_hold(gated: Draws) -> None:
    check_gated(gated)
    pairs = [(params["layers"], params["units"]) for params in gated if "units" in params]
    check_weights(pairs, equal(*itertools.product([2, 3], [4, 5, 6, 7, 8])))


def test_every_draw_has_just_what_is_active(gated: Draws) -> None:
    for params in gated:
        has = {name for name in params if name not in ("unused", "layers", "kind")}
        assert has == {
            *({"units"} if params["layers"] >= 2 else ()),
            *({"depth"} if params["kind"] in "ab" else ()),
            *({"rate"} if params["kind"] == "c" or params["layers"] == 3 else ()),
            *({"deep"} if params.get("units") in (6, 7) and params["kind"] == "b" else ()),
        }


def test_declared_weights_hold_for_active_parameters(gated_weighted: Draws) -> None:
    check_weights(of(gated_weighted, "kind"), {"'a'": 1, "'b'": 2, "'c'": 5})
    check_weights(of(gated_weighted, "loaded"), {"'x'": 3, "'y'": 1})
    check_weights(["loaded" in params for params in gated_weighted], {"True": 7 / 16, "False": 9 / 16})


def test_the_first_proposals_of_every_backend_follow_the_declaration_under_conditions(
    first_draws: Draws,
) -> None:
    check_gated(first_draws)


WEIGHTED_SPACES = pytest.mark.parametrize(
    ("path", "space"),
    [
        ("weighted", tb.Space(unused=tb.Float(0, 1), weighted=WEIGHTED)),
        ("branch", tb.Space(unused=tb.Float(0, 1), branch=WEIGHTED_BRANCH)),
    ],
)


@WEIGHTED_SPACES
@pytest.mark.parametrize("sampler", ["tpe", "random", "gp", "cmaes", "nsga2", "nsga3", "qmc"])
def test_optuna_refuses_weights_unless_told_otherwise(sampler: str, path: str, space: tb.Space) -> None:
    with pytest.raises(tb.TranslationError, match=rf"lossy:\n  {path}: Categorical.*no weighted choices"):
        tb.tune(tb.Problem(lambda params: 0.0, space), backend=f"optuna:{sampler}", n_trials=1)


def test_optuna_told_to_warn_makes_all_choices_equally_likely(caplog: pytest.LogCaptureFixture) -> None:
    space = tb.Space(unused=tb.Float(0, 1), weighted=WEIGHTED, branch=WEIGHTED_BRANCH)
    proposed = draw(space, "optuna:random", on_lossy="warn")
    check_weights(of(proposed, "weighted"), equal("a", "b", "c"))
    check_weights(of(proposed, "branch"), equal("plain", "heavy"))
    check_weights(of(proposed, "heavy_inner"), equal("x", "y"))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "weighted: Categorical(['a', 'b', 'c'], weights=[1, 2, 5])" in caplog.text


def test_equal_weights_are_no_loss() -> None:
    choice = tb.Categorical(["a", "b"], weights=[3, 3])
    rows = tb.explain(tb.Space(choice=choice), "optuna:tpe").parameters
    assert [row.fidelity for row in rows] == [tb.Fidelity.EXACT]


@pytest.mark.parametrize(
    ("wrong", "declared"),
    [
        ({"1": 385, "2": 745, "3": 762, "4": 744, "5": 364}, equal(1, 2, 3, 4, 5)),
        ({"0": 180, "3": 1000, "6": 1000, "9": 820}, equal(1, 4, 7, 10)),
        ({"1": 330, "2": 330, "3": 340}, {str(k): math.log((k + 0.5) / (k - 0.5)) for k in (1, 2, 3)}),
    ],
)
def test_the_check_sees_the_wrong_weights_that_bridges_had(
    wrong: dict[str, int], declared: dict[str, float]
) -> None:
    values = [int(value) for value, count in wrong.items() for _ in range(count)]
    with pytest.raises(AssertionError):
        check_weights(values, declared)


def test_the_check_sees_a_distribution_that_is_off_by_a_twentieth() -> None:
    values = stats.uniform(-1, 4).rvs(N_DRAWS, random_state=0).tolist()
    check_distribution(values, stats.uniform(-1, 4))
    with pytest.raises(AssertionError):
        check_distribution(values, stats.uniform(-1, 4.2))
