"""What failed in a study, by its error."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tunebridge.display.brief import shortened
from tunebridge.display.counted import counted
from tunebridge.errors import last_line
from tunebridge.pages.document import Section
from tunebridge.pages.failure import TRACEBACK, Failure
from tunebridge.result.report.reported import Reported

NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+")
"""What may differ in errors of one kind."""


def failure_section(result: Reported) -> Section:
    """Return what is said of failures: of trials, and of the rules that watch them."""
    trials = [
        (trial.number, trial.error or f"it has {trial.state.value.replace('_', ' ')}")
        for trial in result.trials
        if trial.state.is_failure
    ]
    rules = [(trial.number, fault) for trial in result.trials for fault in trial.faults]
    found = [*grouped(trials, ""), *grouped(rules, "a feedback rule, in ")]
    words = [] if found else ["No trial has failed."]
    return Section(key="failures", title="Failures", words=words, failures=found)


def grouped(errors: Iterable[tuple[int, str]], who: str) -> list[Failure]:
    """Return errors by kind, the most frequent first: equal in their last lines but for numbers.

    Args:
        errors: Numbers of trials, and their whole errors.
        who: What stands before the trials.
    """
    kinds: dict[str, list[tuple[int, str]]] = {}
    for number, error in errors:
        kinds.setdefault(NUMBER.sub("0", last_line(error)), []).append((number, error))
    return [
        Failure(
            where=f"{who}{counted(len(dict(some)), 'trial')}, first in trial {some[0][0]}",
            what=last_line(some[0][1]),
            traceback=shortened(some[0][1], TRACEBACK),
        )
        for some in sorted(kinds.values(), key=lambda some: len(dict(some)), reverse=True)
    ]
