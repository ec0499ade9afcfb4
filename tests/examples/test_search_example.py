"""The example inside scikit-learn runs on a small budget, and what it shows is true."""

from tests.examples.running_examples import BUDGETS, run

NAME = "digits_search_cv"


def test_it_searches_on_three_libraries_and_prints_each() -> None:
    searches, printed = run(NAME)
    assert list(searches) == ["optuna:tpe", "hyperopt:tpe", "sklearn:random"]
    for name, search in searches.items():
        assert any(name in row and f"cv {search.best_score_:.3f}" in row for row in printed.splitlines())


def test_all_candidates_are_kept_and_the_pruner_spares_some() -> None:
    for search in run(NAME)[0].values():
        assert len(search.cv_results_["params"]) == BUDGETS[NAME]["n_trials"]
        assert 0 < sum(search.cv_results_["pruned"]) < BUDGETS[NAME]["n_trials"]


def test_it_finds_a_good_network() -> None:
    assert min(search.best_score_ for search in run(NAME)[0].values()) >= 0.9
