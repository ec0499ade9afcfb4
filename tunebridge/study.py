"""The only loop: ask, evaluate, tell, record."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from tunebridge import plugins
from tunebridge.adjusting import Rule
from tunebridge.budget import Budget
from tunebridge.contract import OpenRequest, Outcome, OutcomeState, Pruner, PrunerRequest, Suggestion
from tunebridge.errors import (
    InfeasibleError,
    ObjectiveError,
    ReportError,
    StudyFailedError,
    TrialError,
    TrialPruned,
)
from tunebridge.feedback import Course, Feedback
from tunebridge.objective import evaluate
from tunebridge.observers import Observers
from tunebridge.plugins import Backend, ChosenPruner
from tunebridge.problem import Problem
from tunebridge.report import Report
from tunebridge.result import Result
from tunebridge.seeding import trial_seed
from tunebridge.space import MAX_REJECTIONS, Constraint
from tunebridge.stopping import Stopper
from tunebridge.translate import OnLossy, check_capabilities, check_lossy, check_refused, explain
from tunebridge.trial import Trial, TrialRecord, TrialState

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_FAILURES = 10
"""Failures in a row that end a study."""

MAX_REJECTION_SECONDS = 60.0
"""Seconds of rejected suggestions in a row that end a study."""

OnError = Literal["record", "raise"]
"""Whether an objective's exception becomes a FAILED trial, or ends the study."""


OUTCOMES = {
    TrialState.COMPLETE: OutcomeState.COMPLETE,
    TrialState.PRUNED: OutcomeState.PRUNED,
    TrialState.FAILED: OutcomeState.FAILED,
}
"""What the backend is told of each end."""


@dataclass(frozen=True, slots=True)
class _OpenTrial:
    """A trial that was asked for and not yet told."""

    trial: Trial
    suggestion_id: int | None
    params: Mapping[str, Any]
    started: datetime
    asked_seconds: float
    begun: float
    course: Course


class Study:
    """One optimisation of one problem; `tunebridge.open_study` makes it.

    Use it as a context manager, or call `close` at the end.
    """

    def __init__(
        self,
        problem: Problem,
        chosen: Backend,
        budget: Budget,
        *,
        seed: int,
        initial: Sequence[Mapping[str, Any]],
        on_error: OnError,
        on_lossy: OnLossy,
        observers: Sequence[object],
        pruner: ChosenPruner | None,
        adjust: Sequence[Rule],
        stop: Sequence[Stopper],
    ) -> None:
        """Check everything that can be checked before the first trial, and open the backend's session."""
        check_capabilities(problem.space, problem.directions, chosen)
        translation = explain(problem.space, chosen)
        check_refused(translation)
        check_lossy(translation, on_lossy)
        chosen.require()
        self.problem = problem
        self.budget = budget
        self.seed = seed
        self.name = f"tunebridge-{seed}"
        self.backend = chosen.spec.name
        self._initial = deque(initial)
        self._on_error = on_error
        self._observers = Observers(plugins.registry().manager, observers)
        self._records: dict[int, TrialRecord] = {}
        self._open: dict[int, _OpenTrial] = {}
        self._failures: list[Exception] = []
        self._stop_reason = ""
        self._halted = ""
        self._closed = False
        self._pruner = None if pruner is None else self._open_pruner(pruner)
        self._watches = [(repr(stopper), stopper.start(problem)) for stopper in stop]
        if adjust:
            problem.single_direction("a feedback rule")
        self._feedback = Feedback(problem, self._pruner, adjust, self._reported)
        self._session = chosen.spec.open(
            OpenRequest(
                space=problem.space,
                translation=translation,
                options=chosen.options,
                directions=problem.directions,
                seed=seed,
                n_trials=budget.n_trials,
                study_name=self.name,
                pruner=self._pruner,
            )
        )
        self._begun = monotonic()
        self._observers.notify("tunebridge_study_started", study=self)

    @property
    def result(self) -> Result:
        """What the study has found up to now."""
        return Result(
            problem=self.problem,
            study=self.name,
            backend=self.backend,
            seed=self.seed,
            trials=[self._records[number] for number in sorted(self._records)],
            stop_reason=self._stop_reason,
        )

    def ask(self) -> Trial | None:
        """Return the next trial to evaluate, or None when the budget or the space is used up.

        Raises:
            InfeasibleError: The backend proposed nothing that keeps the constraints.
            TrialError: The study is closed.
        """
        if self._closed:
            raise TrialError("the study is closed", hint="open a new one with tunebridge.open_study(...)")
        number = len(self._records) + len(self._open)
        self._stop_reason = self._halted or self.budget.spent(number, monotonic() - self._begun)
        if self._stop_reason:
            return None
        begun = perf_counter()
        suggestion_id, params = None, self._initial.popleft() if self._initial else None
        if params is None:
            suggestion = self._suggest()
            if suggestion is None:
                self._stop_reason = "exhausted"
                return None
            suggestion_id, params = suggestion.id, suggestion.params
        course = Course(dict(params))
        trial = Trial(
            params,
            number=number,
            seed=trial_seed(self.seed, number),
            reporter=lambda value, step: self._feedback.answer(trial, course, value, step),
        )
        end = perf_counter()
        self._open[number] = _OpenTrial(
            trial, suggestion_id, params, datetime.now(UTC), end - begun, end, course
        )
        self._observers.notify("tunebridge_trial_started", trial=trial)
        return trial

    def tell(self, trial: Trial, value: Any = None, *, error: Exception | None = None) -> TrialRecord:
        """Finish a trial: with its value, or with the error that ended it.

        Args:
            trial: What `ask` returned.
            value: What the objective returned; one number, or one per direction. A value that is none
                makes the trial FAILED, with the reason in its record.
            error: The exception that ended the trial; TrialPruned makes it PRUNED.

        Raises:
            TrialError: The trial is not one of this study's, or was told before.
        """
        if error is None:
            try:
                return self._finish(trial, TrialState.COMPLETE, values=self.problem.read_values(value))
            except ObjectiveError as fault:
                error = fault
        if isinstance(error, TrialPruned):
            return self._finish(trial, TrialState.PRUNED)
        return self._finish(trial, TrialState.FAILED, error=error)

    def run(self) -> Result:
        """Evaluate trials until the budget is spent, the space is exhausted, or Ctrl-C; then close.

        Raises:
            StudyFailedError: Ten trials in a row failed; it carries the result.
        """
        try:
            while (trial := self.ask()) is not None:
                self._evaluate(trial)
        except KeyboardInterrupt:
            self._stop_reason = "interrupted"
            logger.warning("interrupted; returning the %d trials that ended", len(self._records))
        finally:
            self.close()
        return self.result

    def close(self) -> None:
        """End the study; trials still open are recorded as INTERRUPTED. Closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        for open_trial in list(self._open.values()):
            self._record(open_trial, TrialState.INTERRUPTED, told="not told: interrupted")
        try:
            self._session.close()
        finally:
            self._observers.notify("tunebridge_study_finished", study=self)

    def __enter__(self) -> Self:
        """Return the study."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the study."""
        self.close()

    def _evaluate(self, trial: Trial) -> None:
        try:
            values = evaluate(self.problem, trial)
        except TrialPruned:
            self._finish(trial, TrialState.PRUNED)
            self._failures.clear()
        except Exception as error:  # noqa: BLE001  # whatever an objective raises is its trial's outcome
            self._finish(trial, TrialState.FAILED, error=error)
            self._count_failure(error)
        else:
            self._finish(trial, TrialState.COMPLETE, values=values)
            self._failures.clear()

    def _open_pruner(self, chosen: ChosenPruner) -> Pruner:
        direction = self.problem.single_direction(f"the pruner {chosen.spec.name!r}")
        chosen.require()
        return chosen.spec.open(
            PrunerRequest(direction=direction, options=chosen.options, study_name=self.name)
        )

    def _reported(self, trial: Trial, report: Report) -> None:
        self._observers.notify("tunebridge_trial_reported", trial=trial, report=report)

    def _count_failure(self, error: Exception) -> None:
        self._failures.append(error)
        if self._on_error == "raise":
            self._stop_reason = "failed"
            raise error
        if len(self._failures) == MAX_FAILURES:
            self._stop_reason = "failed"
            first = self._failures[0]
            raise StudyFailedError(
                f"{MAX_FAILURES} trials in a row failed, the first with {first!r}",
                hint="mend the objective; error.result has all trials with params and traceback",
                result=self.result,
            ) from first

    def _suggest(self) -> Suggestion | None:
        """Ask the session until a suggestion keeps the constraints; rejected ones cost no trial."""
        begun = monotonic()
        rejected = 0
        broken: Constraint | None = None
        while (suggestion := self._consult(self._session.ask)) is not None:
            violated = self._consult(self.problem.space.violated, suggestion.params)
            if violated is None:
                return suggestion
            broken = violated
            state = OutcomeState.INFEASIBLE
            outcome = Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state)
            self._consult(self._session.tell, outcome)
            rejected += 1
            if rejected == MAX_REJECTIONS or monotonic() - begun > MAX_REJECTION_SECONDS:
                raise self._infeasible(broken, rejected)
        if broken is not None and not self._records and not self._open:
            raise self._infeasible(broken, rejected)
        return None

    def _consult(self, call: Callable[..., T], *arguments: Any) -> T:
        """Call the library or a constraint; if it raises, the study ends with its result."""
        try:
            return call(*arguments)
        except Exception as error:
            self._stop_reason = "failed"
            raise StudyFailedError(
                f"{self.backend} could not go on: {error!r}",
                hint="error.result has all trials up to here",
                result=self.result,
            ) from error

    def _infeasible(self, violated: Constraint, rejected: int) -> InfeasibleError:
        self._stop_reason = "failed"
        return InfeasibleError(
            f"{rejected} suggestions of {self.backend} in a row violate the constraint {violated.reason!r}",
            hint="loosen the constraint, or narrow the space to where it holds",
            result=self.result,
        )

    def _finish(
        self,
        trial: Trial,
        state: TrialState,
        *,
        values: tuple[float, ...] | None = None,
        error: Exception | None = None,
    ) -> TrialRecord:
        open_trial = self._open.get(trial.number) if isinstance(trial, Trial) else None
        if open_trial is None or open_trial.trial is not trial:
            raise TrialError(
                f"{trial!r} is not open in this study", hint="tell each trial that ask() returned once"
            )
        begun = perf_counter()
        outcome = Outcome(
            suggestion_id=open_trial.suggestion_id,
            params=open_trial.params,
            state=OUTCOMES[state],
            values=values,
            reports=tuple(open_trial.course.reports),
        )
        told = self._consult(self._session.tell, outcome)
        return self._record(open_trial, state, told=told, values=values, error=error, begun=begun)

    def _record(
        self,
        ended: _OpenTrial,
        state: TrialState,
        *,
        told: str,
        values: tuple[float, ...] | None = None,
        error: Exception | None = None,
        begun: float | None = None,
    ) -> TrialRecord:
        now = perf_counter()
        begun = now if begun is None else begun
        record = TrialRecord(
            number=ended.trial.number,
            state=state,
            params=ended.params,
            values=values,
            backend="initial" if ended.suggestion_id is None else self.backend,
            reports=tuple(ended.course.reports),
            schedule=tuple(ended.course.schedule),
            faults=tuple(ended.course.faults),
            artifacts=ended.trial.kept,
            told=told,
            error=None if error is None else _describe(error),
            seed=ended.trial.seed,
            started=ended.started,
            finished=datetime.now(UTC),
            sampler_seconds=ended.asked_seconds + now - begun,
            objective_seconds=begun - ended.begun,
        )
        ended.trial.end()
        del self._open[record.number]
        self._records[record.number] = record
        if self._pruner is not None:
            self._pruner.finish(record)
        halting = [name for name, watch in self._watches if watch(record)]
        self._halted = self._halted or ", ".join(halting)
        self._observers.notify("tunebridge_trial_finished", trial=record)
        return record


def _describe(error: Exception) -> str:
    """Return the traceback of an objective's exception; a wrong value has a message only."""
    if isinstance(error, ObjectiveError | ReportError):
        return str(error)
    return "".join(traceback.format_exception(error))
