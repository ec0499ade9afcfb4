"""tunebridge: describe a space and an objective once, tune on any backend by name."""

from tunebridge.adjusting import Plateau, Schedule, Training
from tunebridge.carried import Carried
from tunebridge.compare.comparing import compare
from tunebridge.compare.comparison import Comparison
from tunebridge.compare.loading import load_comparison
from tunebridge.contract import (
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
from tunebridge.default import default_backend
from tunebridge.documented import document
from tunebridge.errors import (
    ExecutorError,
    InfeasibleError,
    MissingLibraryError,
    NoCompleteTrialError,
    ObjectiveError,
    OptionError,
    PluginError,
    ProblemError,
    ReportError,
    SpaceError,
    StoreError,
    StudyFailedError,
    TranslationError,
    TrialError,
    TrialPruned,
    TunebridgeError,
    UnknownNameError,
    UnsupportedError,
)
from tunebridge.fingerprint import Fingerprinted
from tunebridge.folding import fold
from tunebridge.grid import read_points
from tunebridge.hookspecs import hookimpl
from tunebridge.listed import Categorical, Constant, Ordinal
from tunebridge.natural import from_natural, to_natural
from tunebridge.numeric import Float, Int, Normal
from tunebridge.parameter import Parameter
from tunebridge.passwords import without_passwords
from tunebridge.penalty import Penalty
from tunebridge.performing import perform
from tunebridge.plugins import Backend, ChosenExecutor, ChosenPruner, backend, executor, pruner, rule
from tunebridge.printable import logger_of, printable
from tunebridge.problem import Direction, Problem
from tunebridge.reading import load_study
from tunebridge.replay import replay
from tunebridge.report import Change, Decision, Reply, Report
from tunebridge.result import Result
from tunebridge.space import AnyParameter, Constraint, Node, Space
from tunebridge.stopping import MaxSeconds, Patience, Stopper, Target
from tunebridge.stored import (
    Event,
    SegmentBegan,
    StoredStudy,
    StoredTrial,
    StudyCreated,
    TrialBegan,
    TrialEnded,
    TrialReported,
)
from tunebridge.study import Study
from tunebridge.sweep import Sweep, sweep
from tunebridge.translate import decode, explain, to_native
from tunebridge.translation import Call, Fidelity, Prior, TranslatedParameter, Translation
from tunebridge.trial import Trial, TrialRecord, TrialState
from tunebridge.tuning import open_study, tune

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
