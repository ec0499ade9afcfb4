from .comparison.compare import compare
from .comparison.comparison import Comparison
from .comparison.loading import load_comparison
from .confirmation.confirm import confirm
from .confirmation.confirmation import Confirmation
from .confirmation.finalist import Finalist
from .confirmation.loading import load_confirmation
from .contract.ahead import Ahead
from .contract.backend import BackendSpec, Capabilities, OpenRequest
from .contract.beyond import Beyond
from .contract.capture import Argument, Called, CapturedSearch, CaptureSpec, EntryPoint
from .contract.device_names import DeviceNames
from .contract.events import (
    Damage,
    Event,
    SegmentBegan,
    StoredStudy,
    StoredTrial,
    StudyCreated,
    TrialBegan,
    TrialCheckpointed,
    TrialEnded,
    TrialReported,
)
from .contract.executor import Answer, Executor, ExecutorRequest, ExecutorSpec
from .contract.grower import GrowerSpec, Growth, GrowthRequest, Resumable
from .contract.importance import ImportanceSpec
from .contract.joining import Joins
from .contract.observer import ObserverSpec
from .contract.option_rules import Either, Number, OneOf, OptionRule, Whole
from .contract.outcome import Outcome, OutcomeState
from .contract.penalty import Penalty
from .contract.pruner import Pruner, PrunerRequest, PrunerSpec
from .contract.reader import ReaderSpec
from .contract.reading import Reading
from .contract.remembered import Remembered
from .contract.removal import Amending, Deleting
from .contract.rule import RuleSpec
from .contract.session import (
    Contextual,
    Deciding,
    Heeding,
    Preparing,
    Recalling,
    Restorable,
    Session,
    Suggestion,
)
from .contract.sharing import Sharing
from .contract.store import Grouping, Keeping, Store, StoreSpec
from .contract.task import Ending, Task
from .contract.translation import Call, Fidelity, Prior, TranslatedParameter, Translation
from .contract.upgrading import Upgrading
from .display.passwords import without_passwords
from .display.printable import logger_of, printable
from .errors import (
    ExecutorError,
    LiveParamError,
    MissingLibraryError,
    NoAllowedTrialError,
    NoCompleteTrialError,
    ObjectiveError,
    OptionError,
    PluginError,
    ProblemError,
    ReportError,
    SpaceError,
    StoreError,
    TranslationError,
    TrialError,
    TrialPaused,
    TrialPruned,
    TunebridgeError,
    UnknownNameError,
    UnsupportedError,
)
from .executors.attempt import perform
from .fingerprint.objective import Fingerprinted
from .growing import grower_of
from .importance import importances
from .population.population import Population
from .problem.problem import Direction, Problem
from .reading import read_space
from .registry.choice import (
    Backend,
    ChosenExecutor,
    ChosenObserver,
    ChosenPruner,
    backend,
    backends,
    executor,
    observer,
    pruner,
    rule,
)
from .registry.hookspecs import hookimpl
from .registry.study_view import StudyView
from .removal.clean import Unneeded, clean
from .removal.delete import DeletedStudy, delete_study
from .removal.exclude import exclude, include
from .result.carried import Carried
from .result.failure import InfeasibleError, StudyFailedError
from .result.grown_space import GrownSpace
from .result.importances import Importances
from .result.left_out import LeftOut
from .result.result import Result
from .space.choices import Categorical, Constant, Ordinal
from .space.conditions import Between, Clause, Condition
from .space.constraint import Constraint
from .space.folding import fold
from .space.grid import read_points
from .space.natural import from_natural, to_natural
from .space.node import AnyParameter, Node
from .space.numeric import Float, Int, Normal
from .space.option import Option
from .space.parameter import Parameter
from .space.space import Space
from .stores.loading import load_study
from .study.default_backend import default_backend
from .study.sessions import open_session
from .study.stoppers import MaxSeconds, Patience, Stopper, Target
from .study.study import Study
from .study.sweep import Sweep, sweep
from .study.tuning import open_study, tune
from .training.live import Live
from .training.replay import replay
from .training.rules import Plateau, Schedule
from .training.training import Training
from .translate import decode, explain, to_native
from .trial.checkpoint import Checkpoint
from .trial.limit import Limit, Limited
from .trial.lineage import Copy, Stretch
from .trial.record import TrialRecord
from .trial.reply import Decision, Reply
from .trial.report import Change, Report
from .trial.said import Said, Told, Written
from .trial.state import TrialState
from .trial.trial import Trial

__all__ = [
    "Ahead",
    "Amending",
    "Answer",
    "AnyParameter",
    "Argument",
    "Backend",
    "BackendSpec",
    "Between",
    "Beyond",
    "Call",
    "Called",
    "Capabilities",
    "CaptureSpec",
    "CapturedSearch",
    "Carried",
    "Categorical",
    "Change",
    "Checkpoint",
    "ChosenExecutor",
    "ChosenObserver",
    "ChosenPruner",
    "Clause",
    "Comparison",
    "Condition",
    "Confirmation",
    "Constant",
    "Constraint",
    "Contextual",
    "Copy",
    "Damage",
    "Deciding",
    "Decision",
    "DeletedStudy",
    "Deleting",
    "DeviceNames",
    "Direction",
    "Either",
    "Ending",
    "EntryPoint",
    "Event",
    "Executor",
    "ExecutorError",
    "ExecutorRequest",
    "ExecutorSpec",
    "Fidelity",
    "Finalist",
    "Fingerprinted",
    "Float",
    "Grouping",
    "GrowerSpec",
    "GrownSpace",
    "Growth",
    "GrowthRequest",
    "Heeding",
    "ImportanceSpec",
    "Importances",
    "InfeasibleError",
    "Int",
    "Joins",
    "Keeping",
    "LeftOut",
    "Limit",
    "Limited",
    "Live",
    "LiveParamError",
    "MaxSeconds",
    "MissingLibraryError",
    "NoAllowedTrialError",
    "NoCompleteTrialError",
    "Node",
    "Normal",
    "Number",
    "ObjectiveError",
    "ObserverSpec",
    "OneOf",
    "OpenRequest",
    "Option",
    "OptionError",
    "OptionRule",
    "Ordinal",
    "Outcome",
    "OutcomeState",
    "Parameter",
    "Patience",
    "Penalty",
    "Plateau",
    "PluginError",
    "Population",
    "Preparing",
    "Prior",
    "Problem",
    "ProblemError",
    "Pruner",
    "PrunerRequest",
    "PrunerSpec",
    "ReaderSpec",
    "Reading",
    "Recalling",
    "Remembered",
    "Reply",
    "Report",
    "ReportError",
    "Restorable",
    "Result",
    "Resumable",
    "RuleSpec",
    "Said",
    "Schedule",
    "SegmentBegan",
    "Session",
    "Sharing",
    "Space",
    "SpaceError",
    "Stopper",
    "Store",
    "StoreError",
    "StoreSpec",
    "StoredStudy",
    "StoredTrial",
    "Stretch",
    "Study",
    "StudyCreated",
    "StudyFailedError",
    "StudyView",
    "Suggestion",
    "Sweep",
    "Target",
    "Task",
    "Told",
    "Training",
    "TranslatedParameter",
    "Translation",
    "TranslationError",
    "Trial",
    "TrialBegan",
    "TrialCheckpointed",
    "TrialEnded",
    "TrialError",
    "TrialPaused",
    "TrialPruned",
    "TrialRecord",
    "TrialReported",
    "TrialState",
    "TunebridgeError",
    "UnknownNameError",
    "Unneeded",
    "UnsupportedError",
    "Upgrading",
    "Whole",
    "Written",
    "backend",
    "backends",
    "clean",
    "compare",
    "confirm",
    "decode",
    "default_backend",
    "delete_study",
    "exclude",
    "executor",
    "explain",
    "fold",
    "from_natural",
    "grower_of",
    "hookimpl",
    "importances",
    "include",
    "load_comparison",
    "load_confirmation",
    "load_study",
    "logger_of",
    "observer",
    "open_session",
    "open_study",
    "perform",
    "printable",
    "pruner",
    "read_points",
    "read_space",
    "replay",
    "rule",
    "sweep",
    "to_native",
    "to_natural",
    "tune",
    "without_passwords",
]
