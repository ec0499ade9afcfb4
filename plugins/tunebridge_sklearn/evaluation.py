"""The objective of a search: one candidate, cross-validated, and judged while it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from statistics import fmean
from typing import Any, ClassVar

from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.utils.parallel import Parallel, delayed

from tunebridge import ObjectiveError, Reading, Trial
from tunebridge_sklearn.changes import AT_ONCE, change, changed_names, refuse, when_in_force
from tunebridge_sklearn.fingerprints import fingerprints
from tunebridge_sklearn.fold import Fold, Scores, Setting, Task, candidate
from tunebridge_sklearn.limits import means
from tunebridge_sklearn.resumption import begun, keep
from tunebridge_sklearn.training import RESOURCES, last_step

NOTE = "splits"
"""Under this name a trial notes what was measured on each split: None for one that did not run."""

ROUNDS = "rounds"
"""Under this name it notes how many rounds a rule to stop early has left, on the mean of the folds."""

Work = Callable[[], Fold]
"""One fold's way to its next step, to be called in some process."""

Course = Generator[list[Work], list[Fold], float]
"""A candidate's evaluation: yields what can run side by side, is sent what came of it, returns the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Cross-validates the candidate of a trial, and returns its mean test score."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same inputs get other scores."""
    estimator: BaseEstimator
    """What is searched."""
    reading: Reading
    """The space, and what its params mean to the estimator."""
    setting: Setting
    """What all candidates share."""
    metric: str | None = None
    """The metric that is optimised, of several; None for the first."""
    reports: bool = True
    """Whether it reports to a pruner."""
    paired: bool = False
    """Whether it reports the score of each fold by itself, not the mean of the folds so far."""
    n_jobs: int | None = None
    """How many folds it trains side by side when it is called as an objective."""
    limited: tuple[str, ...] = ()
    """The means, as `cv_results_` calls them, that a candidate notes at its end: they are limited."""

    def __call__(self, trial: Trial) -> float:
        """Cross-validate a trial's candidate.

        Raises:
            TrialPruned: The study has ended the trial.
            ObjectiveError: The mean score is no finite number.
        """
        course = self.course(trial, effective_n_jobs(self.n_jobs))
        with Parallel(**self.setting.procedure.jobs(self.n_jobs)) as parallel:
            try:
                work = next(course)
                while True:
                    work = course.send(parallel(delayed(one)() for one in work))
            except StopIteration as end:
                return float(end.value)

    def fingerprint(self) -> Mapping[str, Any]:
        """Return what the value depends on, by name."""
        reported = "each fold" if self.paired else "their mean"
        known = fingerprints(self.estimator, self.setting, self.reading)
        return {**known, "refit": repr(self.metric), "what is reported": reported}

    @property
    def no_checkpoints(self) -> str:
        """Why a trial writes no checkpoint; empty if it does."""
        procedure = self.setting.procedure
        if procedure.writes(self.estimator):
            return ""
        able = " and ".join(f'feedback="{one}"' for one in RESOURCES)
        return f'feedback="{procedure.feedback}" writes none, only {able} do'

    def live(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Return, by name, when a changed param is in force, or why none can be."""
        model = candidate(self.estimator, self.reading.params(params))
        return when_in_force(model, params, self.setting)

    def course(self, trial: Trial, width: int, tasks: Iterator[Task] | None = None) -> Course:
        """Evaluate a trial's candidate from begin to end.

        Args:
            trial: The trial; it notes what was measured, even if it is pruned.
            width: How many folds can run side by side.
            tasks: For scikit-learn's callbacks: one for each step of each fold.

        Raises:
            TrialPruned: The study has ended the trial.
            ObjectiveError: The mean score is no finite number.
            ValueError: The estimator does not have the params, or there is no mean that is limited.
        """
        params = self.reading.params(trial)
        models = [candidate(self.estimator, params) for _ in self.setting.splits]
        following: Iterator[Task | None] = repeat(None) if tasks is None else tasks
        folds, steps = begun(trial, models, self.reading, self.setting.procedure)
        measured = {fold.index: fold for fold in folds if fold.scores}
        try:
            if self.setting.procedure.fits(last_step(models[0])):
                yield from self._by_step(trial, folds, measured, steps, following)
            else:
                yield from self._by_fold(trial, folds, measured, width, following)
        finally:
            rounds = [fold.scores["rounds"] for fold in measured.values() if "rounds" in fold.scores]
            if rounds:
                trial.note(ROUNDS, max(1, round(fmean(rounds))))
            noted = [_noted(measured[fold.index]) if fold.index in measured else None for fold in folds]
            trial.note(NOTE, noted)
            for fold in folds:
                fold.close()
        value = self._mean(measured)
        if not math.isfinite(value):
            errors = [fold.scores["fit_error"] for fold in measured.values() if fold.scores["fit_error"]]
            raise ObjectiveError(errors[0] if errors else f"the mean test score is {value}")
        for name, mean in means(self.limited, [fold.scores for fold in measured.values()]).items():
            trial.note(name, mean)
        return value

    def _by_fold(
        self,
        trial: Trial,
        folds: list[Fold],
        measured: dict[int, Fold],
        width: int,
        tasks: Iterator[Task | None],
    ) -> Generator[list[Work], list[Fold], None]:
        """Train one fold after the other, or all at once if nobody judges; report after each.

        Nobody judges a candidate that is trained at once where others are trained by steps: their scores
        after the same number of folds or steps could not be compared.
        """
        params = dict(trial)
        judged = self.reports and not self.setting.procedure.staged
        at_once = width if judged else len(folds)
        for begin in range(0, len(folds), at_once):
            group = folds[begin : begin + at_once]
            for fold in (yield [self._work(fold, 1, tasks, last=True) for fold in group]):
                measured[fold.index] = fold
                value = self._main(fold.scores["test_scores"]) if self.paired else self._mean(measured)
                if judged:
                    self._report(trial, value, len(measured))
                    refuse(dict.fromkeys(changed_names(params, trial), AT_ONCE))

    def _by_step(
        self,
        trial: Trial,
        folds: list[Fold],
        measured: dict[int, Fold],
        steps: list[int],
        tasks: Iterator[Task | None],
    ) -> Generator[list[Work], list[Fold], None]:
        """Train all folds in lockstep, and report after each step.

        If some fail, the others go on, as in scikit-learn, but nothing is reported any more.
        """
        params, procedure = dict(trial), self.setting.procedure
        is_written = procedure.writes(self.estimator)
        for step in steps:
            folds = yield [self._work(fold, step, tasks, last=step == steps[-1]) for fold in folds]
            measured.update({fold.index: fold for fold in folds})
            is_reported = self._report(trial, self._mean(measured), step)
            changed, params = changed_names(params, trial), dict(trial)
            if changed:
                now = self.reading.params(trial)
                change(folds, {name: now[name] for name in changed}, procedure)
            if all(fold.training is None for fold in folds):
                return
            if is_reported and is_written and (trial.may_resume or trial.wants_checkpoint):
                keep(trial, folds, procedure)

    def _work(self, fold: Fold, step: int, tasks: Iterator[Task | None], *, last: bool) -> Work:
        return partial(fold.advance, self.setting, step, last=last, task=next(tasks))

    def _report(self, trial: Trial, value: float, step: int) -> bool:
        """Report where somebody judges, or a checkpoint belongs to it; return whether it was done."""
        is_reported = (self.reports or trial.may_resume) and math.isfinite(value)
        if is_reported:
            trial.report(value, step)
        return is_reported

    def _mean(self, measured: Mapping[int, Fold]) -> float:
        return fmean(self._main(fold.scores["test_scores"]) for fold in measured.values())

    def _main(self, scores: Scores) -> float:
        """Return the score that counts; the only one of a failed fit stands for every metric.

        A metric that the scoring function does not return is an error at the end, as in scikit-learn.
        """
        if not isinstance(scores, dict):
            return float(scores)
        return float(scores[self.metric if self.metric in scores else next(iter(scores))])


def _noted(fold: Fold) -> dict[str, Any]:
    """Return what was measured as plain data."""
    scores = {name: _plain(value) for name, value in fold.scores.items()}
    return {**scores, "is_whole": fold.training is None}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: float(score) for name, score in value.items()}
        case str() | None:
            return value
        case _:
            return float(value)
