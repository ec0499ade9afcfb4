"""What a callback that watches a training is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tunebridge.display.brief import brief
from tunebridge.errors import ObjectiveError, ProblemError, closest, did_you_mean
from tunebridge.trial.trial import Trial


def check_watched(trial: object, metric: object, names: object) -> None:
    """Check what a callback is given to report with.

    Args:
        trial: Whose training it watches.
        metric: What it reports.
        names: What params of the trial are called in the library.

    Raises:
        ProblemError: It is no trial, no name of a metric, or no param of the study has a name.
    """
    if not isinstance(trial, Trial):
        raise ProblemError(
            f"a callback reports to the trial that the objective is called with, got {brief(trial)}",
            hint="give it the trial itself, which knows more than its params, and then the metric",
            in_every_trial=True,
        )
    if not isinstance(metric, str) or not metric:
        raise ProblemError(
            f"metric must be the name of what a callback reports, got {brief(metric)}",
            hint="it is a string such as 'val_loss'",
            in_every_trial=True,
        )
    if not isinstance(names, Mapping) or not all(isinstance(own, str) for own in names.values()):
        raise ProblemError(
            f"names must say what params are called in the library, got {brief(names)}",
            hint='it is a dict of names by param: names={"rate": "learning_rate"}',
            in_every_trial=True,
        )
    for name in names:
        if name not in trial.known:
            raise ProblemError(
                f"names renames {name!r}, and no param is called so",
                hint=did_you_mean(str(name), trial.known),
                in_every_trial=True,
            )


def unmeasured(
    metric: str,
    measured: Iterable[str],
    said: str,
    *,
    or_else: str,
    instead: str,
    in_every_trial: bool = True,
) -> ObjectiveError:
    """Return the error of a training that has not measured what its callback is to report.

    Args:
        metric: What is to be reported.
        measured: What is there in its place, by name.
        said: What was not done under the name, up to it.
        or_else: What to do where nothing is measured.
        instead: What to do where something else is.
        in_every_trial: Whether it depends on no params of the trial.
    """
    names = list(measured)
    said = f"{said} under the name {metric!r}"
    if not names:
        return ObjectiveError(f"{said}, nor under any other", or_else, in_every_trial=in_every_trial)
    near = closest(metric, names)
    return ObjectiveError(
        f"{said}, but under {', '.join(map(repr, names))}",
        hint=f"Did you mean {near!r}? Or {instead}" if near else instead,
        in_every_trial=in_every_trial,
    )
