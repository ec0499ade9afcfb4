"""tunebridge: describe a space and an objective once, tune on any backend by name."""

from tunebridge.adjusting import Plateau, Schedule, Training
from tunebridge.contract import (
    BackendSpec,
    Call,
    Capabilities,
    Fidelity,
    OpenRequest,
    Outcome,
    OutcomeState,
    Pruner,
    PrunerRequest,
    PrunerSpec,
    RuleSpec,
    Session,
    Suggestion,
    TranslatedParameter,
    Translation,
)
from tunebridge.errors import (
    InfeasibleError,
    MissingLibraryError,
    NoCompleteTrialError,
    ObjectiveError,
    OptionError,
    PluginError,
    ProblemError,
    ReportError,
    SpaceError,
    StudyFailedError,
    TranslationError,
    TrialError,
    TrialPruned,
    TunebridgeError,
    UnknownNameError,
    UnsupportedError,
)
from tunebridge.grid import read_points
from tunebridge.hookspecs import hookimpl
from tunebridge.listed import Categorical, Constant, Ordinal
from tunebridge.numeric import Float, Int, Normal
from tunebridge.parameter import Parameter
from tunebridge.plugins import Backend, ChosenPruner, backend, pruner, rule
from tunebridge.problem import Direction, Problem
from tunebridge.replay import replay
from tunebridge.report import Change, Decision, Reply, Report
from tunebridge.result import Result
from tunebridge.space import AnyParameter, Constraint, Node, Space
from tunebridge.stopping import MaxSeconds, Patience, Stopper, Target
from tunebridge.study import Study
from tunebridge.translate import decode, explain, to_native
from tunebridge.trial import Trial, TrialRecord, TrialState
from tunebridge.tuning import open_study, tune

__all__ = [
    "AnyParameter",
    "Backend",
    "BackendSpec",
    "Call",
    "Capabilities",
    "Categorical",
    "Change",
    "ChosenPruner",
    "Constant",
    "Constraint",
    "Decision",
    "Direction",
    "Fidelity",
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
    "Plateau",
    "PluginError",
    "Problem",
    "ProblemError",
    "Pruner",
    "PrunerRequest",
    "PrunerSpec",
    "Reply",
    "Report",
    "ReportError",
    "Result",
    "RuleSpec",
    "Schedule",
    "Session",
    "Space",
    "SpaceError",
    "Stopper",
    "Study",
    "StudyFailedError",
    "Suggestion",
    "Target",
    "Training",
    "TranslatedParameter",
    "Translation",
    "TranslationError",
    "Trial",
    "TrialError",
    "TrialPruned",
    "TrialRecord",
    "TrialState",
    "TunebridgeError",
    "UnknownNameError",
    "UnsupportedError",
    "backend",
    "decode",
    "explain",
    "hookimpl",
    "open_study",
    "pruner",
    "read_points",
    "replay",
    "rule",
    "to_native",
    "tune",
]
