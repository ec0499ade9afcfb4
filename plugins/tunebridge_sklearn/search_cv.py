"""scikit-learn's search estimators over every backend."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator

from tunebridge import Backend, ChosenPruner, Limit, Space, Store
from tunebridge.calls import checked_with
from tunebridge.training.rules import Rule
from tunebridge_sklearn.candidates import Plan
from tunebridge_sklearn.elsewhere import elsewhere
from tunebridge_sklearn.private import Interval
from tunebridge_sklearn.search import CONSTRAINTS, Search
from tunebridge_sklearn.successive import Halving


@checked_with(elsewhere)
class TuneSearchCV(Search):
    """Search of an estimator's hyperparameters by cross-validation, on any backend.

    All of scikit-learn's conventions hold: `cv_results_`, several metrics, `refit`, `error_score`, groups,
    metadata routing, callbacks, `n_jobs` under joblib's `parallel_config`, `best_estimator_` and its methods.

    With a pruner, a candidate is judged while it is evaluated. One that is pruned stays in `cv_results_`: its
    `mean_test_*` and the splits that were not run to their end are NaN, `partial_mean_test_*` is the mean so
    far, `pruned` is True, and it ranks last. Trained by epochs, scores may differ from those of one `fit`:
    `partial_fit` knows no `tol` nor any other rule by which `fit` stops, and each epoch visits the rows in
    an order of its own, as in a `fit`, but in another one; with `shuffle=False` and no `tol` they are equal.
    The best candidate is trained on all data in the same way, so that it is what was scored.

    A search with `storage` goes on where it stopped when it is fitted again, if data, splits, scoring and
    estimator are the same; so `cv` needs an integer `random_state` if it shuffles.

    A candidate that `tunebridge.exclude` took out of such a study stays in `cv_results_` as a pruned one
    does, with the reason in the column `excluded`.

    With a backend that asks others, such as `auto`, the column `proposer` says who proposed each candidate.

    With `limits`, the best candidate is the best of those that are within all of them, and the ranks in
    `cv_results_` begin with these. A `refit` that is a function finds them by `beyond`, which is empty for
    them.

    A fitted search has all attributes of scikit-learn's: `best_estimator_`, `best_params_`, `best_score_` and
    the rest.

    Args:
        estimator: What is searched. `clf__C` names the parameter `C` of its step `clf`.
        space: A `tunebridge.Space`, or what `RandomizedSearchCV` takes: a dict, or a list of dicts, of lists
            and scipy distributions. A whole estimator may be a choice. A choice among branches whose name
            begins with an underscore is not set on the estimator: its branches say it all.
        backend: A backend's name, or what `tunebridge.backend` returns; or "sklearn:halving-random",
            "sklearn:halving-grid", or what `tunebridge_sklearn.halving` returns. None for the one that
            proposed last in a stored search, or else "optuna:tpe", as `tunebridge.default_backend` says.
        n_trials: How many candidates are evaluated at most; None for all points of a grid.
            "sklearn:halving-grid" visits the whole grid, whatever it is.
        pruner: A pruner's name, or what `tunebridge.pruner` returns.
        adjust: Feedback rules, such as `tunebridge.Plateau("eta0")`, which change params of a candidate while
            its models train by epochs or stages. What would be ignored is refused before the first candidate.
            The best candidate is trained on all data along its schedule: rules are not asked again.
        feedback: After what a pruner judges, and rules change params: "folds", each fold; "epochs", each
            epoch of `partial_fit` in all folds; "stages", 1, 2, 4, ... stages of `warm_start` in all folds;
            "rounds", each tenth round of a booster in all folds. "auto" takes rounds for a bare booster,
            epochs or stages for a bare estimator whose `max_iter` or `n_estimators` is declared: in the
            space, or by another value than the default; and folds if that is but the limit of a solver, if
            steps would not train what one `fit` does (`average`, `oob_score`, balanced classes; any
            `early_stopping` but False, or else `n_iter_no_change`; a class that is not known to, and does not
            show it on a small part of the data, which a warning says), or if the pruner compares in pairs
            (`wilcoxon`). A pipeline of scikit-learn's may be trained so; its other steps are fitted once per
            fold.
        scoring: As in scikit-learn. Of several metrics, the one that `refit` names is optimised, or the
            first.
        n_jobs: Jobs of joblib. They change the candidates only if there are more jobs than folds.
        refit: As in scikit-learn.
        cv: As in scikit-learn; splits are made once.
        verbose: 0 is silent, also about how a stored search goes on.
        pre_dispatch: As in scikit-learn.
        error_score: Score of a fit that fails, or "raise".
        return_train_score: Whether training scores are in `cv_results_`, too.
        random_state: Seed, handed to the backend unchanged; a RandomState; or None.
        storage: URL of a store, such as `sqlite:///tune.db`.
        study: Name of the study in it.
        join: Share the search with other processes that fit the same one, as `tunebridge.tune(join=True)`
            does; each evaluates a part of the candidates, and all find the same best one.
        max_seconds: Seconds after which no candidate is begun.
        on_objective_change: "error" refuses a stored search of other data, splits, scoring or estimator;
            "accept" goes on all the same, and records what had changed.
        grow: True goes on with a stored search whose space was smaller; for new params give what they were in
            the candidates before: `{"C": 1.0}`.
        limits: Which candidates may be the best, by the means in `cv_results_`:
            `{"mean_fit_time": tunebridge.Limit(at_most=0.5)}`, `mean_score_time`, and `mean_test_NAME` or
            `mean_train_NAME` of a metric, with the sign that it has there. One beyond a limit keeps its
            scores, is named in the column `beyond`, and ranks behind all that are within. Times differ from
            run to run, and so may what is found then.
        confirm: How many of the best candidates are scored again, as `tunebridge.confirm` does: on other
            splits than those that chose them, ten times anew, or `{"top": 5, "splits": 10}`. The one that
            wins there is the best, and is refitted. `cv` draws them by another `random_state`; a number of
            folds is shuffled. Of several metrics, the one that is optimised counts.

    Attributes:
        cv_results_: Dict of arrays, one entry per candidate. `params` are those that it began with; with
            rules, `schedule` holds a tuple of `tunebridge.Change` for each.
        best_rounds_: With a booster's rule to stop early, the mean of its rounds over the folds, with which
            the best model is trained; `rounds` in `cv_results_` are those of all.
        confirmation_: With `confirm`, what was found on the other splits: its `value` and `interval` are what
            to expect of the best candidate. `best_score_` is still that of `cv_results_`.
        best_schedule_: With rules, those of the best candidate. Its own params are those that it began with.
        why_: Who proposed how many candidates, how many of them were good, at which cost; of a backend that
            asks others, such as `auto`, also who was not asked, and why, as `Result.why` says. Where all
            candidates are evaluated at once, as of random search and grids, there is none.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        "space": [Space, dict, list],
        "n_trials": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "feedback": [str],
        "confirm": [numbers.Integral, dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        space: Any,
        *,
        backend: str | Backend | Halving | None = None,
        n_trials: int | None = 50,
        pruner: str | ChosenPruner | None = None,
        adjust: Sequence[Rule] | None = None,
        feedback: str = "auto",
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        random_state: Any = None,
        storage: str | Store | None = None,
        study: str | None = None,
        join: bool = False,
        max_seconds: float | None = None,
        on_objective_change: Literal["error", "accept"] = "error",
        grow: bool | Mapping[str, Any] = False,
        limits: Mapping[str, Limit] | None = None,
        confirm: int | Mapping[str, int] | None = None,
    ) -> None:
        """Keep the arguments; they are checked by `fit`."""
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
            backend=backend,
            pruner=pruner,
            adjust=adjust,
            storage=storage,
            study=study,
            join=join,
            max_seconds=max_seconds,
            on_objective_change=on_objective_change,
            grow=grow,
            limits=limits,
        )
        self.space = space
        self.n_trials = n_trials
        self.feedback = feedback
        self.random_state = random_state
        self.confirm = confirm

    def _plan(self) -> Plan:
        return Plan(
            given=self.space, n_trials=self.n_trials, random_state=self.random_state, feedback=self.feedback
        )


@checked_with(elsewhere)
class TuneRandomizedSearchCV(Search):
    """`RandomizedSearchCV` with a backend: change the class's name, and nothing else changes.

    With `pruner`, `storage`, `limits` or `max_seconds`, candidates are drawn one after the other: several
    dicts, and distributions other than `uniform`, `loguniform`, `randint`, `norm` and `lognorm`, are then
    drawn from by other random numbers than in scikit-learn.

    It takes all arguments of `RandomizedSearchCV`; `backend`, `pruner`, `adjust`, `storage`, `study`,
    `join`, `max_seconds`, `on_objective_change`, `grow` and `limits` are those of `TuneSearchCV`.

    Args:
        estimator: What is searched.
        param_distributions: Lists and distributions by name; a list of such dicts; or a `tunebridge.Space`.
        n_iter: How many candidates are evaluated; "sklearn:halving-grid" visits the whole grid.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        "param_distributions": [Space, dict, list],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        backend: str | Backend | Halving = "sklearn:random",
        pruner: str | ChosenPruner | None = None,
        adjust: Sequence[Rule] | None = None,
        storage: str | Store | None = None,
        study: str | None = None,
        join: bool = False,
        max_seconds: float | None = None,
        on_objective_change: Literal["error", "accept"] = "error",
        grow: bool | Mapping[str, Any] = False,
        limits: Mapping[str, Limit] | None = None,
    ) -> None:
        """Keep the arguments; they are checked by `fit`."""
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
            backend=backend,
            pruner=pruner,
            adjust=adjust,
            storage=storage,
            study=study,
            join=join,
            max_seconds=max_seconds,
            on_objective_change=on_objective_change,
            grow=grow,
            limits=limits,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state

    def _plan(self) -> Plan:
        return Plan(given=self.param_distributions, n_trials=self.n_iter, random_state=self.random_state)


@checked_with(elsewhere)
class TuneGridSearchCV(Search):
    """`GridSearchCV` with a backend: change the class's name, and nothing else changes.

    It takes all arguments of `GridSearchCV`; `backend`, `pruner`, `adjust`, `storage`, `study`, `join`,
    `max_seconds`, `on_objective_change`, `grow` and `limits` are those of `TuneSearchCV`. A backend that is
    no grid needs `max_seconds`.

    Args:
        estimator: What is searched.
        param_grid: Lists by name; a list of such dicts; or a `tunebridge.Space`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        "param_grid": [Space, dict, list],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        backend: str | Backend | Halving = "sklearn:grid",
        pruner: str | ChosenPruner | None = None,
        adjust: Sequence[Rule] | None = None,
        storage: str | Store | None = None,
        study: str | None = None,
        join: bool = False,
        max_seconds: float | None = None,
        on_objective_change: Literal["error", "accept"] = "error",
        grow: bool | Mapping[str, Any] = False,
        limits: Mapping[str, Limit] | None = None,
    ) -> None:
        """Keep the arguments; they are checked by `fit`."""
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
            backend=backend,
            pruner=pruner,
            adjust=adjust,
            storage=storage,
            study=study,
            join=join,
            max_seconds=max_seconds,
            on_objective_change=on_objective_change,
            grow=grow,
            limits=limits,
        )
        self.param_grid = param_grid

    def _plan(self) -> Plan:
        return Plan(given=self.param_grid, n_trials=None, random_state=0, limits="max_seconds")
