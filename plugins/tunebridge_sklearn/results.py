"""Rows of `cv_results_`, made of a study's trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

import numpy as np

from tunebridge import Change, Reading, TrialRecord, TrialState
from tunebridge_sklearn.evaluation import NOTE, ROUNDS
from tunebridge_sklearn.limits import beyond

Measured = Mapping[str, Any]
"""What was measured on one split."""

Schedule = tuple[Change, ...]
"""What rules have changed of one candidate; each value as the estimator takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a search has found, one candidate to a row."""

    numbers: list[int]
    """Of the trials of the study."""
    params: list[dict[str, Any]]
    """The estimator's params."""
    splits: list[dict[str, Any]]
    """Scores and times of all splits of all candidates, as scikit-learn formats them."""
    pruned: list[bool]
    """Whether a candidate was pruned."""
    failed: list[bool]
    """Whether a candidate came to its end without a finite score."""
    excluded: list[str]
    """Why a candidate is excluded; empty for all others."""
    beyond: list[str]
    """Which limits a candidate is not within; empty for all others."""
    partial: dict[str, list[float]]
    """Means of the test scores that there are, by column."""
    rounds: list[int]
    """How many rounds a rule to stop early has left, on the mean of the folds; 0 without one."""
    members: list[str]
    """Who of a backend's members proposed a candidate; empty where it has none, and for given points."""
    schedules: Any
    """What rules have changed: an array of a `Schedule` for each."""

    def columns(self, *, judged: bool, limited: bool, adjusted: bool) -> dict[str, Any]:
        """Return the columns that scikit-learn's searches do not have.

        Args:
            judged: Whether there is a pruner.
            limited: Whether there are limits.
            adjusted: Whether there are rules.
        """
        found: dict[str, Any] = {**self.partial, "pruned": self.pruned} if judged else {}
        if any(self.excluded):
            found |= {**self.partial, "excluded": self.excluded}
        if limited:
            found["beyond"] = self.beyond
        if adjusted:
            found["schedule"] = self.schedules
        if any(self.rounds):
            found["rounds"] = self.rounds
        if any(self.members):
            found["proposer"] = self.members
        return found

    def check_any_left(self) -> None:
        """Check that some candidate is not excluded.

        Raises:
            ValueError: All are.
        """
        if all(self.excluded):
            raise ValueError(
                f"all {len(self.excluded)} candidates are excluded, so there is no best one; raise n_trials, "
                "or take one back: tunebridge.include(storage, study, trials=[...])"
            )

    def check_any_ended(self, pruner: str) -> None:
        """Check that the pruner has let some candidate end that did not fail.

        Raises:
            ValueError: It has let none; nothing is said where it has pruned none either.
        """
        n_pruned, n_failed = sum(self.pruned), sum(self.failed)
        if not n_pruned or n_pruned + n_failed < len(self.params):
            return
        rest = f", and the other {n_failed} failed" if n_failed else ""
        raise ValueError(
            f"{n_pruned if n_failed else f'all {n_pruned}'} candidates were pruned by {pruner!r}{rest}, so "
            "there is no best one; choose a pruner that lets more of them end, or leave it out"
        )


def collect(
    trials: Sequence[TrialRecord], reading: Reading, *, train: bool, limited: Sequence[str] = ()
) -> Rows:
    """Return the rows of those trials that have ended, by number.

    Args:
        trials: Of a study whose objective is an `Evaluation`.
        reading: What params mean to the estimator.
        train: Whether training scores are wanted.
        limited: The means that are limited.
    """
    ended = [one for one in trials if any(one.notes.get(NOTE, ())) and one.state.counts]
    measured = [one.notes[NOTE] for one in ended]
    out = [one.excluded is not None for one in ended]
    found = [split["test_scores"] for splits in measured for split in splits if split]
    names = next((tuple(scores) for scores in found if isinstance(scores, dict)), ())
    nothing = dict.fromkeys(names, np.nan) if names else np.nan
    return Rows(
        numbers=[one.number for one in ended],
        params=[reading.params(one.params) for one in ended],
        splits=[
            _row(split, splits, nothing, train=train, is_out=is_out)
            for splits, is_out in zip(measured, out, strict=True)
            for split in splits
        ],
        pruned=[one.state is TrialState.PRUNED for one in ended],
        failed=[one.state is TrialState.FAILED for one in ended],
        excluded=[one.excluded or "" for one in ended],
        beyond=[beyond(one, limited) for one in ended],
        partial={
            f"partial_mean_test_{name}": [_partial(splits, name if names else None) for splits in measured]
            for name in names or ("score",)
        },
        rounds=[int(one.notes.get(ROUNDS, 0)) for one in ended],
        members=[one.member for one in ended],
        schedules=np.fromiter((_schedule(one, reading) for one in ended), dtype=object, count=len(ended)),
    )


def _schedule(record: TrialRecord, reading: Reading) -> Schedule:
    return tuple(
        replace(one, value=reading.params({**record.params, one.name: one.value})[one.name])
        for one in record.changes
    )


def _row(
    split: Measured | None, splits: Sequence[Measured | None], nothing: Any, *, train: bool, is_out: bool
) -> dict[str, Any]:
    """Return one split as scikit-learn has it; one that was not trained to its end, or is out, has times."""
    run = [one for one in splits if one]
    row = {
        "fit_error": split["fit_error"] if split else None,
        "fit_time": split["fit_time"] if split else fmean(one["fit_time"] for one in run),
        "score_time": split["score_time"] if split else fmean(one["score_time"] for one in run),
    }
    whole = split if split and split["is_whole"] and not is_out else {}
    row["test_scores"] = whole.get("test_scores", nothing)
    if train:
        row["train_scores"] = whole.get("train_scores", nothing)
    return row


def _partial(splits: Sequence[Measured | None], name: str | None) -> float:
    scores = [one["test_scores"] for one in splits if one]
    return float(np.mean([one[name] if isinstance(one, dict) else one for one in scores]))
