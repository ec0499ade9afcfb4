"""The public names are frozen, and everything public says what it is."""

import inspect
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry import hookspecs

NAMES = [
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
]  # fmt: skip

HOOKS = {
    "tunebridge_register_backends": "registry/test_plugins.py",
    "tunebridge_register_pruners": "registry/test_rules.py",
    "tunebridge_register_rules": "registry/test_rules.py",
    "tunebridge_register_stores": "stores/test_stores.py",
    "tunebridge_register_readers": "stores/test_history.py",
    "tunebridge_register_captures": "convert/test_watch.py",
    "tunebridge_register_growers": "test_growing.py",
    "tunebridge_register_importances": "test_importance.py",
    "tunebridge_register_executors": "registry/test_executors.py",
    "tunebridge_register_observers": "registry/test_observers.py",
    "tunebridge_study_started": "registry/test_observers.py",
    "tunebridge_trial_started": "registry/test_observers.py",
    "tunebridge_trial_reported": "registry/test_observers.py",
    "tunebridge_trial_copied": "registry/test_observers.py",
    "tunebridge_trial_finished": "registry/test_observers.py",
    "tunebridge_trial_heard": "registry/test_observers.py",
    "tunebridge_study_finished": "registry/test_observers.py",
}
"""Every hook, and the file that tests its effect."""

BARE = {"Answer", "AnyParameter", "Event", "Said", "hookimpl"}
"""Types and a marker: none is a class or function of ours."""


def public_members(cls: Any) -> list[tuple[str, Any]]:
    """Return the methods and properties of a class that have no underscore and are its own."""
    found = [(name, value) for name, value in vars(cls).items() if not name.startswith("_")]
    kinds = (FunctionType, property, classmethod)
    return [(name, value) for name, value in found if isinstance(value, kinds)]


def test_the_public_names_are_frozen() -> None:
    assert tb.__all__ == NAMES


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert tb.__all__ == sorted(set(tb.__all__))
    assert [name for name in tb.__all__ if not hasattr(tb, name)] == []


def test_nothing_public_is_left_out_of_the_list() -> None:
    ours = {
        name
        for name, value in vars(tb).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name not in BARE
    }
    assert ours | BARE == set(tb.__all__)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BARE])
def test_every_public_name_has_a_docstring_of_its_own(name: str) -> None:
    value = getattr(tb, name)
    doc = value.__doc__ or ""
    assert doc.strip()
    assert not doc.startswith(f"{name}(")
    assert doc.splitlines()[0].strip().endswith((".", ":"))


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isclass(getattr(tb, name))])
def test_every_public_method_and_property_has_a_docstring(name: str) -> None:
    undocumented = [
        member for member, value in public_members(getattr(tb, name)) if not (value.__doc__ or "").strip()
    ]
    assert undocumented == []


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isfunction(getattr(tb, name))])
def test_a_public_function_that_documents_its_arguments_documents_them_all(name: str) -> None:
    function = getattr(tb, name)
    doc = function.__doc__ or ""
    arguments = list(inspect.signature(function).parameters)
    if "Args:" in doc:
        assert [argument for argument in arguments if f"{argument}:" not in doc] == []


def test_every_hook_is_known_and_has_a_test_of_its_effect() -> None:
    assert [name for name in vars(hookspecs) if name.startswith("tunebridge_")] == list(HOOKS)
    folder = Path(__file__).parent
    untested = [hook for hook, file in HOOKS.items() if hook not in (folder / file).read_text("utf-8")]
    assert untested == []


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_docstring_that_says_when_it_is_called(hook: str) -> None:
    specification = getattr(hookspecs, hook)
    assert (specification.__doc__ or "").startswith("Called ")
    links = "Mapping[str, str] | None"
    returned = (links,) if hook == "tunebridge_trial_started" else (None, "None")
    assert inspect.signature(specification).return_annotation in returned
