"""What leads a session to a suggestion of an earlier run without its sampler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A suggestion that was not to be evaluated."""

    params: Mapping[str, Any]
    """Its flat params."""
    mark: Mapping[str, Any] = field(default_factory=dict)
    """What its session needs beside them to take it up, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What was proposed for one trial."""

    rejected: tuple[Rejected, ...] = ()
    """What was rejected before its params, in order."""
    mark: Mapping[str, Any] = field(default_factory=dict)
    """What its session needs beside its params to take it up, as JSON."""


PLAIN = Track()
"""That of a trial of which the params say all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """What a session kept of itself before it was asked for a trial."""

    calls: int
    """How often it was asked and told before."""
    state: Mapping[str, Any]
    """It, as JSON."""
