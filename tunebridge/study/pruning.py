"""The pruner of a study, opened."""

from __future__ import annotations

from tunebridge.contract.pruner import Pruner, PrunerRequest
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import ChosenPruner


def open_pruner(chosen: ChosenPruner | None, problem: Problem, study_name: str) -> Pruner | None:
    """Return a pruner for one study, or None for none.

    Raises:
        UnsupportedError: The problem has several objectives.
        MissingLibraryError: What it needs is not installed.
    """
    if chosen is None:
        return None
    direction = problem.single_direction(f"the pruner {chosen.spec.name!r}")
    chosen.require()
    return chosen.spec.open(PrunerRequest(direction=direction, options=chosen.options, study_name=study_name))
