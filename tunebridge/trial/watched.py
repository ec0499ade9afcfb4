"""What a callback that watches a training is made with."""

from __future__ import annotations

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.trial.trial import Trial


def check_watched(trial: object, metric: object) -> None:
    """Check what a callback is given to report with.

    Raises:
        ProblemError: It is no trial, or no name of a metric.
    """
    if not isinstance(trial, Trial):
        raise ProblemError(
            f"a callback reports to the trial that the objective is called with, got {brief(trial)}",
            hint="give it the trial itself, which knows more than its params, and then the metric",
        )
    if not isinstance(metric, str) or not metric:
        raise ProblemError(
            f"metric must be the name of what a callback reports, got {brief(metric)}",
            hint="it is a string such as 'val_loss'",
        )
