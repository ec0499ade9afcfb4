"""Limits that a problem declares: on numbers that each of its trials notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ObjectiveError, ProblemError, closest
from tunebridge.trial.limit import Limit, Limited, limited
from tunebridge.trial.trial import Trial

EXAMPLE = "limits={'size_mb': tb.Limit(at_most=20)}, for what the objective notes: trial.note('size_mb', mb)"

MISSPELT = 0.8
"""How near a note is to the name that is limited, 0 to 1: 'svs' to 'sv', not 'train_acc' to 'test_acc'."""


def check_limits(limits: Any) -> None:
    """Check what a problem is given as its limits.

    Raises:
        ProblemError: It is no mapping of names to limits.
    """
    if not isinstance(limits, Mapping):
        raise ProblemError(f"limits must be a mapping of names to limits, got {brief(limits)}", hint=EXAMPLE)
    for name, limit in limits.items():
        if not isinstance(name, str) or not name:
            raise ProblemError(f"a limit needs the name of a note, got {brief(name)}", hint=EXAMPLE)
        if not isinstance(limit, Limit):
            raise ProblemError(f"limits[{name!r}] must be a tb.Limit, got {brief(limit)}", hint=EXAMPLE)


def measure(limits: Mapping[str, Limit], trial: Trial, *, is_whole: bool = True) -> None:
    """Hold what a trial has noted against the limits of its problem.

    Args:
        limits: Those of the problem.
        trial: It gets each number with its limit.
        is_whole: Whether its objective has come to its end, so that all of them have to be there.

    Raises:
        ObjectiveError: It has noted no number, or has limited one of these names itself.
    """
    for name, limit in limits.items():
        if is_whole and name in trial.limits:
            raise ObjectiveError(
                f"the problem limits {name!r}, and so does the objective",
                hint="take one of them out: trial.limit(...), or the problem's limits=...",
            )
        if is_whole and name not in trial.noted:
            raise _unnoted(name, trial.noted.keys() - limits.keys())
        found = limited(trial.noted.get(name), limit)
        if found is not None:
            trial.limits[name] = found
        elif is_whole:
            raise ObjectiveError(
                f"the problem limits {name!r}, so its note must be a finite number, got "
                f"{brief(trial.noted[name])}",
                hint="note the number itself; a trial that has none raises an exception of its own",
            )


def _unnoted(name: str, noted: Iterable[str]) -> ObjectiveError:
    """Return the error of a trial that has not noted what its problem limits.

    Another trial may come to the note, unless this one has made it under a name that is nearly the same.

    Args:
        name: What is limited.
        noted: What was noted, and is not limited.
    """
    names = list(noted)
    near, step = closest(name, names), f"write trial.note({name!r}, number) before it returns"
    return ObjectiveError(
        f"the problem limits {name!r}, and the objective has not noted it",
        hint=f"Did you mean {near!r}, which it has noted? Or {step}" if near else step,
        in_every_trial=bool(closest(name, names, MISSPELT)),
    )


def remeasured(
    limits: Mapping[str, Limit], known: Mapping[str, Limited], notes: Mapping[str, Any]
) -> dict[str, Limited]:
    """Return numbers of a trial from elsewhere under a problem's own limits.

    Args:
        limits: Those of the problem.
        known: What was limited there; it keeps its limit if the problem has none for it.
        notes: What was noted there, of which the problem may limit some.
    """
    noted = {name: limited(notes.get(name), limit) for name, limit in limits.items() if name not in known}
    return {
        **{name: Limited(one.value, limits.get(name, one.limit)) for name, one in known.items()},
        **{name: one for name, one in noted.items() if one is not None},
    }
