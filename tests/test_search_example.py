"""The example inside scikit-learn runs on a small budget, and what it shows is true."""

import runpy
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "examples"
N_TRIALS = {"digits_search_cv": 8}
MAX_LINES = 60


@cache
def searched() -> tuple[dict[str, Any], str]:
    """Run the example once, and return its searches and what it printed."""
    with redirect_stdout(StringIO()) as printed:
        module = runpy.run_path(str(FOLDER / "digits_search_cv.py"))
        searches = module["main"](n_trials=N_TRIALS["digits_search_cv"])
    return searches, printed.getvalue()


def test_it_fits_on_a_page() -> None:
    assert len((FOLDER / "digits_search_cv.py").read_text("utf-8").splitlines()) <= MAX_LINES


def test_it_searches_on_three_libraries_and_prints_each() -> None:
    searches, printed = searched()
    assert list(searches) == ["optuna:tpe", "hyperopt:tpe", "sklearn:random"]
    for name, search in searches.items():
        assert any(name in row and f"cv {search.best_score_:.3f}" in row for row in printed.splitlines())


def test_all_candidates_are_kept_and_the_pruner_spares_some() -> None:
    for search in searched()[0].values():
        assert len(search.cv_results_["params"]) == N_TRIALS["digits_search_cv"]
        assert 0 < sum(search.cv_results_["pruned"]) < N_TRIALS["digits_search_cv"]


def test_it_finds_a_good_network() -> None:
    assert min(search.best_score_ for search in searched()[0].values()) >= 0.9
