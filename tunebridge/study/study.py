"""The only loop: ask, evaluate, tell, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any, Self

from tunebridge.budget import Budget
from tunebridge.contract.contract import Ending, OpenRequest, Outcome, Pruner, PrunerRequest
from tunebridge.contract.translation import Translation
from tunebridge.display.printable import logger_of
from tunebridge.errors import ExecutorError, StoreError, TrialError, last_line
from tunebridge.policy import Policy
from tunebridge.problem import ended
from tunebridge.problem.problem import Problem
from tunebridge.registry import plugins
from tunebridge.registry.observers import Observers
from tunebridge.registry.plugins import Backend, ChosenPruner
from tunebridge.result.carried import Carried
from tunebridge.result.failure import StudyFailedError
from tunebridge.result.result import Result
from tunebridge.stores.recorder import Archive
from tunebridge.stores.timeline import Attempt, Origin, Past
from tunebridge.study.ask_tell import OUTCOMES
from tunebridge.study.execution import Placement, place
from tunebridge.study.loaded_study import Ledger
from tunebridge.study.loop import Judge, Loop
from tunebridge.study.open_trial import OpenTrial
from tunebridge.study.queue import Agenda, Start
from tunebridge.study.resuming import Resumed, Resumer
from tunebridge.study.seeds import trial_seed
from tunebridge.study.stoppers import Stopper
from tunebridge.training.feedback import Course, Feedback
from tunebridge.training.rules import Rule
from tunebridge.trial.report import Reply, Report
from tunebridge.trial.trial import Trial, TrialRecord, TrialState

logger = logger_of(__name__)


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
        translation: Translation,
        ledger: Ledger,
        policy: Policy,
        initial: Sequence[Mapping[str, Any]],
        observers: Sequence[object],
        pruner: ChosenPruner | None,
        adjust: Sequence[Rule],
        stop: Sequence[Stopper],
    ) -> None:
        """Open the backend's session, and bring it to where the study stopped."""
        self.problem = problem
        self.budget = budget
        self.seed = ledger.seed
        self.name = ledger.name
        self.backend = chosen.spec.name
        self.carried: Carried | None = None
        self._policy = policy
        self._archive = ledger.archive
        self._observers = Observers(plugins.registry().manager, observers)
        self._records = dict(ledger.past.records)
        self._open: dict[int, OpenTrial] = {}
        self._failures: list[Exception] = []
        self._n_finished = 0
        self._stop_reason = self._halted = ""
        self._closed = False
        self._pruner = None if pruner is None else self._open_pruner(pruner)
        self._watches = [(repr(stopper), stopper.start(problem)) for stopper in stop]
        self._feedback = Feedback(problem, self._pruner, adjust, self._reported)
        request = OpenRequest(
            space=problem.space,
            translation=translation,
            options=chosen.options,
            directions=problem.directions,
            seed=self.seed,
            n_trials=budget.n_trials,
            study_name=self.name,
            pruner=self._pruner,
        )
        self._go_on(
            ledger.past,
            Resumer(
                ledger, chosen=chosen, pruner=pruner, request=request, policy=policy, failed=self._failed
            ).resume(),
            initial,
        )
        self._begun = monotonic()
        self._observers.notify("tunebridge_study_started", study=self)

    def _go_on(self, past: Past, resumed: Resumed, initial: Sequence[Mapping[str, Any]]) -> None:
        """Take up a session, and what the study has been through."""
        self.carried = resumed.carried
        self._conversation = resumed.conversation
        self._visited = resumed.visited
        self._segment = resumed.index
        self._places = count(past.n_events)
        self._agenda = Agenda(
            past,
            retried=past.left if self._policy.interrupted == "retry" else (),
            pending=resumed.pending,
            initial=initial,
            space=self.problem.space,
        )
        if resumed.new_segment is not None and self._archive is not None:
            self._archive.open_segment(resumed.new_segment)
        for record in past.finished:
            if self._pruner is not None:
                _repeat_reports(self._pruner, record)
            self._take_in(record)

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
            carried=self.carried,
        )

    def ask(self) -> Trial | None:
        """Return the next trial to evaluate, or None when the budget or the space is used up.

        Raises:
            InfeasibleError: The backend proposed nothing that keeps the constraints.
            StudyFailedError: The library raised, or the store failed.
            TrialError: The study is closed.
        """
        if self._closed:
            raise TrialError("the study is closed", hint="open a new one with tunebridge.open_study(...)")
        while not self._is_over():
            begun = perf_counter()
            start = self._next()
            if start is None:
                self._stop_reason = "exhausted"
                return None
            trial = self._begin(start, begun)
            twin = self._twin(start.params)
            if twin is None:
                return trial
            where = f"trial {twin.number}" if self._records.get(twin.number) is twin else "the history"
            self._finish(trial, TrialState.COMPLETE, values=twin.values, note=f", as in {where}")
        return None

    def tell(self, trial: Trial, value: Any = None, *, error: Exception | None = None) -> TrialRecord:
        """Finish a trial: with its value, or with the error that ended it.

        Args:
            trial: What `ask` returned.
            value: What the objective returned; one number, or one per direction. A value that is none
                makes the trial FAILED, with the reason in its record.
            error: The exception that ended the trial; TrialPruned makes it PRUNED, and so does any other
                one once it was told to stop.

        Raises:
            TrialError: The trial is not one of this study's, or was told before.
            StudyFailedError: The library raised, or the store failed.
        """
        self._opened(trial)
        end = ended.valued(self.problem, trial, value) if error is None else ended.raised(trial, error)
        return self._finish(trial, end.state, values=end.values, trace=end.trace)

    def run(self, placement: Placement | None = None) -> Result:
        """Evaluate trials until the budget is spent, the space is exhausted, or Ctrl-C; then close.

        Args:
            placement: Where they are evaluated; here, one after the other, for None.

        Raises:
            StudyFailedError: Ten trials in a row failed, the library raised, or the store failed; it
                carries the result.
        """
        try:
            judge = Judge(self.ask, self._read, self._decide, self._end)
            Loop(judge, self.problem, placement or place()).run()
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
        try:
            for open_trial in list(self._open.values()):
                self._record(open_trial, TrialState.INTERRUPTED, told="not told: interrupted")
            self._conversation.close()
        finally:
            self._close_archive()
            self._observers.notify("tunebridge_study_finished", study=self)

    def _close_archive(self) -> None:
        try:
            if self._archive is not None:
                self._archive.close()
        except StoreError as error:
            raise self._not_durable("the study's store was lost", error) from error

    def __enter__(self) -> Self:
        """Return the study."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the study."""
        self.close()

    def _is_over(self) -> bool:
        """Look at the budget, the stoppers and the space, and note what ends the study."""
        counted = self._n_finished + len(self._open)
        used_up = self._policy.on_duplicate != "allow" and self._visited.is_full
        self._stop_reason = (
            self._halted
            or self.budget.spent(counted, monotonic() - self._begun)
            or ("exhausted" if used_up else "")
        )
        return bool(self._stop_reason)

    def _next(self) -> Start | None:
        """Return what the next trial begins with: what the agenda has, or a suggestion."""
        start = self._agenda.pop()
        if start is not None:
            return start
        proposal = self._conversation.ask()
        if proposal is None:
            if self._conversation.is_infeasible and not self._records and not self._open:
                raise self._conversation.infeasible()
            return None
        origin = Origin(
            backend=self.backend,
            segment=self._segment,
            asked=next(self._places),
            rejected=proposal.rejected,
        )
        suggestion = proposal.suggestion
        return Start(self._agenda.new_number(), suggestion.params, origin, suggestion.id)

    def _begin(self, start: Start, begun: float) -> Trial:
        course = Course(dict(start.params))
        trial = Trial(
            start.params,
            number=start.number,
            seed=trial_seed(self.seed, start.number),
            attempt=start.origin.attempt,
            reporter=lambda value, step: self._feedback.decide(
                trial, course, self._feedback.read(course, value, step)
            ),
        )
        asked_seconds = perf_counter() - begun
        started = datetime.now(UTC)
        opened = OpenTrial(trial, start, started, asked_seconds, perf_counter(), course)
        if self._archive is not None:
            attempt = Attempt(record=opened.record(TrialState.RUNNING), origin=start.origin)
            try:
                self._archive.begin(attempt)
            except StoreError as error:
                raise self._not_durable(f"trial {start.number} was not begun", error) from error
            opened = replace(opened, begun=perf_counter())
        self._records.pop(start.number, None)
        self._open[start.number] = opened
        self._observers.notify("tunebridge_trial_started", trial=trial)
        return trial

    def _twin(self, params: Mapping[str, Any]) -> TrialRecord | None:
        """Return the complete trial whose value a point gets, if values are reused."""
        if self._policy.on_duplicate != "reuse":
            return None
        twin = self._visited.find(params)
        return twin if twin is not None and twin.state is TrialState.COMPLETE else None

    def _open_pruner(self, chosen: ChosenPruner) -> Pruner:
        direction = self.problem.single_direction(f"the pruner {chosen.spec.name!r}")
        chosen.require()
        return chosen.spec.open(
            PrunerRequest(direction=direction, options=chosen.options, study_name=self.name)
        )

    def _reported(self, trial: Trial, report: Report) -> None:
        if self._archive is not None:
            self._archive.report(trial.number, report)
        self._observers.notify("tunebridge_trial_reported", trial=trial, report=report)

    def _read(self, number: int, value: Any, step: int | None) -> Report:
        return self._feedback.read(self._open[number].course, value, step)

    def _decide(self, number: int, report: Report) -> Reply:
        opened = self._open[number]
        return self._feedback.decide(opened.trial, opened.course, report)

    def _end(self, ending: Ending, number: int) -> None:
        """Take the end of an attempt in; too many failures in a row end the study."""
        opened = self._open[number]
        opened.trial.kept, opened.trial.noted = dict(ending.artifacts), dict(ending.notes)
        attempts_left = self._policy.retries - opened.start.origin.attempt
        is_retried = isinstance(ending.error, ExecutorError) and attempts_left > 0
        if ending.state is TrialState.INTERRUPTED or is_retried:
            self._record(opened, TrialState.INTERRUPTED, told="not told: interrupted", trace=ending.trace)
            self._agenda.repeat(opened.start)
            return
        self._finish(
            opened.trial, ending.state, values=ending.values, trace=ending.trace, seconds=ending.seconds
        )
        if ending.error is None:
            self._failures.clear()
        else:
            self._count_failure(ending.error)

    def _count_failure(self, error: Exception) -> None:
        self._failures.append(error)
        if self._policy.on_error == "raise":
            self._stop_reason = "failed"
            raise error
        if len(self._failures) == self._policy.max_failures:
            first = self._failures[0]
            raise self._failed(
                f"{len(self._failures)} trials in a row failed, the first with: "
                f"{last_line(ended.describe(first))}",
                "mend the objective, or allow more of them: max_failures=...; error.result has all trials",
            ) from first

    def _failed(
        self, message: str, hint: str, kind: type[StudyFailedError] = StudyFailedError
    ) -> StudyFailedError:
        """Return the error that ends the study."""
        self._stop_reason = "failed"
        return kind(message, hint=hint, result=self.result)

    def _not_durable(self, message: str, error: StoreError) -> StudyFailedError:
        return self._failed(f"{message}: {error.message}", error.hint or "error.result has all trials")

    def _opened(self, trial: Trial) -> OpenTrial:
        """Return what is known of a trial.

        Raises:
            TrialError: It is not open in this study.
        """
        open_trial = self._open.get(trial.number) if isinstance(trial, Trial) else None
        if open_trial is None or open_trial.trial is not trial:
            raise TrialError(
                f"{trial!r} is not open in this study", hint="tell each trial that ask() returned once"
            )
        return open_trial

    def _finish(
        self,
        trial: Trial,
        state: TrialState,
        *,
        values: tuple[float, ...] | None = None,
        trace: str = "",
        seconds: float | None = None,
        note: str = "",
    ) -> TrialRecord:
        open_trial = self._opened(trial)
        self._feedback.check_obeyed(trial.number, open_trial.course, state)
        begun = perf_counter()
        outcome = Outcome(
            suggestion_id=open_trial.start.suggestion_id,
            params=open_trial.start.params,
            state=OUTCOMES[state],
            values=values,
            reports=tuple(open_trial.course.reports),
        )
        told = self._conversation.tell(outcome)
        return self._record(
            open_trial, state, told=told + note, values=values, trace=trace, begun=begun, seconds=seconds
        )

    def _record(
        self,
        ended: OpenTrial,
        state: TrialState,
        *,
        told: str,
        values: tuple[float, ...] | None = None,
        trace: str = "",
        begun: float | None = None,
        seconds: float | None = None,
    ) -> TrialRecord:
        now = perf_counter()
        begun = now if begun is None else begun
        record = ended.record(
            state,
            told=told,
            values=values,
            error=trace or None,
            finished=datetime.now(UTC),
            sampler_seconds=ended.asked_seconds + now - begun,
            objective_seconds=begun - ended.begun if seconds is None else seconds,
        )
        ended.trial.end()
        del self._open[record.number]
        self._records[record.number] = record
        self._take_in(record)
        if self._archive is not None:
            self._keep(self._archive, record, ended.start.origin)
        self._observers.notify("tunebridge_trial_finished", trial=record)
        return record

    def _take_in(self, record: TrialRecord) -> None:
        """Let all that learns from finished trials learn from this one."""
        if record.state is not TrialState.INTERRUPTED:
            self._n_finished += 1
            if self._policy.on_duplicate != "allow":
                self._visited.add(record)
        if self._pruner is not None:
            self._pruner.finish(record)
        halting = [name for name, watch in self._watches if watch(record)]
        self._halted = self._halted or ", ".join(halting)

    def _keep(self, archive: Archive, record: TrialRecord, origin: Origin) -> None:
        told = record.state is not TrialState.INTERRUPTED
        try:
            archive.end(Attempt(record=record, origin=origin, place=next(self._places) if told else None))
        except StoreError as error:
            raise self._not_durable(f"trial {record.number} is not durable", error) from error


def _repeat_reports(pruner: Pruner, record: TrialRecord) -> None:
    """Show a pruner the reports of a trial that is over."""
    trial = Trial(record.params, number=record.number, seed=record.seed)
    for report in record.reports:
        pruner.report(trial, report.step, report.value)
