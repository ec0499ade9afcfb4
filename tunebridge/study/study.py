"""A study: the only loop of ask, evaluate, tell, record, run for its user or turned by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from tunebridge.budget import Budget
from tunebridge.contract.translation import Translation
from tunebridge.display.printable import logger_of
from tunebridge.errors import UnsupportedError
from tunebridge.policy import Policy
from tunebridge.population.population import Population
from tunebridge.problem import ended
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import Backend, ChosenPruner
from tunebridge.registry.observers import Observers
from tunebridge.result.result import Result
from tunebridge.study.execution import Placement, place
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.study.loop import Loop
from tunebridge.study.populations import keep_population
from tunebridge.study.stoppers import Stopper
from tunebridge.study.trials import Trials
from tunebridge.training.rules import Rule
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.trial import Trial

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
        loaded: LoadedStudy,
        policy: Policy,
        initial: Sequence[Mapping[str, Any]],
        observers: Observers,
        pruner: ChosenPruner | None,
        adjust: Sequence[Rule],
        stop: Sequence[Stopper],
        population: Population | None = None,
    ) -> None:
        """Open the backend's session, and bring it to where the study stopped."""
        self.problem = problem
        self.budget = budget
        self.seed = loaded.seed
        self.name = loaded.name
        self.identity = loaded.lasting_identity
        self.backend = chosen.spec.name
        self._population = population
        self._observers = observers
        keep_population(population, loaded, policy.interrupted)
        self._trials = Trials(
            problem,
            chosen,
            budget,
            translation=translation,
            loaded=loaded,
            policy=policy,
            initial=initial,
            observers=self._observers,
            pruner=pruner,
            adjust=adjust,
            stop=stop,
            population=population,
        )
        self.carried = self._trials.findings.carried
        self._observers.notify("tunebridge_study_started", study=self)

    @property
    def result(self) -> Result:
        """What the study has found up to now."""
        return self._trials.findings.result

    def ask(self) -> Trial | None:
        """Return the next trial to evaluate, or None when the budget or the space is used up.

        Raises:
            InfeasibleError: The backend proposed nothing that keeps the constraints.
            StudyFailedError: The library raised, or the store failed.
            TrialError: The study is closed.
            UnsupportedError: It has a population.
        """
        if self._population is not None:
            message = "the members of a population take turns, which only the study's own loop can give them"
            raise UnsupportedError(message, hint="call study.run(), or tunebridge.tune(...)")
        self._trials.place(1, deterministic=False)
        opened = self._trials.begin()
        if opened is None:
            return None
        self._trials.listen(opened)
        return opened.copy()

    def tell(self, trial: Trial, value: Any = None, *, error: Exception | None = None) -> TrialRecord:
        """Finish a trial: with its value, or with the error that ended it.

        Args:
            trial: What `ask` returned.
            value: What the objective returned; one number, or one per direction. A value that is none
                makes the trial FAILED, with the reason in its record.
            error: The exception that ended the trial; TrialPruned makes it PRUNED, and so does any other
                one once it was told to stop. One that is paused stays RUNNING, and `ask` returns it again.

        Raises:
            TrialError: The trial is not one of this study's, or was told before.
            StudyFailedError: The library raised, or the store failed.
        """
        opened = self._trials.opened(trial)
        evaluator = self.problem.evaluator
        end = (
            ended.valued(evaluator, trial, value) if error is None else ended.raised(evaluator, trial, error)
        )
        return self._trials.pause(opened) if trial.is_paused else self._trials.finish(opened, end)

    def run(self, placement: Placement | None = None) -> Result:
        """Evaluate trials until the budget is spent, the space is exhausted, or Ctrl-C; then close.

        Args:
            placement: Where they are evaluated; here, one after the other, for None.

        Raises:
            StudyFailedError: Ten trials in a row failed, the library raised, or the store failed; it
                carries the result.
        """
        try:
            where = placement or place()
            self._trials.place(where.n_jobs, deterministic=where.deterministic)
            Loop(self._trials, self.problem, where).run()
        except KeyboardInterrupt:
            self._trials.findings.stop_reason = "interrupted"
            logger.warning("interrupted; returning the %d trials that ended", len(self.result.trials))
        finally:
            self.close()
        return self.result

    def close(self) -> None:
        """End the study; trials still open are recorded as INTERRUPTED. Closing twice does nothing."""
        if self._trials.is_closed:
            return
        self._trials.close()
        self._observers.notify("tunebridge_study_finished", study=self)

    def __enter__(self) -> Self:
        """Return the study."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the study."""
        self.close()
