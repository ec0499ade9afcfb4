"""Runs the cells of a comparison as the trials of one study: its objective runs a cell, wherever that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import sleep
from typing import Any, ClassVar

from tunebridge.budget import Budget
from tunebridge.comparison.cell import seconds_of, within
from tunebridge.comparison.plan.plan import Plan
from tunebridge.contract.store import Store
from tunebridge.errors import NoCompleteTrialError, ObjectiveError, StoreError
from tunebridge.logs import muted
from tunebridge.registry import choice
from tunebridge.result.failure import StudyFailedError
from tunebridge.result.result import Result
from tunebridge.stores.loading import load_study
from tunebridge.stores.memory import MemoryStore
from tunebridge.study.tuning import tune
from tunebridge.trial.trial import Trial

KEPT = "study"
"""The name under which a cell without a store keeps its study."""

PAUSES_SECONDS = (0.2, 1.0, 4.0)
"""How long to wait before a study that cannot be opened is tried again."""

LOGGERS = (
    "tunebridge.study.loaded_study",
    "tunebridge.study.noise",
    "tunebridge.study.resuming",
    "tunebridge.translate",
)
"""What speaks of one study alone; a comparison has said it already, or says it of all cells at once."""


@dataclass(frozen=True, slots=True)
class CellObjective:
    """The objective of a comparison: its trials are cells, and the value of one is the best that it found."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same cells get other values."""
    plan: Plan
    """What is compared."""
    storage: str | None
    """URL of the store of the cells; None for memory, from which each travels back as an artifact."""
    apart: bool
    """Whether a cell has a process of its own."""

    def __call__(self, trial: Trial) -> float:
        """Run a cell; one whose process has died goes on with its trials in another one."""
        # A process for each cell's trials would cost the seconds in which it loads their libraries.
        executor = "processes" if self.apart and trial.attempt else "inline"
        return run_cell(self.plan, self.storage, trial, executor)

    def fingerprint(self) -> dict[str, str]:
        """Return nothing: each cell's study knows its own problem, and the space knows the rest."""
        return {}


def run_cell(plan: Plan, storage: str | None, trial: Trial, executor: str) -> float:
    """Run the study of a cell to the end of its budget, and return its best value.

    Args:
        plan: The comparison.
        storage: URL of its store, or None.
        trial: Problem, line and seed; it keeps the study if there is no store.
        executor: Where its trials run.

    Raises:
        ObjectiveError: The study failed, or has found no value; its trials are kept all the same.
        KeyboardInterrupt: It was interrupted.
    """
    name = plan.cell_study(trial["problem"], trial["line"], trial["seed"])
    memory = MemoryStore()
    try:
        with muted(*LOGGERS):
            store = memory if storage is None else storage
            result = _patiently(partial(_run, plan, store, name, trial, executor))
        if result.stop_reason == "interrupted":
            raise KeyboardInterrupt
        return best_value(result, plan.budget)
    except (NoCompleteTrialError, StudyFailedError) as error:
        # Not the error itself: it carries the result, which is the user's, and may not be fit to travel.
        raise ObjectiveError(error.message, hint=error.hint) from None
    finally:
        if storage is None:
            trial.keep(KEPT, memory.load(name))


def best_value(result: Result, budget: Budget) -> float:
    """Return the best value within a budget; the study may have had a larger one before.

    Raises:
        NoCompleteTrialError: There is none.
    """
    return replace(result, trials=within(result.trials, budget)).best_value


def _patiently(run: Callable[[], Result]) -> Result:
    """Run a cell; if it was killed just now, its last process may not have let go of its study yet."""
    for pause in PAUSES_SECONDS:
        try:
            return run()
        except StoreError:
            sleep(pause)
    return run()


def _run(plan: Plan, store: str | Store, name: str, trial: Trial, executor: str) -> Result:
    """Begin a cell, or go on with what is left of its budget."""
    problem = plan.problems[trial["problem"]]
    contender = plan.contender(trial["line"])
    max_seconds = plan.budget.max_seconds
    if max_seconds is not None:
        earlier = _earlier(store, name)
        max_seconds -= seconds_of(earlier.trials) if earlier else 0.0
        if earlier is not None and max_seconds <= 0:
            return earlier
    settings: dict[str, Any] = {} if contender.pruner is None else {"pruner": contender.pruner}
    return tune(
        problem,
        backend=contender.backend,
        n_trials=plan.budget.n_trials,
        max_seconds=max_seconds,
        seed=trial["seed"],
        initial=plan.start(trial["problem"], trial["seed"]),
        max_failures=None,
        on_lossy="warn",
        storage=store,
        study=name,
        executor=executor if trial.device is None else choice.executor(executor, devices=[trial.device]),
        **settings,
    )


def _earlier(store: str | Store, name: str) -> Result | None:
    """Return what a cell has found before it was killed, if it had begun."""
    try:
        return load_study(store, name)
    except StoreError:
        return None
