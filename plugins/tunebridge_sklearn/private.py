"""Every private name of scikit-learn in use, in one place; a test guards them against a new version."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.metrics._scorer import _PassthroughScorer as PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _insert_error_scores as insert_error_scores
from sklearn.model_selection._validation import _score as score
from sklearn.model_selection._validation import (
    _warn_or_raise_about_fit_failures as warn_or_raise_about_fit_failures,
)
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params

__all__ = [
    "BASE_CONSTRAINTS",
    "BIN",
    "MAPPER",
    "SUM",
    "BaseSearchCV",
    "Interval",
    "MultimetricScorer",
    "PassthroughScorer",
    "StrOptions",
    "callbacks_of",
    "check_method_params",
    "check_params",
    "fit_context",
    "insert_error_scores",
    "metrics",
    "safe_split",
    "score",
    "scorers_by_name",
    "warn_or_raise_about_fit_failures",
]

BASE_CONSTRAINTS = BaseSearchCV._parameter_constraints  # noqa: SLF001

TRIED = "1.9"
"""The minor version of scikit-learn that all of them were tried on."""


INHERITED = (
    "_check_refit_for_multimetric",
    "_format_results",
    "_get_routed_params_for_fit",
    "_get_scorers",
    "_init_callback_context",
    "_parameter_constraints",
    "_run_search",
    "_select_best_index",
    "_validate_params",
)
"""What the search classes and `check_params` use or override of `BaseSearchCV`."""

CONTEXT = ("call_on_fit_task_begin", "call_on_fit_task_end", "propagate_callback_context", "subcontext")
"""What they use of the callback context that `_init_callback_context` returns."""

HISTOGRAM = BIN, MAPPER, SUM = ("_bin_data", "_bin_mapper", "_raw_predict")
"""What bins rows in a `fit` of histogram boosting, what has learned how, and what sums up trees."""


def callbacks_of(search: BaseSearchCV) -> list[Any]:
    """Return the callbacks that `set_callbacks` has set."""
    return list(getattr(search, "_skl_callbacks", ()))


def check_params(model: BaseEstimator) -> None:
    """Check params as `fit` does.

    Raises:
        ValueError, TypeError: One is out of its bounds.
    """
    model._validate_params()  # noqa: SLF001


def scorers_by_name(scorer: object) -> Any:
    """Return several scorers as a dict, and anything else as it is."""
    return scorer._scorers if isinstance(scorer, MultimetricScorer) else scorer  # noqa: SLF001


def metrics(scorer: object) -> tuple[str, ...]:
    """Return the names of several metrics, or none for a single one or a function that may return many."""
    return tuple(scorers_by_name(scorer)) if isinstance(scorer, MultimetricScorer) else ()
