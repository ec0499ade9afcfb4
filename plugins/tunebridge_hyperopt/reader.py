"""hyperopt's `Trials` as a history to learn from.

hyperopt keeps the place of an option, not the option, and nothing of the space: an integer is the place of
`hp.choice` and `hp.pchoice` or the number that `hp.randint` drew. With the space it is known which.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hyperopt import JOB_STATE_DONE, JOB_STATE_ERROR, STATUS_FAIL, STATUS_OK, Trials
from hyperopt.pyll import as_apply, dfs
from hyperopt.pyll.base import Literal

from tunebridge import Direction, Place, ProblemError, StoredStudy, StoredTrial, TrialState

Document = Mapping[str, Any]
SOURCE = "hyperopt Trials"


def history(trials: Trials, space: Any = None, *, maximize: bool = False) -> StoredStudy:
    """Return trials of hyperopt's for `history=`.

    Args:
        trials: What `fmin` has filled.
        space: The space that `fmin` was given: options of its choices are read as what they are. Without it
            they are read by their place, and a trial is left out where an integer may be both.
        maximize: Whether the losses are negated values of what is maximised.

    Raises:
        ProblemError: These are no trials of hyperopt's.
    """
    if not isinstance(trials, Trials):
        raise ProblemError(f"expected hyperopt.Trials, got {trials!r}", hint="load a pickle of yours first")
    options = None if space is None else _options(space)
    sign = -1.0 if maximize else 1.0
    ended = [one for one in trials.trials if one["state"] in (JOB_STATE_DONE, JOB_STATE_ERROR)]
    return StoredStudy(
        name=SOURCE,
        directions=(Direction.MAXIMIZE if maximize else Direction.MINIMIZE,),
        notes={},
        trials=tuple(_stored(one, options, sign) for one in ended),
    )


def _stored(document: Document, options: Mapping[str, tuple[Any, ...]] | None, sign: float) -> StoredTrial:
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
        params={label: _param(label, drawn[0], options) for label, drawn in vals if len(drawn)},
        values=(sign * float(loss),) if complete else None,
        started=started,
        finished=_in_utc(document.get("refresh_time")) or started,
        notes={"backend": SOURCE, "error": None if error is None else str(error)},
    )


def _param(label: str, drawn: Any, options: Mapping[str, tuple[Any, ...]] | None) -> Any:
    """Return a param: an option where its choice is known, a place, or a number."""
    number = drawn.item() if hasattr(drawn, "item") else drawn
    if not isinstance(number, int):
        return number
    if options is None:
        return Place(number, is_certain=False)
    if label not in options:
        return number
    known = options[label]
    option = known[number] if 0 <= number < len(known) else None
    return option.obj if isinstance(option, Literal) else Place(number)


def _options(space: Any) -> dict[str, tuple[Any, ...]]:
    """Return the options of every choice of a space, by its label."""
    switches = (node for node in dfs(as_apply(space)) if node.name == "switch")
    found = ((node.pos_args[0], tuple(node.pos_args[1:])) for node in switches)
    return {index.pos_args[0].obj: options for index, options in found if index.name == "hyperopt_param"}


def _in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of hyperopt's, which is in UTC without a zone."""
    return moment and moment.replace(tzinfo=UTC)
