"""Which trial beyond its limits came closest to being allowed, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.display.counted import counted
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState


def none_allowed(trials: Sequence[TrialRecord]) -> str:
    """Return what there is to say where all complete trials are beyond their limits; empty elsewhere.

    Args:
        trials: Those of a study; of excluded ones nothing is said.
    """
    if any(one.is_eligible for one in trials):
        return ""
    complete = [one for one in trials if one.state is TrialState.COMPLETE and one.excluded is None]
    if not complete:
        return ""
    closest = nearest(complete)
    return (
        f"none of {counted(len(complete), 'complete trial')} is within its limits, so there is no best one; "
        f"trial {closest.number} came closest: {closest.beyond}"
    )


def nearest(trials: Sequence[TrialRecord]) -> TrialRecord:
    """Return the trial that is the least beyond its limits, the earliest of equals.

    Of several limits, each counts by its share of the furthest that one of the trials is beyond it.

    Args:
        trials: Each beyond a limit; at least one.
    """
    furthest: dict[str, float] = {}
    for trial in trials:
        for name, excess in trial.violations.items():
            furthest[name] = max(furthest.get(name, excess), excess)
    return min(
        trials,
        key=lambda trial: sum(excess / furthest[name] for name, excess in trial.violations.items()),
    )
