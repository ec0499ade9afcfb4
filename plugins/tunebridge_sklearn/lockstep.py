"""The loop of a search: asks for candidates, evaluates them side by side, and tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from tunebridge import ObjectiveError, Study, Trial, TrialPaused, TrialPruned, TrialRecord
from tunebridge_sklearn.evaluation import Course, Evaluation
from tunebridge_sklearn.fold import Fold, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockstep:
    """Runs a study's candidates.

    Jobs train the folds of one candidate side by side, so that their number changes nothing but the time.
    Only if there are more jobs than folds, candidates are asked for together, to keep all jobs busy.
    """

    study: Study
    """Open; its objective is the evaluation."""
    evaluation: Evaluation
    """What becomes of a candidate."""
    parallel: Parallel
    """joblib's, active."""
    tasks: Iterator[Task]
    """For scikit-learn's callbacks: one for each step of each fold."""
    ended: Callable[[TrialRecord], None]
    """Called with each trial that has ended."""

    def run(self) -> None:
        """Evaluate candidates until the study has no more."""
        n_jobs = effective_n_jobs(self.parallel.n_jobs)
        at_once = max(1, n_jobs // len(self.evaluation.setting.splits))
        while batch := list(islice(iter(self.study.ask, None), at_once)):
            self._evaluate({trial.number: trial for trial in batch}, n_jobs)

    def _evaluate(self, trials: dict[int, Trial], n_jobs: int) -> None:
        """Evaluate some candidates, each round of all of them side by side."""
        courses = {
            number: self.evaluation.course(trial, n_jobs, self.tasks) for number, trial in trials.items()
        }
        done: dict[int, list[Fold]] = {}
        while courses:
            wanted = {}
            for number, course in list(courses.items()):
                work, record = self._next(trials[number], course, done.get(number))
                if record is None:
                    wanted[number] = work
                else:
                    del courses[number]
                    if record.state.is_finished:
                        self.ended(record)
            folds = iter(self.parallel(delayed(one)() for work in wanted.values() for one in work))
            done = {number: list(islice(folds, len(work))) for number, work in wanted.items()}

    def _next(
        self, trial: Trial, course: Course, done: list[Fold] | None
    ) -> tuple[list[Any], TrialRecord | None]:
        """Return what a candidate wants to run next, or the record of its end, or of its turn's end."""
        try:
            return (next(course) if done is None else course.send(done)), None
        except StopIteration as end:
            return [], self.study.tell(trial, end.value)
        except (ObjectiveError, TrialPaused, TrialPruned) as error:
            return [], self.study.tell(trial, error=error)
