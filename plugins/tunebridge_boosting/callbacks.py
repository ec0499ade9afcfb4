"""Callbacks for the boosters' own training: they report, end it when told to, and apply changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tunebridge import ProblemError, Trial
from tunebridge.checks import is_int
from tunebridge.display.brief import brief
from tunebridge.trial.watched import check_watched, unmeasured
from tunebridge_boosting.live import apply, refuse
from tunebridge_boosting.names import FROZEN
from tunebridge_boosting.needed import needing

AFTER_RECORDS = 25
"""Among the callbacks of LightGBM: after those that record what is measured, before those that stop early."""

ROWS = (
    "give the training validation rows: eval_set=[(X_valid, y_valid)] of fit; train has evals or valid_sets"
)
"""What to do where nothing is measured."""

NAMING = "take one of these: data and metric; the rows of eval_set are the data, eval_metric names the metric"
"""What to do where something else is measured."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What callbacks of all libraries do after a round."""

    trial: Trial
    """Whose training it is."""
    metric: str
    """Which value is reported: data and metric, `validation_0-logloss`."""
    every: int
    """After how many rounds."""
    names: Mapping[str, str]
    """What params of the trial are called in the library, where that is another name."""

    change: Callable[[Any, Mapping[str, Any]], None] = apply
    """Gives what is trained new params, or refuses them by name."""

    def __post_init__(self) -> None:
        """Check the trial, and the metric."""
        check_watched(self.trial, self.metric, self.names)
        if not is_int(self.every) or self.every < 1:
            said = f"every must be an integer >= 1, got {brief(self.every)}"
            raise ProblemError(said, in_every_trial=True)

    def goes_on(self, booster: Any, n_rounds: int, values: Mapping[str, float]) -> bool:
        """Report, apply what has changed, and return whether the training goes on.

        Args:
            booster: What is trained.
            n_rounds: How many rounds it has.
            values: What was measured, by data and metric.

        Raises:
            ObjectiveError: The metric was not measured.
            LiveParamError: A param was changed that no round reads.
        """
        if n_rounds % self.every:
            return True
        if self.metric not in values:
            raise unmeasured(self.metric, values, "nothing was measured", or_else=ROWS, instead=NAMING)
        changed = self.trial.report(values[self.metric], n_rounds, raises=False)
        if self.trial.should_prune():
            return False
        if changed:
            self.change(booster, {self.names.get(name, name): value for name, value in changed.items()})
        return True


def for_xgboost(reports: Reports) -> Any:
    """Return the callback of xgboost, which ends a training by its answer.

    Raises:
        MissingLibraryError: xgboost is not installed.
    """
    with needing("xgboost", "xgboost_callback"):
        from xgboost.callback import TrainingCallback

    class Callback(TrainingCallback):
        """Reports after each round."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            values = {
                f"{data}-{metric}": column[-1] if not isinstance(column[-1], tuple) else column[-1][0]
                for data, measured in evals_log.items()
                for metric, column in measured.items()
            }
            return not reports.goes_on(model, epoch + 1, values)

    return Callback()


def for_lightgbm(reports: Reports) -> Callable[[Any], None]:
    """Return the callback of LightGBM, which ends a training by its own exception for an early stop.

    Raises:
        MissingLibraryError: LightGBM is not installed.
    """
    with needing("lightgbm", "lightgbm_callback"):
        from lightgbm.callback import EarlyStopException

    def callback(env: Any) -> None:
        measured = env.evaluation_result_list or []
        values = {f"{one[0]}-{one[1]}": one[2] for one in measured}
        if not reports.goes_on(env.model, env.iteration + 1, values):
            raise EarlyStopException(env.iteration, measured)

    callback.order = AFTER_RECORDS  # type: ignore[attr-defined]  # by it LightGBM sorts its callbacks
    return callback


def for_catboost(reports: Reports) -> Any:
    """Return the callback of CatBoost, which ends a training by its answer, and can change nothing."""
    return AfterRound(replace(reports, change=_refuse))


@dataclass(frozen=True, slots=True)
class AfterRound:
    """Reports after each round of CatBoost."""

    reports: Reports
    """What is done then."""

    def after_iteration(self, info: Any) -> bool:
        """Return whether the training goes on.

        Raises:
            ObjectiveError: The metric was not measured.
            LiveParamError: A param was changed: none can be.
        """
        values = {
            f"{data}-{metric}": column[-1]
            for data, measured in info.metrics.items()
            for metric, column in measured.items()
        }
        return self.reports.goes_on(None, info.iteration, values)


def _refuse(booster: Any, changed: Mapping[str, Any]) -> None:
    refuse(dict.fromkeys(changed, FROZEN), in_every_trial=True)
