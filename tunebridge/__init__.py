"""tunebridge: describe a space and an objective once, tune on any backend by name."""

from tunebridge.comparison.compare import compare
from tunebridge.comparison.comparison import Comparison
from tunebridge.comparison.loading import load_comparison
from tunebridge.contract.contract import (
    Answer,
    BackendSpec,
    Capabilities,
    Ending,
    Executor,
    ExecutorRequest,
    ExecutorSpec,
    OpenRequest,
    Outcome,
    OutcomeState,
    Pruner,
    PrunerRequest,
    PrunerSpec,
    ReaderSpec,
    Recalling,
    RuleSpec,
    Session,
    Store,
    StoreSpec,
    Suggestion,
    Task,
)
from tunebridge.contract.events import (
    Event,
    SegmentBegan,
    StoredStudy,
    StoredTrial,
    StudyCreated,
    TrialBegan,
    TrialEnded,
    TrialReported,
)
from tunebridge.contract.penalty import Penalty
from tunebridge.contract.translation import Call, Fidelity, Prior, TranslatedParameter, Translation
from tunebridge.display.passwords import without_passwords
from tunebridge.display.printable import logger_of, printable
from tunebridge.documented import document
from tunebridge.errors import (
    ExecutorError,
    MissingLibraryError,
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
    TrialPruned,
    TunebridgeError,
    UnknownNameError,
    UnsupportedError,
)
from tunebridge.executors.attempt import perform
from tunebridge.fingerprint import Fingerprinted
from tunebridge.problem.problem import Direction, Problem
from tunebridge.registry.hookspecs import hookimpl
from tunebridge.registry.plugins import Backend, ChosenExecutor, ChosenPruner, backend, executor, pruner, rule
from tunebridge.registry.study_view import StudyView
from tunebridge.result.carried import Carried
from tunebridge.result.failure import InfeasibleError, StudyFailedError
from tunebridge.result.result import Result
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.folding import fold
from tunebridge.space.grid import read_points
from tunebridge.space.natural import from_natural, to_natural
from tunebridge.space.numeric import Float, Int, Normal
from tunebridge.space.parameter import Parameter
from tunebridge.space.space import AnyParameter, Constraint, Node, Space
from tunebridge.stores.loading import load_study
from tunebridge.study.default_backend import default_backend
from tunebridge.study.stoppers import MaxSeconds, Patience, Stopper, Target
from tunebridge.study.study import Study
from tunebridge.study.sweep import Sweep, sweep
from tunebridge.study.tuning import open_study, tune
from tunebridge.training.replay import replay
from tunebridge.training.rules import Plateau, Schedule, Training
from tunebridge.translate import decode, explain, to_native
from tunebridge.trial.report import Change, Decision, Reply, Report
from tunebridge.trial.trial import Trial, TrialRecord, TrialState

__all__ = [
    "Answer",
    "AnyParameter",
    "Backend",
    "BackendSpec",
    "Call",
    "Capabilities",
    "Carried",
    "Categorical",
    "Change",
    "ChosenExecutor",
    "ChosenPruner",
    "Comparison",
    "Constant",
    "Constraint",
    "Decision",
    "Direction",
    "Ending",
    "Event",
    "Executor",
    "ExecutorError",
    "ExecutorRequest",
    "ExecutorSpec",
    "Fidelity",
    "Fingerprinted",
    "Float",
    "InfeasibleError",
    "Int",
    "MaxSeconds",
    "MissingLibraryError",
    "NoCompleteTrialError",
    "Node",
    "Normal",
    "ObjectiveError",
    "OpenRequest",
    "OptionError",
    "Ordinal",
    "Outcome",
    "OutcomeState",
    "Parameter",
    "Patience",
    "Penalty",
    "Plateau",
    "PluginError",
    "Prior",
    "Problem",
    "ProblemError",
    "Pruner",
    "PrunerRequest",
    "PrunerSpec",
    "ReaderSpec",
    "Recalling",
    "Reply",
    "Report",
    "ReportError",
    "Result",
    "RuleSpec",
    "Schedule",
    "SegmentBegan",
    "Session",
    "Space",
    "SpaceError",
    "Stopper",
    "Store",
    "StoreError",
    "StoreSpec",
    "StoredStudy",
    "StoredTrial",
    "Study",
    "StudyCreated",
    "StudyFailedError",
    "StudyView",
    "Suggestion",
    "Sweep",
    "Target",
    "Task",
    "Training",
    "TranslatedParameter",
    "Translation",
    "TranslationError",
    "Trial",
    "TrialBegan",
    "TrialEnded",
    "TrialError",
    "TrialPruned",
    "TrialRecord",
    "TrialReported",
    "TrialState",
    "TunebridgeError",
    "UnknownNameError",
    "UnsupportedError",
    "backend",
    "compare",
    "decode",
    "default_backend",
    "executor",
    "explain",
    "fold",
    "from_natural",
    "hookimpl",
    "load_comparison",
    "load_study",
    "logger_of",
    "open_study",
    "perform",
    "printable",
    "pruner",
    "read_points",
    "replay",
    "rule",
    "sweep",
    "to_native",
    "to_natural",
    "tune",
    "without_passwords",
]

document(map(globals().__getitem__, __all__))
del document
