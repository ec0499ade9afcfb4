"""The pluggy hooks. Hooks register and observe; the acting is done by the Protocols of `contract`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pluggy

from tunebridge.contract.backend import BackendSpec
from tunebridge.contract.capture import CaptureSpec
from tunebridge.contract.executor import ExecutorSpec
from tunebridge.contract.grower import GrowerSpec
from tunebridge.contract.importance import ImportanceSpec
from tunebridge.contract.observer import ObserverSpec
from tunebridge.contract.pruner import PrunerSpec
from tunebridge.contract.reader import ReaderSpec
from tunebridge.contract.rule import RuleSpec
from tunebridge.contract.store import StoreSpec
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.trial import Trial

if TYPE_CHECKING:
    from tunebridge.registry.study_view import StudyView

NAMESPACE = "tunebridge"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Marks a function of a plugin, or a method of an observer, as a hook of tunebridge."""


@hookspec
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(BackendSpec(...))` for each backend.

    Do not import the tuning library here.
    """


@hookspec
def tunebridge_register_pruners(register: Callable[[PrunerSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(PrunerSpec(...))` for each pruner."""


@hookspec
def tunebridge_register_rules(register: Callable[[RuleSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(RuleSpec(...))` for each feedback rule."""


@hookspec
def tunebridge_register_stores(register: Callable[[StoreSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(StoreSpec(...))` for each scheme of URLs."""


@hookspec
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(ReaderSpec(...))` for each native class."""


@hookspec
def tunebridge_register_captures(register: Callable[[CaptureSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(CaptureSpec(...))` for each library of searches."""


@hookspec
def tunebridge_register_growers(register: Callable[[GrowerSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(GrowerSpec(...))` for each library of boosters.

    Do not import the library here.
    """


@hookspec
def tunebridge_register_importances(register: Callable[[ImportanceSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(ImportanceSpec(...))` for each evaluator."""


@hookspec
def tunebridge_register_executors(register: Callable[[ExecutorSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(ExecutorSpec(...))` for each executor."""


@hookspec
def tunebridge_register_observers(register: Callable[[ObserverSpec], None]) -> None:
    """Called once when plugins are loaded: call `register(ObserverSpec(...))` for each observer.

    Do not import the library of a tracker here.
    """


@hookspec
def tunebridge_study_started(study: StudyView) -> None:
    """Called in the parent process before the first trial. The study may be read, not changed."""


@hookspec
def tunebridge_trial_started(trial: Trial) -> Mapping[str, str] | None:
    """Called when a trial has its params and is about to be evaluated, as an attempt of its own.

    What it returns is text by name, such as the id of a run. It goes with the trial to where its objective
    runs: `trial.links`.
    """


@hookspec
def tunebridge_trial_reported(trial: Trial, report: Report) -> None:
    """Called when a trial has reported, before the study decides on it."""


@hookspec
def tunebridge_trial_copied(trial: Trial, copied: Copy) -> None:
    """Called when a trial of a population has been given another one's checkpoint to go on from.

    The trial's params are already those that it goes on with.
    """


@hookspec
def tunebridge_trial_finished(trial: TrialRecord) -> None:
    """Called when a trial has ended and its backend was told."""


@hookspec
def tunebridge_trial_heard(trial: TrialRecord) -> None:
    """Called when it was heard that a trial has ended which another process ran, in a study that is shared.

    The other process is told of it by `tunebridge_trial_finished`, unless it has died.
    """


@hookspec
def tunebridge_study_finished(study: StudyView) -> None:
    """Called when the study ends, for whatever reason."""
