"""What a study and its workers say to each other; all of it goes as bytes."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version

from tunebridge.executors.trial_limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What has to be equal where the study is and on all workers."""

    python: str
    """Version of Python, without its last part: functions go by value."""
    tunebridge: str
    """Version of tunebridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A worker is about to run an attempt, and asks whether it may."""

    attempt: str
    """The attempt's name."""
    run: str
    """Made anew each time that Dask starts the attempt's task."""
    worker: str
    """Address of the worker."""
    facts: Facts
    """What is true there."""
    has_problem: bool
    """Whether this worker has been given the problem before."""
    sees_folder: bool
    """Whether what the study has put into its folder can be seen there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The study's answer to a hello: the attempt may be run, now and here only."""

    key: int
    """The study's key of the attempt."""
    number: int
    """Number of its trial."""
    task: bytes
    """The task, which only a slot unpickles."""
    problem: bytes | None
    """The problem, for a worker that has not got it."""
    limits: Limits
    """What the attempt may use."""
    device: str | None
    """What it has, beside the fewest others of that machine; None where there are no devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A trial says something."""

    attempt: str
    """The attempt's name."""
    run: str
    """Which run of it."""
    what: bytes
    """A report, or that a checkpoint has closed, pickled."""


def facts() -> Facts:
    """Return what is true here."""
    return Facts(python=".".join(platform.python_version_tuple()[:2]), tunebridge=version("tunebridge"))


def crew_name(study: str) -> str:
    """Return the name by which a worker knows what it holds for a study."""
    return f"tunebridge-{study}"
