"""What a study found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebridge.dependencies import load_pandas
from tunebridge.display.brief import brief
from tunebridge.display.counted import counted
from tunebridge.display.printable import printable
from tunebridge.errors import NoAllowedTrialError, NoCompleteTrialError, last_line
from tunebridge.portable.portable import Portable
from tunebridge.problem.problem import Problem
from tunebridge.result.carried import Carried
from tunebridge.result.grown_space import GrownSpace
from tunebridge.result.nearest import none_allowed
from tunebridge.result.proposers import proposers, remarks
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

if TYPE_CHECKING:
    import pandas as pd


DEVICE = "device"
"""The column of devices, where trials had any."""

PROPOSER = "proposer"
"""The column of who proposed, where the backend asks others."""

COLUMNS = (
    "backend",
    "excluded",
    "told",
    "error",
    "seed",
    "started",
    "finished",
    "sampler_seconds",
    "objective_seconds",
)
"""Fields of a record that stand in a frame under their own names."""

LOOSEN = (
    "run more trials, loosen the limit, or widen the space to where it can be kept; result.complete_trials "
    "has all values"
)
"""What to do about a study without a trial within its limits."""


def damaged_records(damaged: Sequence[str]) -> str:
    """Return how many records are damaged, each of which may be named more than once."""
    return counted(len({text.partition(":")[0] for text in damaged}), "damaged record")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Portable):
    """All trials of a study, and the best of them."""

    problem: Problem
    """What was optimised."""
    study: str
    """The study's name."""
    backend: str
    """The backend's full name."""
    seed: int
    """The study's seed."""
    trials: list[TrialRecord]
    """All trials, by number."""
    stop_reason: str
    """What ended it: n_trials, max_seconds, exhausted, interrupted, failed or a stopper; empty till then."""
    carried: Carried | None = None
    """What its backend was told of trials from before it was opened; None if there were none."""
    damaged: tuple[str, ...] = ()
    """What of a stored study is not as it was written, and was left out, in words."""
    not_asked: Mapping[str, str] = field(default_factory=dict)
    """Of a backend that asks others: why these were not asked, by name."""
    members: Mapping[str, str] = field(default_factory=dict)
    """Of a backend that asks others: its members, by name, and what is to be said of each; mostly nothing."""
    grown: tuple[GrownSpace, ...] = ()
    """The spaces that the study has grown to, in order; `problem` has the last of them."""

    def __repr__(self) -> str:
        """Show the study in one line, with what failed in it; `to_frame()` shows the trials."""
        best, failed = "", f", {self.failures}" if self.failures else ""
        if self.eligible_trials and len(self.problem.directions) == 1:
            best = f", best {self.best_value:.6g} with {brief(dict(self.best_params))}"
        excluded = sum(trial.excluded is not None for trial in self.trials)
        failed += f", {excluded} excluded" if excluded else ""
        left_out = f", {damaged_records(self.damaged)} left out" if self.damaged else ""
        shown = f"Result({self.study!r} on {self.backend}: {len(self.trials)} trials{failed}{left_out}{best})"
        return printable(shown)

    @property
    def why(self) -> str:
        """Who proposed how many trials, how many of them were good, at which cost; who did not, and why."""
        lines = list(map(str, proposers(self.trials, self.problem.directions)))
        return "\n".join([*lines, *remarks(self.trials, self.members, self.not_asked)])

    @property
    def failures(self) -> str:
        """How many trials failed or ran out of time, and what the first of them said; empty for none."""
        errors = [trial.error or "" for trial in self.trials if trial.state.is_failure]
        return f"{len(errors)} failed (the first: {last_line(errors[0])})" if errors else ""

    @property
    def complete_trials(self) -> list[TrialRecord]:
        """The trials that have a value."""
        return [trial for trial in self.trials if trial.state is TrialState.COMPLETE]

    @property
    def eligible_trials(self) -> list[TrialRecord]:
        """The trials of which one may be the best."""
        return [trial for trial in self.trials if trial.is_eligible]

    @property
    def best_trial(self) -> TrialRecord:
        """The eligible trial with the best value, the earliest of equals.

        Raises:
            NoCompleteTrialError: No trial is complete.
            NoAllowedTrialError: All complete ones are beyond their limits.
            UnsupportedError: There are several objectives.
        """
        sign = self.problem.single_direction("best_trial", hint="use best_trials, the Pareto front").sign
        return min(self._eligible(), key=lambda trial: sign * _values(trial)[0])

    @property
    def best_params(self) -> Mapping[str, Any]:
        """The params of `best_trial`."""
        return self.best_trial.params

    @property
    def best_value(self) -> float:
        """The value of `best_trial`, in the user's sign."""
        return _values(self.best_trial)[0]

    @property
    def best_trials(self) -> list[TrialRecord]:
        """The Pareto front: eligible trials that no other is better than in every objective.

        With one objective, all trials that share the best value.

        Raises:
            NoCompleteTrialError: No trial is complete.
            NoAllowedTrialError: All complete ones are beyond their limits.
        """
        signs = [direction.sign for direction in self.problem.directions]
        losses = {
            trial.number: tuple(sign * value for sign, value in zip(signs, _values(trial), strict=True))
            for trial in self._eligible()
        }
        # Whoever is better in every objective comes before in this order, and so does one of the front.
        front: dict[int, tuple[float, ...]] = {}
        for number in sorted(losses, key=losses.__getitem__):
            if not any(_dominates(other, losses[number]) for other in front.values()):
                front[number] = losses[number]
        return [trial for trial in self.trials if trial.number in front]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per trial as a pandas frame, with columns `params_<name>` and `notes_<name>`.

        Numbers that are limited have columns `limits_<name>`, and `beyond` says which limits a trial is
        beyond.

        If the space has grown, the column `filled` names the params that a trial did not have. If the backend
        asks others, the column `proposer` says who proposed.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        rows = [self._row(trial) for trial in self.trials]
        values, params = self._value_columns(), self._param_columns()
        notes = [*self._limit_columns(), *self._note_columns()]
        more = [*self._proposer_column(), *self._device_column(), *self._filled_column()]
        frame: pd.DataFrame = load_pandas().DataFrame(
            rows, columns=["number", "state", *values, *params, *COLUMNS, *more, *notes]
        )
        for column, name in params.items():
            # pandas would make a missing value of a choice that is None.
            if any(trial.params.get(name, name) is None for trial in self.trials):
                frame[column] = load_pandas().Series([row[column] for row in rows], dtype=object)
        return frame.astype(dict.fromkeys(values, float))

    def report(self, path: str | PathLike[str]) -> Path:
        """Write what the study has found to one page, which needs no other file and no network.

        Args:
            path: A file that ends with `.html` or, for its tables alone, with `.md`.

        Returns:
            The path.

        Raises:
            MissingLibraryError: Jinja2 or matplotlib is not installed.
            ProblemError: It cannot be written there.
        """
        from tunebridge import importances  # by the front door: evaluators are plugins, which are found above
        from tunebridge.result.report.write import write_report

        return write_report(self, path, lambda: importances(self))

    def _row(self, trial: TrialRecord) -> dict[str, Any]:
        values = self._value_columns()
        return {
            "number": trial.number,
            "state": trial.state.name,
            **dict(zip(values, trial.values or [None] * len(values), strict=True)),
            **{column: trial.params.get(name, nan) for column, name in self._param_columns().items()},
            **{name: getattr(trial, name) for name in (*COLUMNS, PROPOSER, DEVICE)},
            "filled": ", ".join(trial.filled),
            "beyond": trial.beyond,
            **{f"limits_{name}": one.value for name, one in trial.limits.items()},
            **{f"notes_{name}": note for name, note in trial.notes.items()},
        }

    def _value_columns(self) -> list[str]:
        count = len(self.problem.directions)
        return ["value"] if count == 1 else [f"values_{index}" for index in range(count)]

    def _param_columns(self) -> dict[str, str]:
        return {f"params_{node.name}": node.name for node in self.problem.space.nodes}

    def _proposer_column(self) -> list[str]:
        return [PROPOSER] if any(trial.member for trial in self.trials) else []

    def _device_column(self) -> list[str]:
        return [DEVICE] if any(trial.device is not None for trial in self.trials) else []

    def _filled_column(self) -> list[str]:
        return ["filled"] if self.grown else []

    def _limit_columns(self) -> list[str]:
        columns = [f"limits_{name}" for trial in self.trials for name in trial.limits]
        return ["beyond", *dict.fromkeys(columns)] if columns else []

    def _note_columns(self) -> list[str]:
        return list(dict.fromkeys(f"notes_{name}" for trial in self.trials for name in trial.notes))

    def _eligible(self) -> list[TrialRecord]:
        eligible = self.eligible_trials
        if not eligible:
            beyond = none_allowed(self.trials)
            if beyond:
                raise NoAllowedTrialError(beyond, hint=LOOSEN)
            errors = [trial.error for trial in self.trials if trial.error and trial.state.is_failure]
            if self.complete_trials:
                left = [f"trial {one.number}: {one.excluded}" for one in self.complete_trials if one.excluded]
                raise NoCompleteTrialError(
                    "\n".join(["no trial may be the best one: those that are complete are excluded", *left]),
                    hint="run more trials, or take one back: tunebridge.include(...)",
                )
            raise NoCompleteTrialError(
                f"none of the {len(self.trials)} trials is complete, so there is no best one",
                hint=f"the first failure was: {last_line(errors[0])}" if errors else "run more trials",
            )
        return eligible


def _values(trial: TrialRecord) -> tuple[float, ...]:
    return trial.values or ()


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
