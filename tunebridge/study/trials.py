"""All trials of one study: begins them, answers their reports, ends them, and keeps their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic, perf_counter
from typing import Any

from tunebridge.budget import Budget
from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.task import Ending
from tunebridge.contract.translation import Translation
from tunebridge.errors import ExecutorError, ReportError, StoreError, TrialError
from tunebridge.policy import Policy
from tunebridge.population.population import Population
from tunebridge.problem.ended import Ended
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import Backend, ChosenPruner
from tunebridge.registry.observers import Observers
from tunebridge.result.failure import StudyFailedError
from tunebridge.study.answers import Answers
from tunebridge.study.barrier import Heard
from tunebridge.study.batches import Batches
from tunebridge.study.evaluated import Evaluated
from tunebridge.study.failures import Failures
from tunebridge.study.findings import Findings
from tunebridge.study.finished import FinishedTrials
from tunebridge.study.interrupted_trials import trials_to_run_again
from tunebridge.study.ledger import Ledger
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.study.members import Members
from tunebridge.study.others import Others
from tunebridge.study.outcomes import outcome
from tunebridge.study.paused import PausedTrials
from tunebridge.study.places import Places
from tunebridge.study.proposals import Proposals
from tunebridge.study.pruning import open_pruner
from tunebridge.study.queue import TrialQueue
from tunebridge.study.resuming import Resumed, Resumer
from tunebridge.study.shelf import Shelf
from tunebridge.study.stoppers import Stopper, Watch
from tunebridge.training.feedback import WRITE_CHECKPOINTS
from tunebridge.training.rules import Rule
from tunebridge.trial.new_draw import note_new_draw
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.reply import Reply
from tunebridge.trial.said import Said
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial


class Trials:
    """What a study knows of its trials, and does with them.

    Args:
        problem: What is evaluated.
        chosen: The backend that proposes.
        budget: What limits the study.
        translation: The problem's space in the backend's words.
        loaded: The study, and its past.
        policy: What the study does when something is not as it should be.
        initial: Points that were given.
        observers: Are told of each trial.
        pruner: Decides which trials end early.
        adjust: Feedback rules.
        stop: End the study.
        population: Lets trials copy others while they train.
    """

    def __init__(
        self,
        problem: Problem,
        chosen: Backend,
        budget: Budget,
        *,
        translation: Translation,
        loaded: LoadedStudy,
        policy: Policy,
        initial: Sequence[Mapping[str, Any]],
        observers: Observers,
        pruner: ChosenPruner | None,
        adjust: Sequence[Rule],
        stop: Sequence[Stopper],
        population: Population | None,
    ) -> None:
        """Open the backend's session, and bring it to where the study stopped."""
        self.is_closed = False
        """Whether no trial begins or ends any more."""
        self._problem = problem
        self._budget = budget
        self._policy = policy
        self._recorder = loaded.recorder
        self._observers = observers
        self._shelf = Shelf(
            loaded.checkpoints,
            problem.directions[0].sign,
            is_useful=loaded.checkpoints is not None,
            is_stored=loaded.recorder is not None,
        )
        self.findings = Findings(
            problem,
            chosen,
            loaded,
            records=self._shelf.shown(loaded.past.records),
            not_asked=translation.left_out,
        )
        """What they have found up to now."""
        self._failures = Failures(policy, problem.space, self.findings)
        watches = [(repr(stopper), stopper.start(problem)) for stopper in stop]
        self._pruner_name = "" if pruner is None else pruner.spec.name
        self._members = (
            None
            if population is None
            else Members(problem, population, loaded, shelf=self._shelf, observers=observers)
        )
        self._pruner = open_pruner(pruner, problem, loaded.name)
        self._answers = Answers(
            problem,
            self._pruner,
            adjust,
            self._members,
            shelf=self._shelf,
            recorder=self._recorder,
            observers=observers,
        )
        request = OpenRequest(
            space=problem.space,
            translation=translation,
            options=chosen.options,
            directions=problem.directions,
            seed=loaded.seed,
            n_trials=budget.n_trials,
            study_name=loaded.name,
            pruner=self._pruner,
        )
        resumer = Resumer(
            loaded, chosen=chosen, pruner=pruner, request=request, policy=policy, failed=self.findings.failed
        )
        self._go_on(loaded, resumer.resume(), chosen.spec.name, initial, watches)
        self._begun = monotonic()

    def _go_on(
        self,
        loaded: LoadedStudy,
        resumed: Resumed,
        backend: str,
        initial: Sequence[Mapping[str, Any]],
        watches: Sequence[tuple[str, Watch]],
    ) -> None:
        """Take up a session, and what the study has been through."""
        past = loaded.past
        self.findings.carried = resumed.carried
        self._ask_tell = resumed.ask_tell
        self._evaluated = resumed.evaluated
        evaluated = None if self._policy.on_duplicate == "allow" else resumed.evaluated
        self._finished = FinishedTrials(self._pruner, evaluated, watches)
        self._batches = Batches(self._pruner, self._finished)
        new = resumed.new_segment
        self._places = Places(past.n_events if new is None else new.start)
        self._ledger = Ledger(
            self.findings,
            self._places,
            recorder=self._recorder,
            shelf=self._shelf,
            members=self._members,
            finished=self._finished,
            observers=self._observers,
        )
        self._queue = TrialQueue(
            past,
            seed=loaded.seed,
            retried=[] if self._is_shared else trials_to_run_again(past, self._policy.interrupted),
            pending=resumed.pending,
            initial=initial,
            space=self._problem.space,
            shelf=self._shelf,
            paused=PausedTrials(self._pruner, self._problem.directions[0]),
        )
        self._proposals = Proposals(resumed, backend=backend, queue=self._queue, places=self._places)
        if new is not None and self._recorder is not None:
            self._recorder.open_segment(new)
        self._batches.remember(past, self._queue.interrupted)
        if self._members is not None:
            self._members.remember(past, self._queue.interrupted)
        self._others = Others.of(
            self._recorder,
            past,
            resumed,
            queue=self._queue,
            ledger=self._ledger,
            pruner=self._pruner,
            places=self._places,
            shelf=self._shelf,
        )

    def begin(self) -> OpenTrial | None:
        """Return the next trial to evaluate, or to go on with; None when the budget or the space is used up.

        In a study that is shared, one with nothing to do waits until the trials of others have ended, too.

        Raises:
            InfeasibleError: The backend proposed nothing that keeps the constraints.
            StudyFailedError: The library raised, or the store failed.
            TrialError: The study is closed.
        """
        if self.is_closed:
            raise TrialError("the study is closed", hint="open a new one with tunebridge.open_study(...)")
        if self._others is None:
            return self._begin_next()
        try:
            return self._others.next(
                self._propose, self._begin_next, lambda: not (self._ledger.open or self._is_cut_short)
            )
        except StoreError as error:
            raise self.findings.lost("the study is shared no more", error) from error

    @property
    def _is_shared(self) -> bool:
        return self._recorder is not None and self._recorder.shared is not None

    def _propose(self) -> None:
        """Ask a session that learns, if the next trial is one that it proposes; it may take its time."""
        if self._queue.asks_next and not self._is_over():
            self._proposals.make()

    def _begin_next(self) -> OpenTrial | None:
        if self._batches.is_full:
            return None
        if self._queue.paused.numbers and not self._is_cut_short:
            self._queue.promote()
        while not self._is_over():
            begun = perf_counter()
            opened = self._next()
            if opened is None:
                self._check_feasible()
                self.findings.stop_reason = "exhausted"
                break
            if opened.number in self._ledger.open:
                self._batches.begin(opened)
                self._note_new_draw(opened)
                self._ledger.go_on(opened)
                return opened
            twin = self._twin(opened)
            if twin is None:
                self._batches.begin(opened)
            self._begin(opened, begun)
            if twin is None and self._members is not None and self._members.has_arrived(opened):
                self.pause(opened)
                continue
            if twin is None:
                return opened
            twin.lend(opened)
            self.finish(opened, Ended(state=TrialState.COMPLETE, values=twin.record.values), note=twin.said)
        self._end_paused()
        return None

    def _end_paused(self) -> None:
        """End the trials that are paused, if no other one runs: none of them can be promoted any more."""
        if self._ledger.open.keys() <= self._queue.paused.numbers:
            for opened in self._queue.paused.end():
                if opened.number not in self._ledger.open:
                    self._begin(opened, perf_counter())
                self.finish(opened, Ended(state=TrialState.PRUNED), seconds=opened.seconds)

    def prepare(self, *, side_by_side: bool) -> None:
        """Have the backend propose ahead, if it is to and the next trial is one that it proposes."""
        if self._members is None and self._others is None and self._queue.asks_next and not self._is_over():
            self._proposals.prepare(side_by_side=side_by_side)

    def read(self, opened: OpenTrial, said: Said) -> Heard:
        """Return what a trial says, checked; raises ReportError."""
        return self._answers.read(opened, said)

    def answer(self, opened: OpenTrial, heard: Heard) -> Reply:
        """Take in what a trial says, and decide on it: the pruner knows what others have reported by then."""
        if self._others is not None and self._pruner is not None:
            self._answers.fault = self._answers.fault or self._others.fault_of_hearing()
        self._batches.hear(opened, heard)
        return self._answers.answer(opened, heard)

    def end(self, opened: OpenTrial, ending: Ending) -> None:
        """Take the end of an attempt, or of its turn, in; too many failures in a row end the study."""
        self._batches.end(opened)
        opened.come_back(
            kept=ending.artifacts,
            noted=ending.notes,
            limits=ending.limits,
            seconds=ending.seconds,
            device=ending.device,
        )
        if self._answers.fault is not None:
            raise self.findings.lost(
                f"a checkpoint of trial {opened.number} is not durable", self._answers.fault
            )
        if ending.state is TrialState.RUNNING:
            self.pause(opened)
            return
        attempts_left = self._policy.retries - opened.origin.attempt
        is_retried = isinstance(ending.error, ExecutorError) and attempts_left > 0
        if ending.state is TrialState.INTERRUPTED or is_retried:
            again = self._queue.repeat(opened)
            self._ledger.interrupt(opened, trace=ending.trace)
            self._retell(again)
            return
        self.finish(opened, ending, seconds=opened.seconds)
        if opened.lacks_checkpoint and (ending.error is None or isinstance(ending.error, ReportError)):
            raise self._unpausable(opened)
        if ending.error is None:
            self._failures.clear()
        else:
            self._failures.take_in(opened, ending.error)

    def _unpausable(self, opened: OpenTrial) -> StudyFailedError:
        step = opened.pause and opened.pause.step
        return self.findings.failed(
            f"the pruner {self._pruner_name!r} lets trials wait at a checkpoint, and trial {opened.number} "
            f"wrote no checkpoint by its first rung, at step {step}",
            WRITE_CHECKPOINTS,
        )

    def pause(self, opened: OpenTrial) -> TrialRecord:
        """Let a trial wait for its next turn, and return what there is of it."""
        opened.trial.end()
        (self._queue if self._members is None else self._members).wait(opened)
        return opened.record(TrialState.RUNNING)

    def opened(self, trial: Trial) -> OpenTrial:
        """Return what is known of a trial.

        Raises:
            TrialError: It is not open in this study.
        """
        found = self._ledger.open.get(trial.number) if isinstance(trial, Trial) else None
        if found is None or not found.trial.is_same(trial):
            raise TrialError(
                f"{trial!r} is not open in this study", hint="tell each trial that ask() returned once"
            )
        return found

    def finish(
        self, opened: OpenTrial, ended: Ended, *, seconds: float | None = None, note: str = ""
    ) -> TrialRecord:
        """Tell the backend of the end of a trial, and keep its record.

        Args:
            opened: The trial.
            ended: How it has ended.
            seconds: Time that its objective ran; since it began, for None.
            note: What is added to how the backend was told.
        """
        self._answers.feedback.check_obeyed(opened, ended.state)
        begun = perf_counter()
        said, copied = outcome(opened, ended)
        told = self._ask_tell.tell(said) + copied
        return self._ledger.end(
            opened,
            ended,
            told=told + note,
            sampler_seconds=perf_counter() - begun,
            objective_seconds=begun - opened.begun if seconds is None else seconds,
        )

    def close(self) -> None:
        """Record trials that are still open as INTERRUPTED, and give up the session and the store."""
        self.is_closed = True
        try:
            for opened in list(self._ledger.open.values()):
                self._ledger.interrupt(opened)
            self._ask_tell.close()
        finally:
            self._close_archive()

    def place(self, n_jobs: int, *, deterministic: bool) -> None:
        """Take in how many trials run at a time, and whether in a fixed order."""
        if deterministic:
            self._ask_tell.fix_order()
        is_in_batches = deterministic and n_jobs > 1 and self._members is None
        self._batches.place(n_jobs if is_in_batches else 0)
        if self._members is not None:
            self._members.place(n_jobs, deterministic=deterministic)

    def _close_archive(self) -> None:
        try:
            if self._recorder is not None:
                self._recorder.close()
        except StoreError as error:
            raise self.findings.lost("the study's store was lost", error) from error

    @property
    def _is_cut_short(self) -> bool:
        """Whether the study ends although trials could go on."""
        return bool(self._finished.halted or self._budget.spent(0, monotonic() - self._begun))

    def _is_over(self) -> bool:
        """Look at the budget, the stoppers and the space, and note what ends the study."""
        is_begun = self._queue.has_turns if self._members is None else self._members.may_go_on
        elsewhere = () if self._others is None else self._others.running
        begun = {*self._ledger.open, *self._queue.paused.numbers, *self._batches.ended, *elsewhere}
        counted = 0 if is_begun else self._finished.count + len(begun)
        is_used_up = self._finished.use_up_space and not (is_begun or self._queue.repeats)
        self.findings.stop_reason = (
            self._finished.halted
            or self._budget.spent(counted, monotonic() - self._begun)
            or ("exhausted" if is_used_up else "")
        )
        return bool(self.findings.stop_reason)

    def _next(self) -> OpenTrial | None:
        """Return the next trial, or one whose next turn has come: what the queue has, or a suggestion."""
        if self._members is None:
            return self._queue.pop() or self._proposals.take()
        return self._members.take(self._queue.pop, self._proposals.take) or self._members.next()

    def _check_feasible(self) -> None:
        """Raise if a constraint has rejected all that was ever proposed."""
        if self._ask_tell.is_infeasible and not (self.findings.records or self._ledger.open):
            raise self._ask_tell.infeasible()

    def _begin(self, opened: OpenTrial, begun: float) -> None:
        self._note_new_draw(opened)
        self._ledger.begin(opened, perf_counter() - begun + self._proposals.take_seconds())

    def _retell(self, opened: OpenTrial) -> None:
        """Tell the pruner the reports that an attempt has from the one before."""
        if self._pruner is not None:
            for report in opened.reports:
                self._pruner.report(opened.trial, report.step, report.value)

    def _note_new_draw(self, opened: OpenTrial) -> None:
        if not self._problem.resumes_exactly:
            note_new_draw(opened.trial)

    def listen(self, opened: OpenTrial) -> None:
        """Answer what a trial says that is evaluated in a loop of the user's own."""
        opened.trial.begin(
            lambda said: self.answer(opened, self.read(opened, said)), self._problem.space.layout.names
        )

    def _twin(self, opened: OpenTrial) -> Evaluated | None:
        """Return the complete trial whose value one gets that is about to begin, if values are reused.

        One whose turn was cut short has none: none was there when that turn began.
        """
        if self._policy.on_duplicate != "reuse" or opened.turn is not None:
            return None
        twin = self._evaluated.find(opened.params)
        return twin if twin is not None and twin.stands_in(self._problem.limits) else None
