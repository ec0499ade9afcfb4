"""Every example runs, with a small budget, and what it shows is true."""

import pytest
from sklearn.model_selection import ParameterGrid

import tunebridge as tb
from tests.examples.running_examples import BUDGETS, FOLDER, load, run

BACKENDS = {
    "iris_five_searches": ["sklearn:grid", "sklearn:random", "hyperopt:anneal", "hyperopt:tpe", "optuna:gp"],
    "random_forest_grid": ["sklearn:grid", "sklearn:random", "hyperopt:tpe", "optuna:tpe"],
    "svm_kernels": ["sklearn:random", "hyperopt:tpe", "optuna:tpe"],
    "swap_backends": ["optuna:tpe", "hyperopt:tpe", "sklearn:random", "optuna:gp"],
}
LEAST_VALUE = 0.9
MAX_LINES = 60


@pytest.fixture(params=sorted(BACKENDS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_example_has_a_budget() -> None:
    assert sorted(BUDGETS) == sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.parametrize("name", sorted(BUDGETS))
def test_an_example_fits_on_a_page(name: str) -> None:
    assert len((FOLDER / f"{name}.py").read_text("utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("name", sorted(BUDGETS.keys() - {"digits_search_cv"}))
def test_an_example_has_a_problem_to_run_from_the_command_line(name: str) -> None:
    assert isinstance(load(name).problem, tb.Problem)


def test_it_runs_every_backend_that_it_names_and_prints_its_best_value(name: str) -> None:
    results, printed = run(name)
    assert [result.backend for result in results] == BACKENDS[name]
    for result in results:
        assert any(
            result.backend in row and f"{result.best_value:.4f}" in row for row in printed.splitlines()
        )


def test_every_trial_completes_inside_the_space(name: str) -> None:
    space = load(name).space
    for result in run(name)[0]:
        assert len(result.complete_trials) == len(result.trials) > 0
        assert all(space.contains(trial.params) for trial in result.trials)


def test_every_backend_finds_a_good_model(name: str) -> None:
    values = {result.backend: result.best_value for result in run(name)[0]}
    assert {backend: value for backend, value in values.items() if value < LEAST_VALUE} == {}


def test_the_forest_grid_is_the_one_of_scikit_learn() -> None:
    space = load("random_forest_grid").space
    result = tb.tune(tb.Problem(lambda trial: 0.0, space), backend="sklearn:grid")
    lists = {
        "n_estimators": [100, 200, 300],
        "max_depth": [None, 10, 20, 30],
        "min_samples_split": [2, 5, 10],
    }
    assert [trial.params for trial in result.trials] == list(ParameterGrid(lists))
    assert len(result.trials) == 36


def test_the_iris_grid_reaches_both_ends_of_every_parameter() -> None:
    result = run("iris_five_searches")[0][0]
    assert len(result.trials) == 27
    for name, parameter in result.problem.space.items():
        tried = {trial.params[name] for trial in result.trials}
        assert len(tried) == 3
        assert isinstance(parameter, tb.Int)
        assert {parameter.low, parameter.high} <= tried


def test_a_kernel_brings_its_own_parameters_and_no_others() -> None:
    own: dict[str, set[str]] = {"linear": set(), "rbf": {"gamma"}, "poly": {"degree", "gamma", "coef0"}}
    trials = [trial for result in run("svm_kernels")[0] for trial in result.trials]
    for trial in trials:
        assert trial.params.keys() == {"C", "kernel", *own[trial.params["kernel"]]}
    assert {trial.params["kernel"] for trial in trials} == own.keys()


def test_each_backend_goes_on_where_the_last_one_stopped() -> None:
    results = run("swap_backends")[0]
    assert [len(result.trials) for result in results] == [6, 12, 18, 24]
    assert [result.carried.n_told for result in results if result.carried] == [6, 0, 18]
    proposers = [trial.backend for trial in results[-1].trials]
    assert proposers == [name for name in BACKENDS["swap_backends"] for _ in range(6)]


def test_the_best_of_a_limited_example_is_within_its_limit_although_others_are_better() -> None:
    (result,), printed = run("svm_limited")
    assert result.best_trial.limits["support vectors"].is_kept
    assert result.best_value < max(trial.value for trial in result.trials)
    assert f"{len(result.eligible_trials)} of 20 trials are within the limit" in printed


def test_a_study_that_grows_keeps_what_it_had_and_finds_better() -> None:
    (before, result), printed = run("svm_grown")
    n_before = len(before.trials)
    assert [trial.value for trial in result.trials[:n_before]] == [trial.value for trial in before.trials]
    assert all(trial.params["shrinking"] is True for trial in result.trials[:n_before])
    assert f"has grown before trial {n_before}: gamma" in printed
    assert result.best_value >= before.best_value


def test_the_winner_that_is_confirmed_is_a_finalist_that_met_all_seeds() -> None:
    (result, confirmed), printed = run("confirmed_winner")
    assert result.trials[confirmed.winner.number].params == confirmed.winner.params
    assert len(confirmed.winner.values) == 3
    assert printed.startswith(confirmed.verdict)
