"""One candidate on one split: trained, as far as it has come, and scored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from traceback import format_exc
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv

from tunebridge_sklearn.net_training import apart
from tunebridge_sklearn.private import check_method_params, metrics, safe_split, score
from tunebridge_sklearn.training import Feedback, Procedure, Training, last_step

Scores = float | dict[str, float]
"""One score, or one per metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all candidates share."""

    X: Any
    """Shape (n_samples, n_features)."""
    y: Any
    """Targets, or None."""
    splits: Sequence[tuple[Any, Any]]
    """Training and test rows of each split; made once."""
    scorer: Any
    """A scorer, or several."""
    procedure: Procedure
    """How models are trained."""
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    """Of `fit`; what has one entry per sample is split."""
    score_params: Mapping[str, Any] = field(default_factory=dict)
    """Of the scorer."""
    error_score: Any = np.nan
    """Score of a fit that fails, or "raise"."""
    return_train_score: bool = False
    """Whether training rows are scored, too, when training is over."""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of scikit-learn's callbacks."""

    context: Any
    """Its callback context."""
    caller: BaseEstimator
    """The search."""

    @contextmanager
    def around(self, model: BaseEstimator, X: Any, y: Any, params: Mapping[str, Any]) -> Iterator[None]:
        """Call the callbacks before and after a fit within."""
        weights = params.get("sample_weight")
        known = {"X": X, "y": y, "metadata": None if weights is None else {"sample_weight": weights}}
        try:
            with self.context.propagate_callback_context(model):
                self.context.call_on_fit_task_begin(estimator=self.caller, **known)
                yield
        finally:
            self.context.call_on_fit_task_end(estimator=self.caller, **known)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the model of one split learns from, and is scored on."""

    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any
    test: Any
    """Which rows are scored on."""
    train: Any
    """Which rows are learned from."""
    params: Mapping[str, Any]
    """Of `fit`."""


@dataclass(slots=True)
class Fold:
    """A candidate's model on one split; it travels between processes from step to step."""

    index: int
    """Which split."""
    training: Training | None
    """Its model; None when training is over."""
    scores: dict[str, Any] = field(default_factory=dict)
    """What was measured last: `test_scores`, `train_scores`, `fit_time`, `score_time`, `fit_error`, and
    `rounds`, how many a rule to stop early has left."""
    rows: Rows | None = None
    """The rows of a booster, which is alive from round to round."""

    def advance(self, setting: Setting, step: int, *, last: bool, task: Task | None = None) -> Fold:
        """Train to a step, and score; whatever training raises is noted, unless it is to be raised.

        Args:
            setting: What all candidates share.
            step: The step to reach.
            last: Whether it is the last, after which the model is let go.
            task: For scikit-learn's callbacks.
        """
        if self.training is None:
            return self
        model = self.training.model
        rows = self._rows(setting, model)
        begun, error = time.time(), None
        try:
            with (
                nullcontext() if task is None else task.around(model, rows.X_train, rows.y_train, rows.params)
            ):
                valid = (rows.X_test, rows.y_test)
                self.training.advance(setting.procedure, rows.X_train, rows.y_train, step, rows.params, valid)
        except Exception:
            if setting.error_score == "raise":
                raise
            error = format_exc()
        fitted = time.time()
        over = last or error is not None or self.training.is_over
        scored = self.training.scored
        self.scores = {
            "fit_error": error,
            "fit_time": self.scores.get("fit_time", 0.0) + fitted - begun,
            "test_scores": _scores(setting, scored, error, rows.X_test, rows.y_test, rows.test),
            "score_time": self.scores.get("score_time", 0.0) + (time.time() - fitted) * (error is None),
        }
        if setting.return_train_score and over:
            self.scores["train_scores"] = _scores(
                setting, scored, error, rows.X_train, rows.y_train, rows.train
            )
        if over:
            self._end(error)
        return self

    def close(self) -> None:
        """Let go of a model that is trained no more."""
        if self.training is not None:
            self.training.close()
        self.training = self.rows = None

    def _end(self, error: str | None) -> None:
        """Note how many rounds there are, where a rule says so, and let the model go."""
        rounds = self.training.n_rounds if self.training is not None and error is None else None
        if rounds is not None:
            self.scores["rounds"] = rounds
        self.close()

    def _rows(self, setting: Setting, model: BaseEstimator) -> Rows:
        """Return the rows of this split."""
        if self.rows is not None:
            return self.rows
        train, test = (np.asarray(rows) for rows in setting.splits[self.index])
        X_train, y_train = safe_split(model, setting.X, setting.y, train)
        X_test, y_test = safe_split(model, setting.X, setting.y, test, train)
        params = check_method_params(setting.X, params=setting.fit_params, indices=train)
        rows = Rows(X_train, y_train, X_test, y_test, test, train, params)
        if setting.procedure.feedback is Feedback.ROUNDS:
            self.rows = rows
        return rows


def split(
    cv: Any, estimator: BaseEstimator, X: Any, y: Any, params: Mapping[str, Any]
) -> list[tuple[Any, Any]]:
    """Return the splits of all candidates.

    Args:
        cv: As in scikit-learn: a number of folds, a splitter, or splits.
        estimator: What is searched; the splits of a classifier are stratified.
        X: Shape (n_samples, n_features).
        y: Targets, or None.
        params: Of the splitter.

    Raises:
        ValueError: There are none, or not as many as the splitter says.
    """
    splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    n_splits = splitter.get_n_splits(X, y, **params)
    splits = list(splitter.split(X, y, **params))
    if len(splits) != n_splits:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. "
            f"Expected {n_splits} splits, got {len(splits)}"
        )
    if not splits:
        raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
    return splits


def candidate(estimator: BaseEstimator, params: Mapping[str, Any]) -> BaseEstimator:
    """Return a copy of an estimator with params set; estimators among them are copied, too.

    Raises:
        ValueError: The estimator has no such parameter.
    """
    return clone(estimator).set_params(**clone(dict(params), safe=False))


def _scores(setting: Setting, model: BaseEstimator, error: str | None, X: Any, y: Any, rows: Any) -> Scores:
    """Return the scores of a model, or those of one that could not be trained."""
    if error is not None:
        names = metrics(setting.scorer)
        return dict.fromkeys(names, setting.error_score) if names else setting.error_score
    params = check_method_params(setting.X, params=setting.score_params, indices=rows)
    with apart(last_step(model)):
        found: Scores = score(model, X, y, setting.scorer, params, setting.error_score)
    return found
