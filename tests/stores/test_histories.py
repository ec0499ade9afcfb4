"""Histories of other libraries, each made by a real run, cross with their values or say why not."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import hyperopt
import numpy as np
import optuna
import pandas as pd
import pytest
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, hp, rand
from hyperopt.fmin import generate_trials_to_calculate
from hyperopt.pyll import scope
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
import tunebridge_hyperopt
from tests.stores.imported import imported, tuned
from tunebridge import TrialState
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV

X, Y = make_classification(60, random_state=0)


pytestmark = pytest.mark.usefixtures("quiet_libraries")


# Optuna


NUMBERS = tb.Space(
    units=tb.Categorical({"16": 16, "32": 32, "64": 64}),
    depth=tb.Ordinal([1, 2, 4]),
    lr=tb.Float(1e-4, 1.0, log=True),
)


def test_numbers_of_optuna_are_found_where_labels_are_texts_and_the_other_way_round() -> None:
    numbers = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    texts = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    numbers.optimize(
        lambda trial: (
            trial.suggest_categorical("units", [16, 32, 64])
            + trial.suggest_categorical("depth", [1, 2, 4])
            + trial.suggest_float("lr", 1e-4, 1.0, log=True)
        ),
        n_trials=20,
    )
    texts.optimize(
        lambda trial: (
            float(trial.suggest_categorical("units", ["16", "32", "64"]))
            + float(trial.suggest_categorical("depth", ["1", "2", "4"]))
            + trial.suggest_float("lr", 1e-4, 1.0, log=True)
        ),
        n_trials=20,
    )
    labelled = tb.Space(
        units=tb.Categorical({"16": "small", "32": "middle", "64": "large"}),
        depth=tb.Categorical({"1": tb.Space(), "2": tb.Space(), "4": tb.Space()}),
        lr=tb.Float(1e-4, 1.0, log=True),
    )
    for study in (numbers, texts):
        records = imported(NUMBERS, study)
        assert [record.params for record in records] == [
            {"units": int(one.params["units"]), "depth": int(one.params["depth"]), "lr": one.params["lr"]}
            for one in study.trials
        ]
        words = {"16": "small", "32": "middle", "64": "large"}
        assert [record.params for record in imported(labelled, study)] == [
            {
                "units": words[str(one.params["units"])],
                "depth": str(one.params["depth"]),
                "lr": one.params["lr"],
            }
            for one in study.trials
        ]


def test_two_objectives_of_optuna_cross_and_another_number_is_refused() -> None:
    study = optuna.create_study(directions=["minimize", "maximize"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 1.0), n_trials=4)
    space = tb.Space(x=tb.Float(0, 1))
    records = imported_pairs(space, study)
    assert [record.values for record in records] == [tuple(one.values) for one in study.trials]
    with pytest.raises(tb.ProblemError, match="the history has the direction minimize, maximize"):
        tuned(space, study)


def imported_pairs(space: tb.Space, history: Any) -> list[tb.StoredTrial]:
    store = MemoryStore()
    problem = tb.Problem(lambda trial: (1.0, 1.0), space, ["minimize", "maximize"])
    tb.tune(problem, backend="optuna:random", n_trials=1, history=history, storage=store, study="s")
    stored = store.load("s")
    assert stored is not None
    return [trial for trial in stored.trials if trial.number is None]


def test_the_number_of_a_trial_that_is_left_out_is_that_of_its_own_study() -> None:
    study = optuna.create_study()
    study.ask({"x": optuna.distributions.FloatDistribution(0, 2)})
    for x in (0.5, 1.5):
        study.enqueue_trial({"x": x})
        trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 2)})
        study.tell(trial, 1.0)
    carried = tuned(tb.Space(x=tb.Float(0, 1)), study).carried
    assert carried is not None
    assert [one.number for one in carried.left_out] == [2]


def test_infinite_values_and_reports_of_optuna_are_no_numbers_here() -> None:
    study = optuna.create_study()

    def objective(trial: optuna.Trial) -> float:
        trial.report(math.nan, 0)
        trial.report(trial.suggest_float("x", 0, 1), 1)
        trial.report(math.inf, 2)
        return math.inf if trial.number else 1.0

    study.optimize(objective, n_trials=2)
    records = imported(tb.Space(x=tb.Float(0, 1)), study)
    assert [record.state for record in records] == [TrialState.COMPLETE, TrialState.FAILED]
    assert [[report.step for report in record.reports] for record in records] == [[1], [1]]


# hyperopt

NATIVE = {
    "lr": hp.loguniform("lr", math.log(1e-4), math.log(1.0)),
    "layers": scope.int(hp.quniform("layers", 1, 8, 1)),
    "seed": hp.randint("seed", 5),
    "size": hp.choice("size", [4, 8, 16]),
    "act": hp.pchoice("act", [(0.3, "relu"), (0.7, "tanh")]),
    "model": hp.choice(
        "model",
        [
            {"kind": "svm", "C": hp.lognormal("C", 0, 1)},
            {"kind": "tree", "leaves": hp.uniformint("leaves", 2, 9)},
        ],
    ),
}
OURS = tb.Space(
    lr=tb.Float(1e-4, 1.0, log=True),
    layers=tb.Int(1, 8),
    seed=tb.Int(0, 4),
    size=tb.Ordinal([4, 8, 16]),
    act=tb.Categorical(["relu", "tanh"]),
    model=tb.Categorical(
        {"svm": tb.Space(C=tb.Normal(0, 1, log=True)), "tree": tb.Space(leaves=tb.Int(2, 9))}
    ),
)


def minimised(native: Any = NATIVE, fn: Any = None, n_trials: int = 20) -> tuple[Trials, list[Any]]:
    """Run `fmin`, and return its trials and the points that its objective saw."""
    trials, seen = Trials(), []

    def objective(point: Any) -> Any:
        seen.append(point)
        return 1.0 if fn is None else fn(point)

    fmin(
        objective, native, rand.suggest, n_trials, trials=trials, rstate=np.random.default_rng(3),
        show_progressbar=False, verbose=False,
    )  # fmt: skip
    return trials, seen


def flat(point: Any) -> dict[str, Any]:
    """Return a point of NATIVE as params of OURS."""
    inside = {name: value for name, value in point["model"].items() if name != "kind"}
    return {**point, "model": point["model"]["kind"], **inside}


def test_trials_of_hyperopt_cross_with_the_values_that_the_objective_saw() -> None:
    trials, seen = minimised(fn=lambda point: point["lr"])
    given = tunebridge_hyperopt.history(trials, NATIVE)
    records = imported(OURS, given)
    assert [dict(record.params) for record in records] == [flat(point) for point in seen]
    assert [record.value for record in records] == [point["lr"] for point in seen]
    assert [type(record.params["layers"]) for record in records] == [int] * 20
    carried = tuned(OURS, given).carried
    assert carried is not None
    assert (carried.n_told, carried.outside) == (20, 0)
    assert {source for source, _, _ in carried.told} == {"hyperopt Trials"}


def test_trials_over_a_space_that_to_native_gave_cross_with_that_space() -> None:
    space = tb.Space(OURS, half=tb.Float(0, 2, step=0.5), only=tb.Constant(3))
    trials, seen = minimised(tb.to_native(space, "hyperopt:tpe"))
    records = imported(space, tunebridge_hyperopt.history(trials, space))
    assert [dict(one.params) for one in records] == [tb.decode(space, "hyperopt:tpe", one) for one in seen]
    assert {type(one.params["size"]) for one in records} == {int}
    assert {one.params["size"] for one in records} == {4, 8, 16}


def test_trials_of_another_space_than_the_one_that_is_given_are_read_by_their_labels() -> None:
    trials, _ = minimised({"x": hp.uniform("x", 0, 1), "n": hp.choice("n", ["a", "b"])})
    with pytest.raises(tb.ProblemError, match=r"none of the 20 trials[^$]*y: is missing"):
        tuned(tb.Space(y=tb.Float(0, 1)), tunebridge_hyperopt.history(trials, tb.Space(y=tb.Float(0, 1))))
    with pytest.raises(tb.ProblemError, match="none of the 20 trials"):
        tuned(tb.Space(x=tb.Float(0, 1)), tunebridge_hyperopt.history(trials, tb.Space(x=tb.Float(0, 1))))


def test_options_that_stand_in_another_order_are_found_with_the_space() -> None:
    native = {"size": hp.choice("size", [16, 4, 8]), "act": hp.choice("act", ["tanh", "relu"])}
    trials, seen = minimised(native)
    space = tb.Space(size=tb.Categorical([4, 8, 16]), act=tb.Categorical(["relu", "tanh"]))
    records = imported(space, tunebridge_hyperopt.history(trials, native))
    assert [dict(record.params) for record in records] == seen


@pytest.mark.parametrize(
    ("native", "parameter"),
    [
        (hp.choice("n", ["a", "b"]), tb.Categorical(["b", "a"])),
        (hp.choice("n", ["a", "b"]), tb.Categorical(["a", "b"])),
        (hp.choice("n", [2, 1, 0]), tb.Categorical([2, 1, 0])),
        (hp.pchoice("n", [(0.5, 4), (0.5, 8)]), tb.Ordinal([4, 8])),
        (hp.choice("n", [4, 8, 16]), tb.Int(0, 16)),
        (hp.choice("n", [0.5, 0.1]), tb.Float(0, 1)),
        (hp.randint("n", 3), tb.Int(0, 2)),
        (hp.choice("n", ["a", "b"]), tb.Categorical({"b": tb.Space(), "a": tb.Space()})),
        (hp.choice("n", ["a", "b"]), tb.Categorical(["b"])),
    ],
    ids=str,
)  # fmt: skip
def test_integers_without_their_space_are_not_guessed(native: Any, parameter: Any) -> None:
    trials, _ = minimised({"n": native})
    with pytest.raises(tb.ProblemError) as caught:
        tuned(tb.Space(n=parameter), trials)
    assert "none of the 20 trials" in str(caught.value)
    assert "n: 0 may be a number, or the place of an option: hand over the space, too: " in str(caught.value)
    assert "history=tunebridge_hyperopt.history(trials, space)" in str(caught.value)
    with pytest.raises(tb.ProblemError, match="hand over the space, too"):
        tuned(tb.Space(n=parameter), tunebridge_hyperopt.history(trials, {"m": hp.randint("m", 2)}))


def test_trials_without_integers_need_no_space_and_others_are_left_out_one_by_one() -> None:
    native = {
        "x": hp.uniform("x", 0, 1),
        "n": hp.uniformint("n", 1, 9),
        "q": hp.quniform("q", 0, 8, 2),
    }
    trials, seen = minimised(native)
    space = tb.Space(x=tb.Float(0, 1), n=tb.Int(1, 9), q=tb.Int(0, 8))
    assert [dict(record.params) for record in imported(space, trials)] == seen
    mixed = generate_trials_to_calculate([{"x": 1, "n": 2.0, "q": 4.0}])
    fmin(
        lambda point: 1.0, native, rand.suggest, 5, trials=mixed, show_progressbar=False, verbose=False,
    )  # fmt: skip
    carried = tuned(space, mixed).carried
    assert carried is not None
    assert (carried.n_told, carried.outside) == (5, 1)
    assert carried.left_out[0].reason.startswith("x: 1 may be a number, or the place of an option")


def test_trials_that_saw_the_options_in_another_order_teach_the_right_one() -> None:
    native = {"k": hp.choice("k", ["a", "b"])}
    trials, _ = minimised(native, lambda point: {"a": 0, "b": 1}[point["k"]])
    problem = tb.Problem(lambda point: {"a": 0, "b": 1}[point["k"]], tb.Space(k=tb.Categorical(["b", "a"])))
    old = tunebridge_hyperopt.history(trials, native)
    result = tb.tune(problem, backend="optuna:tpe", n_trials=10, seed=0, history=old)
    assert [trial.params["k"] for trial in result.trials].count("a") >= 8


C, LEAVES, SHARED = hp.uniform("C", 0, 1), hp.uniform("leaves", 0, 1), hp.uniform("shared", 0, 1)
BRANCHES = tb.Categorical(
    {"tree": tb.Space(leaves=tb.Float(0, 1), version=tb.Constant(1)), "svm": tb.Space(C=tb.Float(0, 1))}
)


@pytest.mark.parametrize(
    "options",
    [
        [{"kind": "svm", "C": C, "scale": "auto"}, {"kind": "tree", "leaves": LEAVES, "scale": "auto"}],
        [{"C": C}, {"leaves": LEAVES}],
        [{"svm": {"C": C}}, {"tree": {"leaves": LEAVES}}],
        [("svm", C), ("tree", LEAVES)],
        [{"kind": "SVC", "C": C}, {"kind": "RandomForest", "leaves": LEAVES}],
    ],
    ids=["a value in the dict", "params", "a key", "tuples", "other labels"],
)
def test_branches_are_known_by_what_is_in_their_dicts_not_by_their_place(options: Any) -> None:
    native = {"model": hp.choice("model", options)}
    trials, _ = minimised(native)
    records = imported(tb.Space(model=BRANCHES), tunebridge_hyperopt.history(trials, native))
    vals = [one["misc"]["vals"] for one in trials.trials]
    assert [dict(record.params) for record in records] == [
        {"model": "svm", "C": one["C"][0]}
        if one["C"]
        else {"model": "tree", "leaves": one["leaves"][0], "version": 1}
        for one in vals
    ]


@pytest.mark.parametrize(
    "options",
    [
        [{"kind": 1, "shared": SHARED}, {"kind": 2, "shared": SHARED}],
        [{"kind": "a", "other": "b", "shared": SHARED}, {"shared": SHARED}],
    ],
    ids=["nothing of its own", "both labels"],
)
def test_a_branch_that_nothing_identifies_is_left_out(options: Any) -> None:
    native = {"model": hp.choice("model", options)}
    trials, _ = minimised(native)
    inside = tb.Space(shared=tb.Float(0, 1))
    space = tb.Space(model=tb.Categorical({"a": inside, "b": inside}))
    with pytest.raises(tb.ProblemError, match="model: the option 0 of hp"):
        tuned(space, tunebridge_hyperopt.history(trials, native))


def test_lists_and_dicts_as_options_are_found_by_what_they_are() -> None:
    native = {
        "layers": hp.choice("layers", [[64, 32], [16]]),
        "sizes": hp.choice("sizes", [(1, 2), (3,)]),
        "kwargs": hp.choice("kwargs", [{"a": 1}, {"a": 2}]),
    }
    trials, seen = minimised(native)
    space = tb.Space(
        layers=tb.Categorical({"one": [16], "two": [64, 32]}),
        sizes=tb.Categorical({"one": (3,), "two": (1, 2)}),
        kwargs=tb.Categorical({"two": {"a": 2}, "one": {"a": 1}}),
    )
    records = imported(space, tunebridge_hyperopt.history(trials, native))
    assert [{**record.params, "layers": tuple(record.params["layers"])} for record in records] == seen


def test_losses_of_hyperopt_are_minimised_unless_they_are_said_to_be_negated() -> None:
    native = {"x": hp.uniform("x", 0, 1)}
    trials, seen = minimised(native, lambda point: -point["x"])
    space = tb.Space(x=tb.Float(0, 1))
    with pytest.raises(
        tb.ProblemError, match=r"(?s)direction minimize, and this problem max.*hint: .*maximize=True"
    ):
        tuned(space, trials, "maximize")
    records = imported(space, tunebridge_hyperopt.history(trials, native, maximize=True), "maximize")
    assert [record.value for record in records] == [point["x"] for point in seen]


def test_failed_trials_of_hyperopt_and_those_with_nan_are_failed_here() -> None:
    losses: Iterator[Any] = iter(
        [1.0, {"status": STATUS_FAIL}, float("nan"), {"status": STATUS_OK, "loss": 2.0, "extra": [1]}]
    )
    trials, _ = minimised({"x": hp.uniform("x", 0, 1)}, lambda point: next(losses), n_trials=4)
    records = imported(tb.Space(x=tb.Float(0, 1)), trials)
    states = [(record.state, record.value) for record in records]
    failed = (TrialState.FAILED, None)
    assert states == [(TrialState.COMPLETE, 1.0), failed, failed, (TrialState.COMPLETE, 2.0)]


def test_a_bound_that_hyperopt_rounded_past_itself_is_the_bound() -> None:
    high = 0.3
    rounded = math.exp(math.log(high))
    beyond = max(rounded, math.nextafter(high, 1.0))
    study = optuna.create_study()
    for x in (beyond, 0.3001, 0.1):
        distribution = optuna.distributions.FloatDistribution(0.0, 1.0)
        study.add_trial(
            optuna.trial.create_trial(params={"x": x}, distributions={"x": distribution}, value=1.0)
        )
    space = tb.Space(x=tb.Float(0.1, high, log=True))
    assert [record.params["x"] for record in imported(space, study)] == [high, 0.1]


def test_hyperopt_trials_of_other_names_are_an_error_and_what_is_no_trials_is_refused() -> None:
    trials, _ = minimised({"x": hp.uniform("x", 0, 1)}, n_trials=2)
    with pytest.raises(tb.ProblemError, match=r"trial 0 of the study 'hyperopt Trials': y: is missing"):
        tuned(tb.Space(y=tb.Float(0, 1)), trials)
    with pytest.raises(tb.ProblemError, match=r"expected hyperopt.Trials, got 3"):
        tunebridge_hyperopt.history(3)


def test_a_running_document_is_no_history() -> None:
    trials, _ = minimised({"x": hp.uniform("x", 0, 1)}, n_trials=2)
    document = trials.new_trial_docs([9], [None], [{"status": "new"}], [
        {"tid": 9, "cmd": None, "idxs": {"x": [9]}, "vals": {"x": [0.5]}}
    ])  # fmt: skip
    trials.insert_trial_docs(document)
    trials.refresh()
    assert len(hyperopt.Trials.losses(trials)) == 3
    assert len(imported(tb.Space(x=tb.Float(0, 1)), trials)) == 2


# scikit-learn

TREES = {"max_depth": [None, 1, 3], "criterion": ["gini", "entropy"]}
TREE_SPACE = tb.Space(max_depth=tb.Categorical([None, 1, 3]), criterion=tb.Categorical(["gini", "entropy"]))


def test_a_fitted_search_and_its_cv_results_cross() -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), TREES, cv=3).fit(X, Y)
    frame = pd.DataFrame(search.cv_results_)
    for given in (search, search.cv_results_, frame):
        records = imported(TREE_SPACE, given, "maximize")
        assert [dict(record.params) for record in records] == search.cv_results_["params"]
        assert [record.value for record in records] == list(search.cv_results_["mean_test_score"])
    with pytest.raises(tb.ProblemError, match="the history has the direction maximize, and this problem min"):
        tuned(TREE_SPACE, search)


def test_candidates_that_failed_to_fit_are_failed_here() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(
            DecisionTreeClassifier(random_state=0), {"max_depth": [-1, 2]}, cv=2, error_score=np.nan
        ).fit(X, Y)
    records = imported(tb.Space(max_depth=tb.Int(-1, 3)), search, "maximize")
    assert [record.state for record in records] == [TrialState.FAILED, TrialState.COMPLETE]


def test_of_several_scores_the_one_of_the_refit_counts_and_a_dict_has_to_have_one() -> None:
    scoring = ["accuracy", "neg_log_loss"]
    search = RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0), TREES, n_iter=3, scoring=scoring, refit="neg_log_loss", cv=2,
        random_state=0,
    ).fit(X, Y)  # fmt: skip
    results = search.cv_results_
    records = imported(TREE_SPACE, search, "maximize")
    assert [record.value for record in records] == list(results["mean_test_neg_log_loss"])
    with pytest.raises(tb.ProblemError, match="cv_results_ has 2 scores, and none that counts"):
        tuned(TREE_SPACE, results, "maximize")
    one = {"params": results["params"], "mean_test_score": results["mean_test_accuracy"]}
    assert [record.value for record in imported(TREE_SPACE, one, "maximize")] == list(one["mean_test_score"])


def test_candidates_of_a_halving_search_are_pruned_but_for_those_with_all_resources() -> None:
    search = HalvingRandomSearchCV(
        DecisionTreeClassifier(random_state=0),
        TREES,
        n_candidates=4,
        factor=2,
        min_resources=20,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    records = imported(TREE_SPACE, search, "maximize")
    used = list(search.cv_results_["n_resources"])
    assert len(set(used)) > 1
    assert [record.state is TrialState.COMPLETE for record in records] == [one == max(used) for one in used]
    assert [[report.step for report in record.reports] for record in records] == [
        [] if one == max(used) else [one] for one in used
    ]


def test_a_search_of_tunebridges_own_crosses_with_its_pruned_candidates() -> None:
    space = {"max_depth": [1, 2, 3, 4, 5], "min_samples_leaf": [1, 5, 20]}
    pruner = tb.pruner("median", n_startup_trials=1)
    search = TuneSearchCV(
        DecisionTreeClassifier(random_state=0), space, backend="sklearn:random", n_trials=8, pruner=pruner,
        cv=3, random_state=0,
    ).fit(X, Y)  # fmt: skip
    pruned = [bool(one) for one in search.cv_results_["pruned"]]
    assert set(pruned) == {True, False}
    ours = tb.Space(max_depth=tb.Int(1, 5), min_samples_leaf=tb.Ordinal([1, 5, 20]))
    records = imported(ours, search.cv_results_, "maximize")
    assert [record.state is TrialState.PRUNED for record in records] == pruned
    assert [dict(record.params) for record in records] == search.cv_results_["params"]


def test_a_search_that_is_not_fitted_says_so() -> None:
    with pytest.raises(tb.ProblemError, match="is not fitted"):
        tuned(TREE_SPACE, GridSearchCV(DecisionTreeClassifier(), TREES), "maximize")
