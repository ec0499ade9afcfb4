"""Where the trials of a study run, how many at a time, and within which limits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from tunebridge.checks import check_flags, is_finite, is_int
from tunebridge.contract.executor import Answer, Executor, ExecutorRequest
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, UnsupportedError
from tunebridge.problem.problem import Problem
from tunebridge.registry import choice, plugins
from tunebridge.registry.choice import ChosenExecutor
from tunebridge.study.stoppers import MaxSeconds, Stopper


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The executor of a study, and what it is told."""

    executor: ChosenExecutor
    """Where trials run."""
    n_jobs: int
    """How many of them at a time, >= 1."""
    trial_timeout: float | None = None
    """Seconds after which a trial is stopped; None for no limit."""
    memory_limit: int | None = None
    """Bytes of resident memory above which a trial is stopped; None for no limit."""
    deterministic: bool = False
    """Whether trials are asked for, judged and told in one order, whatever time they take."""

    @property
    def runs_beside(self) -> bool:
        """Whether trials run while the study does something else."""
        return self.executor.spec.parallel

    @property
    def is_side_by_side(self) -> bool:
        """Whether several trials run at a time, in no fixed order."""
        return self.n_jobs > 1 and not self.deterministic

    def open(self, problem: Problem, answer: Answer) -> Executor:
        """Start the executor for a study."""
        return self.executor.spec.open(
            ExecutorRequest(
                problem=problem,
                n_jobs=self.n_jobs,
                options=self.executor.options,
                answer=answer,
                trial_timeout=self.trial_timeout,
                memory_limit=self.memory_limit,
            )
        )


def place(
    *,
    executor: str | ChosenExecutor | None = None,
    n_jobs: int | None = None,
    trial_timeout: float | None = None,
    memory_limit: int | None = None,
    deterministic: bool = False,
) -> Placement:
    """Return where trials run, checked.

    Args:
        executor: A name, or what `tunebridge.executor` returns; None for processes if trials run side by side
            or may have to be stopped, else inline.
        n_jobs: Trials at a time, >= 1; None for as many as the executor has room for, such as one on each of
            its devices, or one if that has no bound; -1 is the same, but for one per core.
        trial_timeout: Seconds, > 0.
        memory_limit: Bytes, >= 1.
        deterministic: Whether the order is fixed.

    Raises:
        ProblemError: A number is out of its bounds, or the order neither fixed nor free.
        UnsupportedError: The executor cannot do what is asked.
        MissingLibraryError: What it needs is not installed.
    """
    _check(n_jobs, trial_timeout, memory_limit)
    check_flags(deterministic=deterministic)
    stops = trial_timeout is not None or memory_limit is not None
    chosen = choice.executor(executor or ("processes" if stops or n_jobs not in (None, 1) else "inline"))
    spec = chosen.spec
    chosen.require()
    many = 1 if n_jobs is None else os.cpu_count() or 1
    count = n_jobs if n_jobs is not None and n_jobs > 0 else spec.n_slots(chosen.options) or many
    if count > 1 and not spec.parallel:
        _refuse(f"n_jobs={n_jobs}", spec.name, "parallel")
    _check_devices(chosen, count)
    if stops and not spec.stops:
        what = "trial_timeout" if trial_timeout is not None else "memory_limit"
        _refuse(what, spec.name, "stops")
    return Placement(
        executor=chosen,
        n_jobs=count,
        trial_timeout=trial_timeout,
        memory_limit=memory_limit,
        deterministic=deterministic,
    )


def check_clock(placement: Placement, max_seconds: float | None, stop: Sequence[Stopper]) -> None:
    """Check that a study whose order is fixed does not depend on the clock.

    Raises:
        ProblemError: It does.
    """
    if not placement.deterministic:
        return
    limits = {"max_seconds": max_seconds, "trial_timeout": placement.trial_timeout}
    found = [name for name, limit in limits.items() if limit is not None]
    found += [repr(stopper) for stopper in stop if isinstance(stopper, MaxSeconds)]
    if found:
        raise ProblemError(
            f"deterministic=True cannot promise the same run under a limit of time ({', '.join(found)})",
            hint="limit the study by n_trials, or leave deterministic out",
        )


def _check(n_jobs: int | None, trial_timeout: float | None, memory_limit: int | None) -> None:
    if n_jobs is not None and not (is_int(n_jobs) and (n_jobs >= 1 or n_jobs == -1)):
        raise ProblemError(f"n_jobs must be an integer >= 1, or -1 for one per core, got {brief(n_jobs)}")
    if trial_timeout is not None and not (is_finite(trial_timeout) and trial_timeout > 0):
        raise ProblemError(f"trial_timeout must be a number of seconds > 0, got {brief(trial_timeout)}")
    if memory_limit is not None and not (is_int(memory_limit) and memory_limit >= 1):
        hint = "2 GB are memory_limit=2 * 10**9"
        raise ProblemError(
            f"memory_limit must be a number of bytes >= 1, got {brief(memory_limit)}", hint=hint
        )


def _check_devices(chosen: ChosenExecutor, n_jobs: int) -> None:
    """Check that each device of an executor gets trials."""
    names = list(dict.fromkeys(chosen.options.get("devices", ())))
    idle = names[n_jobs:]
    if not idle:
        return
    alone = f"{chosen.spec.name!r} runs one trial at a time: name one device, or take executor='processes'"
    raise ProblemError(
        f"{len(names)} devices and n_jobs={n_jobs}: no trial would run on {', '.join(map(repr, idle))}",
        hint="leave n_jobs out for one trial on each, or name fewer devices"
        if chosen.spec.parallel
        else alone,
    )


def _refuse(what: str, name: str, ability: str) -> None:
    known = plugins.registry().executors.values()
    able = sorted(spec.name for spec in known if getattr(spec, ability))
    raise UnsupportedError(
        f"{what} needs an executor that can do it, and {name!r} cannot",
        hint=f"those that can: {', '.join(able)}",
    )
