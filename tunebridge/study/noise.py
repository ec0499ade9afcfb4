"""What is said at the end of a study whose problem was told to be noisy."""

from __future__ import annotations

from tunebridge.display.printable import logger_of
from tunebridge.result.result import Result

logger = logger_of(__name__)


def say_noisy(found: Result) -> None:
    """Say that the best of several noisy values is too good, and what tells by how much."""
    if not found.problem.noisy or len(found.problem.directions) > 1:
        return
    n_eligible = len(found.eligible_trials)
    if n_eligible > 1:
        logger.warning(
            "%.6g is the best of %d noisy values of %r, so that luck is a part of it: "
            "tunebridge.confirm(result) says how much, and whether another trial is as good",
            found.best_value,
            n_eligible,
            found.study,
        )
