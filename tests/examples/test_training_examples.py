"""Every example that trains runs, and what it shows is true; on small budgets."""

import pytest

import tunebridge as tb
from tests.examples.running_examples import BUDGETS, load, run

pytestmark = pytest.mark.slow

BACKENDS = {
    "digits_optimizers": ["sklearn:random", "hyperopt:tpe", "optuna:tpe"],
    "digits_resumed": ["optuna:tpe"] * 2,
    "digits_skorch": ["sklearn:random", "hyperopt:tpe", "optuna:tpe"],
    "linear_regression_torch": ["sklearn:random", "hyperopt:tpe", "optuna:tpe"],
    "partial_fit_pruned": ["hyperopt:tpe"] * 3,
    "xor_torch": ["sklearn:random", "hyperopt:tpe", "optuna:tpe"],
}
GOOD = {
    "digits_optimizers": 0.9,
    "digits_resumed": 0.9,
    "digits_skorch": 0.8,
    "linear_regression_torch": 0.6,
    "partial_fit_pruned": 0.9,
    "xor_torch": 0.7,
}
"""What the best of all backends reaches within the small budgets."""

TORCH = ["linear_regression_torch", "xor_torch"]


@pytest.fixture(params=sorted(BACKENDS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_runs_every_backend_that_it_names_and_prints_its_best_value(name: str) -> None:
    results, printed = run(name)
    assert [result.backend for result in results] == BACKENDS[name]
    rows = printed.splitlines()
    for result in results:
        assert any(result.backend in row and f"{result.best_value:.4f}" in row for row in rows)


def test_every_trial_reports_and_none_fails(name: str) -> None:
    for result in run(name)[0]:
        assert len(result.trials) == BUDGETS[name]["n_trials"]
        assert {trial.state for trial in result.trials} <= {tb.TrialState.COMPLETE, tb.TrialState.PRUNED}
        assert all(trial.reports and not trial.faults for trial in result.trials)


def test_it_finds_a_good_model(name: str) -> None:
    best = [result.best_value for result in run(name)[0]]
    assert min(best) <= GOOD[name] if name in TORCH else max(best) >= GOOD[name]


@pytest.mark.parametrize("name", TORCH)
def test_it_searches_over_what_a_network_has(name: str) -> None:
    assert set(load(name).space) == {"lr", "batch_size", "hidden_size", "layers", "dropout"}


def test_the_line_goes_through_fifteen_points() -> None:
    module = load("linear_regression_torch")
    assert len(module.X) == len(module.Y) == 15
    assert (sum(module.X), sum(module.Y)) == (pytest.approx(90.969), pytest.approx(34.866))


def test_pruning_spares_epochs_on_hyperopt() -> None:
    unpruned, *pruned = run("partial_fit_pruned")[0]
    epochs = sum(len(trial.reports) for trial in unpruned.trials)
    assert epochs == 20 * BUDGETS["partial_fit_pruned"]["n_trials"]
    for result in pruned:
        assert any(trial.state is tb.TrialState.PRUNED for trial in result.trials)
        assert sum(len(trial.reports) for trial in result.trials) < 0.8 * epochs


def test_the_plateau_rule_lowers_the_learning_rate_of_digits() -> None:
    changes = [
        change
        for result in run("digits_optimizers")[0]
        for trial in result.trials
        for change in trial.schedule
    ]
    assert changes
    assert {change.name for change in changes} == {"lr"}


def test_a_killed_study_goes_on_to_what_it_would_have_found() -> None:
    resumed, whole = run("digits_resumed")[0]
    assert [one.attempt for one in resumed.trials] == [0, 1, 0, 0]
    assert [one.reports for one in resumed.trials] == [one.reports for one in whole.trials]


def test_the_six_optimizers_are_branches() -> None:
    choice = load("digits_optimizers").space["optimizer"]
    assert set(choice.branches) == {"sgd", "sgd-momentum", "adagrad", "rmsprop", "adam", "adamw"}


def test_each_device_gets_trials_that_see_it_alone() -> None:
    result, printed = run("devices_torch")
    assert len(result.complete_trials) == 4
    for trial in result.trials:
        assert trial.notes["GPUs"] == (0 if trial.device == "cpu" else 1)
        assert trial.device in printed
