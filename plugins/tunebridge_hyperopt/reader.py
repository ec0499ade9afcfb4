"""hyperopt's `Trials` as a history to learn from.

hyperopt keeps the place of an option, not the option, and nothing of the space: an integer is the place of
`hp.choice` and `hp.pchoice` or the number that `hp.randint` drew. With the space it is known which, and which
option stood there. Everything else, `hp.uniformint` too, draws floats, which are what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hyperopt import JOB_STATE_DONE, JOB_STATE_ERROR, STATUS_FAIL, STATUS_OK, Trials

from tunebridge import Direction, Option, ProblemError, Space, StoredStudy, StoredTrial, TrialState
from tunebridge_hyperopt.labels import Labels
from tunebridge_hyperopt.options import options_of

Document = Mapping[str, Any]
Options = Mapping[str, tuple[Any, ...] | None]
"""The options of each choice by its label, in order, as params are read; None for a number."""
Read = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Takes what was drawn by its label, and returns the params."""
SOURCE = "hyperopt Trials"
REMEDY = {
    False: "losses that are negated: history=tunebridge_hyperopt.history(trials, space, maximize=True)",
    True: "leave out maximize=True, if the losses are no negated values",
}
"""What to do where a problem has the other direction, by `maximize`."""


def history(trials: Trials, space: Any = None, *, maximize: bool = False) -> StoredStudy:
    """Return trials of hyperopt's for `history=`.

    Args:
        trials: What `fmin` has filled.
        space: The space that `fmin` was given: options of its choices are read as what they are. If it was
            made by `tunebridge.to_native`, give the `tunebridge.Space`: the index of an ordinal or of a step
            is read as what it stands for. Without a space a trial with an integer, which may be the place
            of any option, is left out.
        maximize: Whether the losses are negated values of what is maximised.

    Raises:
        ProblemError: These are no trials of hyperopt's.
    """
    if not isinstance(trials, Trials):
        raise ProblemError(f"expected hyperopt.Trials, got {trials!r}", hint="load a pickle of yours first")
    read = _reader(space)
    sign = -1.0 if maximize else 1.0
    ended = [one for one in trials.trials if one["state"] in (JOB_STATE_DONE, JOB_STATE_ERROR)]
    return StoredStudy(
        name=SOURCE,
        directions=(Direction.MAXIMIZE if maximize else Direction.MINIMIZE,),
        notes={"other_directions": REMEDY[maximize]},
        trials=tuple(_stored(one, read, sign) for one in ended),
    )


def _reader(space: Any) -> Read:
    """Return what reads the params of a trial."""
    options = {} if space is None or isinstance(space, Space) else options_of(space)

    def by_options(drawn: Mapping[str, Any]) -> dict[str, Any]:
        return {label: _param(label, one, options) for label, one in drawn.items()}

    if not isinstance(space, Space):
        return by_options
    labels = Labels.of_space(space)

    def by_space(drawn: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return labels.params(drawn)
        except (LookupError, TypeError, ValueError):  # the trials of another space: said param by param
            return by_options(drawn)

    return by_space


def _stored(document: Document, read: Read, sign: float) -> StoredTrial:
    result = document["result"]
    status, loss = result.get("status"), result.get("loss")
    complete = status == STATUS_OK and loss is not None and document["state"] == JOB_STATE_DONE
    vals = document["misc"]["vals"].items()
    error = document["misc"].get("error") or (status if status == STATUS_FAIL else None)
    started = _in_utc(document.get("book_time")) or datetime.now(UTC)
    return StoredTrial(
        number=None,
        attempt=document["tid"],
        state=TrialState.COMPLETE if complete else TrialState.FAILED,
        params=read({label: drawn[0] for label, drawn in vals if len(drawn)}),
        values=(sign * float(loss),) if complete else None,
        started=started,
        finished=_in_utc(document.get("refresh_time")) or started,
        notes={"backend": SOURCE, "error": None if error is None else str(error)},
    )


def _param(label: str, drawn: Any, options: Options) -> Any:
    """Return a param: a number, an option where its choice is known, or why it is neither."""
    number = drawn.item() if hasattr(drawn, "item") else drawn
    if label not in options:
        return _unknown(number) if isinstance(number, int) else number
    known = options[label]
    if known is None:
        return number
    if 0 <= number < len(known):
        return known[number]
    return Option(unknown=f"the choice of this space has no option {number}")


def _unknown(number: int) -> Option:
    """Return an integer that is a number or the place of an option."""
    return Option(
        unknown=f"{number} may be a number, or the place of an option: "
        "hand over the space, too: history=tunebridge_hyperopt.history(trials, space)"
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of hyperopt's, which is in UTC without a zone."""
    return moment and moment.replace(tzinfo=UTC)
