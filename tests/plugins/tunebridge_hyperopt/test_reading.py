"""hyperopt's search spaces, read: distributions, branches, the way back by the graph, and wrong input."""

import math
import pickle
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hyperopt import Trials, fmin, hp, rand
from hyperopt.pyll import as_apply, scope
from hyperopt.pyll.stochastic import sample
from scipy import stats

import tunebridge as tb
from tunebridge_hyperopt.graph import Graph

N_DRAWS = 400
"""Draws that are compared with hyperopt's own."""

P_VALUE = 1e-3
"""Below it, draws are held to be of another distribution; the seeds are fixed."""

EXACT, EMULATED = tb.Fidelity.EXACT, tb.Fidelity.EMULATED
LOG = math.log

DRAWN: dict[str, tuple[Any, tb.AnyParameter, tb.Fidelity]] = {
    "uniform": (hp.uniform("x", -1, 2), tb.Float(-1, 2), EXACT),
    "uniform by keyword": (hp.uniform("x", high=2, low=-1), tb.Float(-1, 2), EXACT),
    "uniform of numpy's": (hp.uniform("x", np.float64(0), np.int64(2)), tb.Float(0, 2), EXACT),
    "loguniform, of logs": (hp.loguniform("x", LOG(1e-5), LOG(10)), tb.Float(1e-5, 10, log=True), EXACT),
    "quniform, ends at half weight": (hp.quniform("x", 1, 5, 1), tb.Float(1, 5), EMULATED),
    "quniform, beside its bounds": (hp.quniform("x", 1, 10, 3), tb.Float(1, 10), EMULATED),
    "quniform, whole": (hp.quniform("x", 0.5, 4.5, 1), tb.Int(1, 4), EXACT),
    "quniform, whole threes": (hp.quniform("x", 1.5, 10.5, 3), tb.Int(3, 9, step=3), EXACT),
    "quniform, whole tenths": (hp.quniform("x", -0.05, 0.35, 0.1), tb.Float(0, 0.3, step=0.1), EXACT),
    "quniform of two": (hp.quniform("x", 0, 1, 1), tb.Int(0, 1), EXACT),
    "quniform of one": (hp.quniform("x", 3, 3.2, 1), tb.Int(3, 3), EXACT),
    "uniformint": (hp.uniformint("x", 1, 5), tb.Float(1, 5), EMULATED),
    "qloguniform": (hp.qloguniform("x", 0, LOG(20), 1), tb.Float(1, 20, log=True), EMULATED),
    "qloguniform, whole": (hp.qloguniform("x", LOG(0.5), LOG(8.5), 1), tb.Int(1, 8, log=True), EXACT),
    "qloguniform of twos": (hp.qloguniform("x", LOG(1), LOG(9), 2), tb.Float(1, 9, log=True), EMULATED),
    "normal": (hp.normal("x", 1, 2), tb.Normal(1, 2), EXACT),
    "lognormal": (hp.lognormal("x", 1, 0.5), tb.Normal(1, 0.5, log=True), EXACT),
    "qnormal": (hp.qnormal("x", 1, 2, 0.5), tb.Normal(1, 2), EMULATED),
    "qlognormal": (hp.qlognormal("x", 0, 1, 1), tb.Normal(0, 1, log=True), EMULATED),
    "randint": (hp.randint("x", 4), tb.Categorical([0, 1, 2, 3]), EXACT),
    "randint of two bounds": (hp.randint("x", 2, 5), tb.Categorical([2, 3, 4]), EXACT),
    "randint of many": (hp.randint("x", 1000), tb.Int(0, 999), EXACT),
    "choice": (hp.choice("x", ["a", None, 3]), tb.Categorical(["a", None, 3]), EXACT),
    "choice of lists": (hp.choice("x", [[1], [1, 2]]), tb.Categorical([(1,), (1, 2)]), EXACT),
    "pchoice": (
        hp.pchoice("x", [(0.2, "a"), (0.5, "b"), (0.3, "c")]),
        tb.Categorical(["a", "b", "c"], [0.2, 0.5, 0.3]),
        EXACT,
    ),
    "pchoice that never takes one": (
        hp.pchoice("x", [(0.25, "a"), (0.0, "b"), (0.75, "c")]),
        tb.Categorical(["a", "c"], [0.25, 0.75]),
        EXACT,
    ),
    "a place that is no index": (
        scope.hyperopt_param("x", scope.categorical((0.25, 0.75))),
        tb.Categorical([0, 1], [0.25, 0.75]),
        EXACT,
    ),
}


def own_draws(graph: Any, count: int = N_DRAWS) -> list[Any]:
    rng = np.random.default_rng(0)
    drawn = (sample(graph, rng) for _ in range(count))
    return [one.item() if isinstance(one, np.ndarray | np.generic) else one for one in drawn]


def draws(reading: tb.Reading, count: int = N_DRAWS) -> list[Any]:
    return [reading.params(reading.space.sample(seed)) for seed in range(count)]


def assert_alike(found: list[Any], expected: list[Any]) -> None:
    """Check that two samples are of one distribution, and their values of one type."""
    assert {type(one) for one in found} == {type(one) for one in expected}
    if all(isinstance(one, int | float) for one in expected) and len(set(expected)) > len(expected) // 2:
        assert stats.ks_2samp(found, expected).pvalue > P_VALUE
        return
    mine, theirs = Counter(found), Counter(expected)
    often = [value for value in mine | theirs if mine[value] + theirs[value] >= 10]
    table = [[one[value] for value in often] for one in (mine, theirs)]
    assert len(often) == 1 or stats.chi2_contingency(table).pvalue > P_VALUE
    assert sum(table[0]) > 0.9 * len(found)


@pytest.mark.parametrize("case", DRAWN)
def test_what_is_drawn_is_a_parameter_with_its_fidelity(case: str) -> None:
    given, expected, fidelity = DRAWN[case]
    reading = tb.read_space(given)
    assert reading.space == tb.Space(x=expected)
    (row,) = reading.parameters
    assert (row.path, row.fidelity) == ("x", fidelity)
    assert row.native.startswith("hp.")
    assert fidelity is EXACT or "the graph" in row.reason


@pytest.mark.parametrize("case", DRAWN)
def test_points_of_it_are_distributed_as_hyperopts_own(case: str) -> None:
    given, _, _ = DRAWN[case]
    assert_alike(draws(tb.read_space(given)), own_draws(given))


def test_half_of_the_weight_of_an_end_is_kept_and_a_seed_far_below_does_not_hide_it() -> None:
    reading = tb.read_space(hp.quniform("x", 1, 5, 1))
    found = Counter(reading.params({"x": 1 + 4 * (place + 0.5) / 800}) for place in range(800))
    assert found == {1.0: 100, 2.0: 200, 3.0: 200, 4.0: 200, 5.0: 100}


DEEP = [None, {"degree": hp.randint("degree", 2, 5)}]
DEPTHS = [(0.7, None), (0.3, hp.qnormal("d", 5, 2, 1))]
SHAPE = {
    "lr": hp.loguniform("lr", LOG(1e-4), 0),
    "size": scope.int(hp.quniform("size", 1, 9, 2)) + 100,
    "const": 3,
    "nested": {"list": [hp.uniform("l.0", 0, 1), (1, "x")], "none": None},
    "model": hp.choice(
        "model",
        [
            {"type": "svm", "C": hp.lognormal("C", 0, 1), "kernel": hp.choice("kernel", DEEP)},
            {"type": "rf", "trees": hp.uniformint("trees", 1, 8), "depth": hp.pchoice("depth", DEPTHS)},
            {"type": "none"},
        ],
    ),
}


def test_labels_are_flat_names_and_those_of_an_option_are_in_its_branch() -> None:
    space = tb.read_space(SHAPE).space
    assert {node.path: node.name for node in space.nodes} == {
        "l.0": "l.0",
        "lr": "lr",
        "model": "model",
        "model.svm.C": "C",
        "model.svm.kernel": "kernel",
        "model.svm.kernel.degree.degree": "degree",
        "model.rf.depth": "depth",
        "model.rf.depth.d.d": "d",
        "model.rf.trees": "trees",
        "size": "size",
    }
    assert space["model"].labels == ("svm", "rf", "none")


def test_every_point_that_hyperopt_draws_is_read_and_comes_back_as_what_fmin_hands_over() -> None:
    reading = tb.read_space(SHAPE)
    graph = reading.back
    assert isinstance(graph, Graph)
    points: list[Any] = []
    trials = Trials()

    def objective(point: Any) -> float:
        points.append(point)
        return 0.0

    rstate = np.random.default_rng(0)
    fmin(objective, SHAPE, rand.suggest, 60, trials=trials, rstate=rstate, show_progressbar=False)
    assert {point["model"]["type"] for point in points} == {"svm", "rf", "none"}
    for point, document in zip(points, trials.miscs, strict=True):
        natives = {label: drawn[0] for label, drawn in document["vals"].items() if drawn}
        params = graph.params(natives)
        assert reading.space.contains(params)
        assert reading.params(params) == point
        assert graph.natives(params) == pytest.approx(natives)


def test_points_have_the_values_and_types_that_hyperopt_hands_over() -> None:
    reading = tb.read_space(SHAPE)
    ours, theirs = draws(reading, 200), own_draws(SHAPE, 200)

    def shown(value: Any) -> Any:
        if isinstance(value, Mapping):
            return tuple(sorted((key, shown(one)) for key, one in value.items()))
        if isinstance(value, tuple):
            return tuple(map(shown, value))
        return value if isinstance(value, str) else type(value).__name__

    assert {shown(one) for one in ours} == {shown(one) for one in theirs}


def test_a_choice_at_the_top_is_a_parameter_and_its_options_are_the_points() -> None:
    reading = tb.read_space(hp.choice("top", [hp.uniform("a", 0, 1), ("b", hp.normal("z", 0, 1)), 7]))
    assert reading.space["top"].labels == ("a", "b", "7")
    assert reading.params({"top": "7"}) == 7
    assert reading.params({"top": "a", "a": 0.25}) == 0.25
    assert reading.params({"top": "b", "z": 1.5}) == ("b", 1.5)


def area(width: float, height: float) -> float:
    return width * height


scope.define_if_new(area)


def test_what_the_graph_computes_it_computes_of_our_values() -> None:
    width, height = hp.uniform("w", 1, 2), hp.randint("h", 1, 4)
    reading = tb.read_space(
        {
            "area": scope.area(width, height=height + 1),
            "power": 10 ** scope.int(hp.quniform("e", -3.5, -0.5, 1)),
            "picked": scope.switch(hp.randint("k", 2), width, [height, "x"]),
        }
    )
    params = {"w": 1.5, "h": 3, "e": -2, "k": "x"}
    assert reading.space.contains(params)
    assert reading.params(params) == {"area": 6.0, "power": 0.01, "picked": (3, "x")}


def test_options_are_named_by_what_only_they_have_and_told_apart_where_they_look_the_same() -> None:
    def labels(*options: Any) -> tuple[str, ...]:
        found: tuple[str, ...] = tb.read_space(hp.choice("c", options)).space["c"].labels
        return found

    u = hp.uniform
    assert labels({"name": "a", "x": u("x", 0, 1)}, {"name": "b", "x": u("y", 0, 1)}) == ("a", "b")
    assert labels({"svm": {"C": u("x", 0, 1)}}, {"rf": {"C": u("y", 0, 1)}}) == ("svm", "rf")
    assert labels([u("x", 0, 1)], [u("y", 0, 1)]) == ("0", "1")
    assert labels(scope.area(u("x", 0, 1), 1), scope.area(u("y", 0, 1), 2)) == ("area", "area #2")
    assert labels("a", "a", "b") == ("'a'", "'a' #2", "'b'")


def test_options_that_are_computed_are_values_of_their_names() -> None:
    reading = tb.read_space({"c": hp.choice("c", [scope.area(2, 3), scope.area(4, 5), None])})
    assert reading.params({"c": "area #2"}) == {"c": 20}
    assert reading.params({"c": None}) == {"c": None}


def test_labels_that_are_no_identifiers_are_names() -> None:
    odd = ["learning rate", "clf.C", "class", "1", "ä"]
    reading = tb.read_space([hp.uniform(label, 0, 1) for label in odd])
    params = dict.fromkeys(odd, 0.5)
    assert list(reading.space) == odd
    assert reading.params(params) == (0.5,) * 5


def test_an_expression_that_stands_in_several_places_is_one_parameter() -> None:
    lr = hp.uniform("lr", 0, 1)
    reading = tb.read_space({"a": lr, "b": [lr, hp.choice("c", [lr, lr + 1])]})
    assert list(reading.space) == ["lr", "c"]
    assert reading.params({"lr": 0.5, "c": "add"}) == {"a": 0.5, "b": (0.5, 1.5)}


def test_one_in_all_options_is_active_in_any_case() -> None:
    lr = hp.uniform("lr", 0, 1)
    inner = hp.choice("d", [lr, {"x": lr}])
    space = tb.read_space(hp.choice("c", [{"a": lr}, inner])).space
    assert {node.path for node in space.nodes} == {"lr", "c", "c.d.d"}


LR, RATE, SEED = hp.loguniform("lr", -5, 0), hp.quniform("rate", 0, 1, 0.25), hp.randint("seed", 3)
INNER = hp.choice("inner", [{"rate": RATE}, "plain", {"depth": hp.uniformint("depth", 1, 3)}])
SHARED = {
    "model": hp.pchoice(
        "model",
        [
            (0.2, {"kind": "net", "lr": LR, "inner": INNER}),
            (0.3, {"kind": "tree", "seed": SEED}),
            (0.4, {"kind": "boost", "lr": LR * 2, "inner": INNER, "seed": SEED}),
            (0.1, {"kind": "none"}),
        ],
    ),
    "other": hp.choice("other", [RATE, None]),
}


def test_labels_that_several_options_share_are_one_parameter_each_under_a_condition() -> None:
    declared = {row.path: row.declared for row in tb.read_space(SHARED).parameters}
    assert declared["lr"].endswith("when model is 'net' or 'boost'")
    assert declared["seed"].endswith("when model is 'tree' or 'boost'")
    assert declared["inner"].endswith("when model is 'net' or 'boost'")
    assert declared["rate"].endswith("when inner is 'rate', or other is 'rate'")
    assert declared["inner.depth.depth"] == "Float(1.0, 3.0)"


def test_shared_labels_are_active_where_hyperopt_draws_them_and_as_often() -> None:
    reading = tb.read_space(SHARED)
    graph = reading.back
    assert isinstance(graph, Graph)
    trials = Trials()
    rstate, points = np.random.default_rng(0), list[Any]()

    def objective(point: Any) -> float:
        points.append(point)
        return 0.0

    fmin(objective, SHARED, rand.suggest, 150, trials=trials, rstate=rstate, show_progressbar=False)
    theirs = []
    for point, misc in zip(points, trials.miscs, strict=True):
        params = graph.params({label: drawn[0] for label, drawn in misc["vals"].items() if drawn})
        assert reading.space.contains(params)
        assert reading.params(params) == point
        theirs.append(tuple(sorted(params)))
    ours = [tuple(sorted(reading.space.sample(seed))) for seed in range(N_DRAWS)]
    assert set(theirs) <= set(ours)
    names = sorted(set(ours))
    table = [[drawn.count(one) for one in names] for drawn in (ours, theirs)]
    assert stats.chi2_contingency(table).pvalue > P_VALUE


def test_a_choice_that_stands_under_two_others_needs_all_of_them_and_no_more() -> None:
    deep = hp.uniform("deep", 0, 1)
    index = hp.randint("index", 2)
    graph = {
        "a": hp.choice("a", [scope.switch(index, deep, 1), scope.switch(index, 2, {"b": 3})]),
        "c": scope.switch(index, 4, hp.normal("z", 0, 1)),
    }
    space = tb.read_space(graph).space
    drawn = [space.sample(seed) for seed in range(60)]
    points = list(map(tb.read_space(graph).params, drawn))
    assert {str(point["a"]) for params, point in zip(drawn, points, strict=True) if "deep" not in params} == {
        "1",
        "2",
        "{'b': 3}",
    }
    active = [pair for pair in zip(drawn, points, strict=True) if "deep" in pair[0]]
    assert active
    assert all(point["a"] == params["deep"] for params, point in active)


def test_a_reading_of_a_graph_can_be_pickled() -> None:
    reading = tb.read_space(SHAPE)
    again = pickle.loads(pickle.dumps(reading))
    params = reading.space.sample(1)
    assert again.params(params) == reading.params(params)


def test_a_graph_runs_on_every_kind_of_backend() -> None:
    reading = tb.read_space(SHAPE)

    def objective(trial: Mapping[str, Any]) -> float:
        point = reading.params(trial)
        return float(point["lr"]) + float(point["size"])

    for backend in ("optuna:tpe", "hyperopt:tpe", "sklearn:random"):
        result = tb.tune(
            tb.Problem(objective, reading.space), backend=backend, n_trials=8, seed=0, on_lossy="warn"
        )
        assert all(record.value is not None for record in result.trials)


REFUSED: dict[str, tuple[Any, str]] = {
    "bounds in the wrong order": (hp.uniform("x", 5, 0), r"x: hp.uniform\('x', 5, 0\): low <= high.*swap"),
    "bounds that are no logs": (hp.loguniform("x", 1, 1000), "the bounds are logarithms.*numpy.log"),
    "bounds that are drawn": (hp.uniform("x", 0, hp.uniform("y", 1, 2)), "x: .*is drawn, too"),
    "bounds that are no numbers": (hp.uniform("x", 0, "one"), "x: .*must be numbers, got 'one'"),
    "no width": (hp.normal("x", 0, 0), "needs a finite mean and a finite sd > 0"),
    "no step": (hp.quniform("x", 0, 1, 0), "q must be > 0"),
    "no integers": (hp.randint("x", 3, 3), "the upper bound is excluded"),
    "probabilities of more than 1": (hp.pchoice("x", [(0.5, 1), (0.7, 2)]), "divide them by their sum"),
    "an infinite bound": (hp.uniform("x", 0, math.inf), "high must be a finite number"),
    "one label for two": ([hp.uniform("x", 0, 1), hp.uniform("x", 0, 2)], "rename one"),
    "no label": ({"x": scope.uniform(0, 1)}, r"scope.uniform: .*write hp.uniform\(label, ...\)"),
    "a distribution of scipy's": ({"x": stats.uniform(0, 1), "y": hp.normal("y", 0, 1)}, r"Float\(0, 1\)"),
    "a parameter of ours": ({"x": tb.Float(0, 1), "y": hp.uniform("y", 0, 1)}, "x: .*declare all of it"),
    "places without an option": (scope.switch(hp.randint("x", 3), 1, 2), "has 2 options"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason_and_what_to_do(case: str) -> None:
    given, message = REFUSED[case]
    with pytest.raises(tb.TranslationError, match=message):
        tb.read_space(given)


def test_all_that_is_refused_is_named_at_once() -> None:
    with pytest.raises(tb.TranslationError) as caught:
        tb.read_space([hp.uniform("a", 5, 0), hp.uniform("fine", 0, 1), hp.normal("b", 0, -1)])
    assert "  a: " in caught.value.message
    assert "  b: " in caught.value.message
    assert "fine" not in caught.value.message


def test_trials_and_dicts_that_draw_nothing_are_errors_that_say_what_to_give() -> None:
    with pytest.raises(tb.SpaceError, match="give the space that fmin was given"):
        tb.read_space(Trials())
    with pytest.raises(tb.SpaceError, match=r"write hp.uniform\('x', 0, 1\)"):
        tb.read_space({"x": as_apply(3)})


def test_a_graph_that_draws_nothing_is_an_empty_space_as_it_is_for_hyperopt() -> None:
    reading = tb.read_space(scope.int(as_apply(3.5)))
    assert reading.space == tb.Space()
    assert reading.parameters == ()
    assert reading.params({}) == 3


def test_probabilities_of_less_than_1_are_read_as_hyperopt_draws_them_and_it_is_said() -> None:
    reading = tb.read_space(hp.pchoice("x", [(0.25, "a"), (0.5, "b")]))
    assert reading.space["x"] == tb.Categorical(["a", "b"], [0.25, 0.75])
    assert "the last option" in reading.parameters[0].reason
    assert_alike(draws(reading), own_draws(hp.pchoice("x", [(0.25, "a"), (0.5, "b")])))
