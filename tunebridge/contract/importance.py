"""An evaluator of importances as a plugin registers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tunebridge.contract.spec import PluginSpec
from tunebridge.problem.problem import Problem
from tunebridge.trial.record import TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceSpec(PluginSpec):
    """An evaluator of importances: how much each parameter of a space matters."""

    evaluate: Callable[[Problem, Sequence[TrialRecord]], Mapping[str, float]]
    """Take a problem and complete trials of it, and return the share of each parameter, >= 0, by full path.

    There are enough trials that differ in their values. What cannot be told is an exception, whose message
    says why. The library is imported here.
    """
