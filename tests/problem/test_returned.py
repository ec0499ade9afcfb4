"""What an objective returns, when it is no number, comes with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0.0, 1.0))


async def late(trial: tb.Trial, shift: float = 0.0) -> float:
    """Return a number, once it is awaited."""
    await asyncio.sleep(0)
    return float(trial["x"]) + shift


async def stream(trial: tb.Trial) -> AsyncIterator[float]:
    """Report a number, once it is awaited."""
    yield float(trial["x"])


class Late:
    """An object whose call is async."""

    async def __call__(self, trial: tb.Trial) -> float:
        return float(trial["x"])


class Promise:
    """What can be awaited, and is no coroutine."""

    def __await__(self) -> Iterator[Any]:
        yield 1.0


def first(objective: Callable[[Any], Any], direction: Any = "minimize") -> str:
    """Return how the first trial has failed; warnings, such as of what was never awaited, are errors."""
    problem = tb.Problem(objective, SPACE, direction=direction)
    return tb.tune(problem, backend="optuna:random", n_trials=1, seed=0).trials[0].error or ""


@pytest.mark.parametrize(
    "objective",
    [late, stream, Late(), partial(late, shift=1.0)],
    ids=["function", "generator", "object", "partial"],
)
def test_an_async_objective_is_refused_when_the_problem_is_made(objective: Any) -> None:
    with pytest.raises(tb.ProblemError, match="must not be async") as caught:
        tb.Problem(objective, SPACE)
    assert "asyncio.run(objective(trial))" in caught.value.hint
    found = tb.tune(
        tb.Problem(lambda trial: asyncio.run(late(trial)), SPACE), backend="optuna:random", n_trials=2, seed=0
    )
    assert len(found.complete_trials) == 2


@pytest.mark.parametrize("direction", ["minimize", ["minimize", "maximize"]], ids=["one", "two"])
@pytest.mark.parametrize(
    "made", [late, stream, lambda trial: Promise()], ids=["coroutine", "stream", "promise"]
)
def test_an_objective_that_returns_something_to_await_is_told_what_to_do(
    made: Callable[[Any], Awaitable[float]], direction: Any
) -> None:
    def objective(trial: tb.Trial) -> Any:
        return made(trial)

    error = first(objective, direction)
    assert "must return" in error
    assert "asyncio.run(objective(trial))" in error


def test_a_report_that_is_to_be_awaited_is_told_what_to_do() -> None:
    def objective(trial: tb.Trial) -> Iterator[Any]:
        yield late(trial)

    assert "asyncio.run" in first(objective)


@pytest.mark.parametrize(("returned", "hint"), [
    ({"loss": 0.5, "status": "ok"}, "return result['loss'], not the dict"),
    ({"loss": 0.5, "status": "ok", "attachments": {}}, "trial.note(name, data) stores the rest"),
    ({"status": "ok", "loss": 0.5}, "return result['loss']"),
    ({"status": "fail"}, "raise an exception where you return the status 'fail'"),
    ({"loss": 0.5, "status": "suspended"}, "raise an exception where you return the status 'suspended'"),
    ({"accuracy": 0.5}, "return result['accuracy']"),
    ({"time": 3.0, "score": 0.5}, "return result['score']"),
    ({}, "return the number alone"),
])  # fmt: skip
def test_a_dict_is_told_how_to_become_a_number(returned: dict[str, Any], hint: str) -> None:
    error = first(lambda trial: returned)
    assert "must return a number" in error
    assert hint in error
