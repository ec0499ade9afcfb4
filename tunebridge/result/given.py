"""Checks that what is given as a result is one."""

from __future__ import annotations

from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError
from tunebridge.result.result import Result


def check_result(what: str, given: Any, loaded: str = "tunebridge.load_study(storage, name)") -> None:
    """Check that something is the result of a study.

    Args:
        what: Takes it, as the beginning of a sentence.
        given: What was given.
        loaded: The call that loads one, with all that is needed.

    Raises:
        ProblemError: It is something else.
    """
    if isinstance(given, Result):
        return
    has_one = isinstance(getattr(given, "result", None), Result)
    hint = "give its .result" if has_one else f"give what tunebridge.tune returned, or {loaded}"
    raise ProblemError(f"{what} takes the result of a study, got {brief(given)}", hint=hint)
