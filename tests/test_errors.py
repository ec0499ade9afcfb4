"""The error tree: message, hint, and what each error is besides."""

import copy
import pickle
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.errors import did_you_mean, last_line

RESULT = tb.Result(
    problem=tb.Problem(len, tb.Space()), study="s", backend="b", seed=0, trials=[], stop_reason="failed"
)
TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x\nValueError: boo\nand more\n'
)
CLASSES: list[Any] = [
    tb.TunebridgeError,
    tb.ProblemError,
    tb.UnknownNameError,
    tb.OptionError,
    tb.TranslationError,
    tb.UnsupportedError,
    tb.MissingLibraryError,
    tb.PluginError,
    tb.TrialError,
    tb.ObjectiveError,
    tb.ReportError,
    tb.LiveParamError,
    tb.TrialPruned,
    tb.ExecutorError,
    tb.StoreError,
    tb.NoCompleteTrialError,
    tb.NoAllowedTrialError,
]


def examples() -> list[tb.TunebridgeError]:
    """Return one error of every class."""
    return [
        *(kind("what was wrong", "what to do") for kind in CLASSES),
        tb.SpaceError(["x: one", "y: two"], hint="what to do"),
        tb.StudyFailedError("what was wrong", "what to do", result=RESULT),
        tb.InfeasibleError("what was wrong", "what to do", result=RESULT),
    ]


def test_the_examples_are_all_the_errors_there_are() -> None:
    public = {getattr(tb, name) for name in tb.__all__ if name.endswith("Error") or name == "TrialPruned"}
    assert {type(error) for error in examples()} == public


@pytest.mark.parametrize("error", examples(), ids=lambda error: type(error).__name__)
def test_every_error_is_a_tunebridge_error_that_shows_its_hint_on_a_line_of_its_own(
    error: tb.TunebridgeError,
) -> None:
    assert isinstance(error, tb.TunebridgeError)
    assert str(error) == f"{error.message}\n  hint: what to do"
    assert error.hint == "what to do"


@pytest.mark.parametrize("error", examples(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "remake", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"]
)
def test_every_error_survives_pickling_and_copying(error: tb.TunebridgeError, remake: Any) -> None:
    twin = remake(error)
    assert type(twin) is type(error)
    assert (twin.message, twin.hint, str(twin)) == (error.message, error.hint, str(error))
    assert vars(twin) == vars(error)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (tb.SpaceError, ValueError),
        (tb.ProblemError, ValueError),
        (tb.UnknownNameError, LookupError),
        (tb.OptionError, TypeError),
        (tb.TranslationError, ValueError),
        (tb.MissingLibraryError, ImportError),
        (tb.TrialError, ValueError),
        (tb.ObjectiveError, ValueError),
        (tb.NoCompleteTrialError, ValueError),
        (tb.NoAllowedTrialError, tb.NoCompleteTrialError),
        (tb.InfeasibleError, tb.StudyFailedError),
    ],
)
def test_an_error_is_caught_as_the_builtin_it_is_like(kind: type, builtin: type) -> None:
    assert issubclass(kind, builtin)


def test_an_error_without_a_hint_is_its_message() -> None:
    assert str(tb.ProblemError("what was wrong")) == "what was wrong"


def test_a_space_error_lists_one_fault_a_line() -> None:
    error = tb.SpaceError(fault for fault in ("x: one", "y: two"))
    assert (error.faults, str(error)) == (("x: one", "y: two"), "x: one\ny: two")


@pytest.mark.parametrize("kind", [tb.StudyFailedError, tb.InfeasibleError])
def test_a_failed_study_carries_its_result(kind: Any) -> None:
    assert kind("why", result=RESULT).result is RESULT


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("rand", ["grid", "random"], "Did you mean 'random'? (known: grid, random)"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("x", [], "there are none"),
        (
            "Nevergrad:DE",
            ["nevergrad", "nevergrad:de"],
            "Did you mean 'nevergrad:de'? (known: nevergrad, nevergrad:de)",
        ),
        ("ASHA", ["Ash", "asha"], "Did you mean 'asha'? (known: Ash, asha)"),
        ("minimise", tb.Direction, "Did you mean 'minimize'? (known: maximize, minimize)"),
    ],
    ids=["close", "far", "none", "capitals", "all capitals", "an enum"],
)
def test_did_you_mean_shows_the_closest_name_then_all_in_order(name: str, known: Any, hint: str) -> None:
    assert did_you_mean(name, known) == hint


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TRACEBACK, "ValueError: boo"),
        (f'Traceback:\n  File "b.py", line 2, in g\nE: {TRACEBACK}', "ValueError: boo"),
        ("the objective must return a number\n  hint: end it", "the objective must return a number"),
        ('  + Exception Group Traceback:\n  |   File "a.py", line 1\n  |     x\n  | G: two\n', "G: two"),
        ("", ""),
    ],
    ids=["a traceback", "a traceback in a message", "a message", "a group", "nothing"],
)
def test_the_last_line_is_the_one_that_names_the_exception(error: str, line: str) -> None:
    assert last_line(error) == line


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        (tb.ObjectiveError(TRACEBACK), "ValueError: boo"),
        (tb.ObjectiveError("no score", hint="give one"), "no score"),
        (ValueError("boo"), "ValueError: boo"),
    ],
    ids=["a traceback", "a wrong value", "an exception"],
)
def test_a_failed_study_shows_its_first_failure_in_one_line(raised: Exception, line: str) -> None:
    def objective(trial: tb.Trial) -> float:
        raise raised

    problem = tb.Problem(objective, tb.Space(x=tb.Float(0, 1)))
    with pytest.raises(tb.StudyFailedError) as caught:
        tb.tune(problem, backend="sklearn:random", n_trials=2, max_failures=2, seed=0)
    assert caught.value.message == f"2 trials in a row failed, the first with: {line}"
