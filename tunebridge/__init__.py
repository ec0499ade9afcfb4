"""tunebridge: describe a space and an objective once, tune on any backend by name."""

from tunebridge.contract import (
    BackendSpec,
    Call,
    Capabilities,
    Fidelity,
    OpenRequest,
    Outcome,
    OutcomeState,
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
    SpaceError,
    StudyFailedError,
    TranslationError,
    TrialError,
    TunebridgeError,
    UnknownNameError,
    UnsupportedError,
)
from tunebridge.grid import read_points
from tunebridge.hookspecs import hookimpl
from tunebridge.listed import Categorical, Constant, Ordinal
from tunebridge.numeric import Float, Int, Normal
from tunebridge.parameter import Parameter
from tunebridge.plugins import Backend, backend
from tunebridge.problem import Direction, Problem
from tunebridge.result import Result
from tunebridge.space import AnyParameter, Constraint, Node, Space
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
    "Constant",
    "Constraint",
    "Direction",
    "Fidelity",
    "Float",
    "InfeasibleError",
    "Int",
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
    "PluginError",
    "Problem",
    "ProblemError",
    "Result",
    "Session",
    "Space",
    "SpaceError",
    "Study",
    "StudyFailedError",
    "Suggestion",
    "TranslatedParameter",
    "Translation",
    "TranslationError",
    "Trial",
    "TrialError",
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
    "read_points",
    "to_native",
    "tune",
]
