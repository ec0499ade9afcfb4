"""Where trials run: what is asked for has to make sense, and to be there."""

import functools
import importlib
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.study.execution import place

SPACE = tb.Space(x=tb.Float(0.0, 1.0))


def tune(objective: Any = lambda trial: trial["x"], *, space: tb.Space = SPACE, **settings: Any) -> tb.Result:
    defaults = {"backend": "sklearn:random", "seed": 0, "n_trials": 2}
    return tb.tune(tb.Problem(objective, space), **{**defaults, **settings})


def said(error: tb.TunebridgeError) -> str:
    return f"{error.message} {error.hint}"


@pytest.mark.parametrize("wrong", [0, -2, 1.5, True, "2", math.nan], ids=repr)
def test_a_number_of_jobs_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(tb.ProblemError, match="n_jobs must be an integer >= 1, or -1") as caught:
        tune(n_jobs=wrong)
    assert repr(wrong) in caught.value.message


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan, math.inf, "1", True], ids=repr)
def test_a_timeout_that_is_no_time_is_refused(wrong: Any) -> None:
    with pytest.raises(tb.ProblemError, match="trial_timeout must be a number of seconds > 0") as caught:
        tune(trial_timeout=wrong)
    assert repr(wrong) in caught.value.message


@pytest.mark.parametrize("wrong", [0, -5, 1e9, "2GB", True], ids=repr)
def test_a_limit_of_memory_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(tb.ProblemError, match="memory_limit must be a number of bytes >= 1") as caught:
        tune(memory_limit=wrong)
    assert repr(wrong) in caught.value.message


@pytest.mark.parametrize("executor", ["inline", "threads"])
@pytest.mark.parametrize("limit", [{"trial_timeout": 1.0}, {"memory_limit": 10**9}], ids=str)
def test_a_limit_that_an_executor_cannot_keep_is_refused_with_those_that_can(
    executor: str, limit: dict[str, Any]
) -> None:
    with pytest.raises(tb.UnsupportedError) as caught:
        tune(executor=executor, **limit)
    assert all(word in said(caught.value) for word in (*limit, repr(executor), "processes"))


def test_side_by_side_is_refused_by_the_inline_executor_with_those_that_can() -> None:
    with pytest.raises(tb.UnsupportedError) as caught:
        tune(executor="inline", n_jobs=2)
    assert all(word in said(caught.value) for word in ("n_jobs=2", "'inline'", "processes", "threads"))


@pytest.mark.parametrize(
    "clock",
    [
        {"max_seconds": 5.0},
        {"trial_timeout": 5.0},
        {"stop": [tb.Target(0.0), tb.MaxSeconds(5.0)]},
    ],
    ids=str,
)
def test_a_fixed_order_is_refused_with_a_limit_of_time(clock: dict[str, Any]) -> None:
    with pytest.raises(tb.ProblemError, match=r"deterministic=True .* limit of time") as caught:
        tune(deterministic=True, n_jobs=2, **clock)
    named = "MaxSeconds" if "stop" in clock else next(iter(clock))
    assert named in caught.value.message
    assert "Target" not in caught.value.message


def test_an_unknown_executor_is_refused_with_the_closest_name() -> None:
    with pytest.raises(tb.UnknownNameError) as caught:
        tune(executor="proceses")
    assert all(word in said(caught.value) for word in ("'proceses'", "processes", "threads", "inline"))


def test_bad_input_starts_no_trial_and_no_study() -> None:
    begun: list[int] = []
    for wrong in ({"n_jobs": 0}, {"executor": "no"}, {"executor": "threads", "trial_timeout": 1.0}):
        with pytest.raises(tb.TunebridgeError):
            tune(lambda trial: begun.append(trial.number), **wrong)
    assert begun == []


@pytest.mark.parametrize(
    ("asked", "name", "n_jobs"),
    [
        ({}, "inline", 1),
        ({"n_jobs": 1}, "inline", 1),
        ({"n_jobs": 2}, "processes", 2),
        ({"n_jobs": -1}, "processes", os.cpu_count()),
        ({"trial_timeout": 1.0}, "processes", 1),
        ({"memory_limit": 10**9}, "processes", 1),
        ({"executor": "threads"}, "threads", 1),
        ({"executor": "threads", "n_jobs": 3}, "threads", 3),
        ({"deterministic": True}, "inline", 1),
    ],
    ids=str,
)
def test_the_executor_is_the_one_that_does_what_is_asked(
    asked: dict[str, Any], name: str, n_jobs: int
) -> None:
    placement = place(**asked)
    assert (placement.executor.spec.name, placement.n_jobs) == (name, n_jobs)


class Holder:
    """Holds what cannot be sent."""

    def __init__(self) -> None:
        self.guard = threading.Lock()

    def __call__(self, trial: Any) -> float:
        return float(self.guard.locked())

    def method(self, trial: Any) -> float:
        return self(trial)


GUARD = threading.Lock()


def by_variable() -> Callable[[Any], Any]:
    guard = threading.Lock()
    return lambda trial: guard.locked()


def by_global() -> Callable[[Any], Any]:
    return lambda trial: GUARD.locked()


def by_default() -> Callable[[Any], Any]:
    def train(trial: Any, guard: Any = GUARD) -> bool:
        return bool(guard.locked())

    return train


def by_partial(*args: Any, **keywords: Any) -> Callable[[Any], Any]:
    return functools.partial(lambda *args, **keywords: 1.0, *args, **keywords)


UNSENDABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "attribute": (Holder, "its attribute 'guard' (lock)"),
    "method": (lambda: Holder().method, "its attribute 'guard' (lock)"),
    "variable": (by_variable, "the variable 'guard' (lock)"),
    "global": (by_global, "the global 'GUARD' (lock)"),
    "default": (by_default, "the default <unlocked _thread.lock"),
    "argument": (lambda: by_partial(threading.Lock()), "the argument <unlocked _thread.lock"),
    "keyword": (lambda: by_partial(guard=threading.Lock()), "the argument 'guard' (lock)"),
}


@pytest.mark.parametrize("kind", UNSENDABLE)
def test_an_objective_that_cannot_be_sent_is_refused_by_what_it_holds(kind: str) -> None:
    make, name = UNSENDABLE[kind]
    with pytest.raises(tb.ExecutorError) as caught:
        tune(make(), executor="processes")
    assert name in caught.value.message
    assert "threads" in caught.value.hint


def test_a_choice_that_cannot_be_sent_is_refused_by_its_parameter() -> None:
    space = tb.Space(guard=tb.Categorical({"a": threading.Lock(), "b": None}))
    with pytest.raises(tb.ExecutorError, match="the choices of guard"):
        tune(lambda trial: 1.0, space=space, executor="processes")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module that only this process can import."""
    (tmp_path / "found_here.py").write_text("def train(trial):\n    return trial['x']\n", "utf-8")
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(tmp_path))
        yield importlib.import_module("found_here")
    sys.modules.pop("found_here")


def test_an_objective_whose_module_is_on_the_path_is_found_by_another_process(module: Any) -> None:
    result = tune(module.train, n_jobs=2)
    assert [trial.value for trial in result.trials] == [trial.params["x"] for trial in result.trials]


def test_an_objective_whose_module_another_process_lacks_is_refused_by_the_modules_name(
    module: Any, tmp_path: Path
) -> None:
    sys.path.remove(str(tmp_path))
    with pytest.raises(tb.ExecutorError) as caught:
        tune(module.train, n_jobs=2)
    assert all(word in said(caught.value) for word in ("found_here", "importable"))


MAIN = """
import os

import tunebridge as tb

def train(trial):
    os.write(1, f"trial {trial.number}\\n".encode())  # one write: lines of two processes do not mix
    return trial["x"]

print("main", flush=True)
problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
result = tb.tune(problem, backend="sklearn:random", n_trials=3, n_jobs=2)
"""


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(MAIN, "utf-8")
    command = [sys.executable, str(tmp_path / "script.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert sorted(run.stdout.splitlines()) == ["main", "trial 0", "trial 1", "trial 2"]
