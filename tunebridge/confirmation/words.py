"""What a confirmation has found, in words."""

from __future__ import annotations

from collections.abc import Iterable

from tunebridge.comparison.statistics.paired import LEVEL, Verdict
from tunebridge.comparison.statistics.signed_rank import smallest_sample
from tunebridge.confirmation.finalist import Finalist
from tunebridge.confirmation.repeats import Repeats
from tunebridge.display.counted import counted
from tunebridge.errors import NoCompleteTrialError

DIGITS = 4
"""Digits of values in sentences."""


def verdict_of(confirmation: Repeats) -> str:
    """Return who wins, with which value; how much of the best was luck; who is as good; what it cost."""
    try:
        winner = confirmation.winner
    except NoCompleteTrialError as error:
        return " ".join(filter(None, [f"{error.message}.", *_failures(confirmation)]))
    if confirmation.is_deterministic:
        equal = (
            "All repeats are equal: nothing to confirm. The objective does not use trial.seed, so its values "
            f"are what they were; the best is {number(confirmation.value)} of {winner.name}."
        )
        return " ".join(filter(None, [equal, *_failures(confirmation), cost(confirmation)]))
    parts = [_winner(confirmation), _luck(confirmation), _others(confirmation), _excluded(confirmation)]
    return " ".join(filter(None, [*parts, cost(confirmation)]))


def standing(confirmation: Repeats, finalist: Finalist) -> str:
    """Return in a few words how a finalist stands."""
    if finalist.excluded:
        return f"excluded since: {finalist.excluded}"
    if finalist.out:
        return finalist.out
    if not confirmation.is_over:
        return "not over"
    if not any(one.may_win for one in confirmation.finalists):
        return ""
    if finalist.key == confirmation.winner.key:
        return "wins"
    if finalist.stopped:
        return f"worse, stopped after {counted(len(finalist.values), 'seed')}"
    return "cannot be told apart" if finalist in confirmation.tied else "worse"


def number(value: float) -> str:
    """Return a value as sentences show it."""
    return f"{value:.{DIGITS}g}"


def span(ends: tuple[float, float]) -> str:
    """Return an interval as sentences show it."""
    return f"[{number(ends[0])}, {number(ends[1])}]"


def cost(confirmation: Repeats) -> str:
    """Return how many repeats were run, how many were not, and how many are kept beside them."""
    many = f"{confirmation.n_evaluated} of {counted(confirmation.budget, 'repeat')}"
    saved = f", {confirmation.n_saved} saved" if confirmation.n_saved > 0 else ""
    others = counted(confirmation.n_others, "more repeat") if confirmation.n_others else ""
    kept = f" The store keeps {others} of seeds or finalists that were not asked for last." if others else ""
    return f"It took {many}{saved}.{kept}"


def _winner(confirmation: Repeats) -> str:
    winner, ends = confirmation.winner, confirmation.interval
    shown = "" if ends is None else f", 95 % interval {span(ends)}"
    seeds = counted(len(confirmation.seeds), "seed")
    return (
        f"{_capital(winner.name)} wins: {number(confirmation.value)} on the mean of {seeds}{shown}, "
        f"whichever of {counted(len(confirmation.finalists), 'finalist')} had won."
    )


def _luck(confirmation: Repeats) -> str:
    ends = confirmation.optimism_interval
    best = confirmation.chosen.name
    shown = "" if ends is None else f" {span(ends)}"
    size = confirmation.optimism
    how = "too good" if size >= 0 else "too bad"
    if ends is not None and size < 0:
        shown = f" {span((-ends[1], -ends[0]))}"
    value = f"{number(confirmation.best_value)} of {best}"
    return f"The study's best value, {value}, was {how} by {number(abs(size))}{shown}."


def _others(confirmation: Repeats) -> str:
    tied = [one.name for one in confirmation.tied]
    stopped = [one for one in confirmation.finalists if one.stopped]
    parts = []
    if tied:
        parts.append(f"{_capital(_listing(tied))} cannot be told apart from it{_needed(confirmation)}.")
    elif sum(not one.excluded for one in confirmation.finalists) > 1:
        parts.append("No other finalist is as good.")
    if stopped:
        names = _listing(f"{one.name} after {len(one.values)}" for one in stopped)
        parts.append(f"Stopped before the last seed since they could not win: {names}.")
    return " ".join([*parts, *_failures(confirmation)])


def _failures(confirmation: Repeats) -> list[str]:
    """Say of each finalist that failed in a repeat, or was beyond a limit there, in which one and why."""
    return [f"{_capital(one.name)} {one.out}." for one in confirmation.finalists if one.out]


def _excluded(confirmation: Repeats) -> str:
    """Say whose trials were excluded since, and what is to be done about it."""
    gone = [one for one in confirmation.finalists if one.excluded]
    if not gone:
        return ""
    names = _listing(f"{one.name} ({one.excluded})" for one in gone)
    return f"Excluded since, so that the study is to be confirmed again: {names}."


def _needed(confirmation: Repeats) -> str:
    """Say how many seeds it takes to tell any two apart, where those that there are cannot."""
    impossible = [test for test in confirmation.tests if test.verdict is Verdict.IMPOSSIBLE]
    if not impossible:
        return ""
    fewest = smallest_sample(LEVEL, len(confirmation.tests))
    return f": with {counted(len(confirmation.seeds), 'seed')} nothing can be, it needs {fewest}"


def _listing(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
