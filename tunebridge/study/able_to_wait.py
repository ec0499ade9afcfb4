"""Which trials cannot wait at a checkpoint: their objective says so before the first of them."""

from __future__ import annotations

from tunebridge.errors import UnsupportedError
from tunebridge.population.population import Population
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import ChosenPruner


def check_able_to_wait(problem: Problem, pruner: ChosenPruner | None, population: Population | None) -> None:
    """Check that trials can wait at a checkpoint, if someone is to let them wait.

    Raises:
        UnsupportedError: The objective says that it writes none.
    """
    reason = problem.no_checkpoints
    if not reason:
        return
    if population is not None:
        raise UnsupportedError(
            f"members of a population wait at checkpoints, and {reason}",
            hint="leave the population out: a pruner ends trials that fall behind",
        )
    if pruner is not None and pruner.spec.pauses(pruner.options):
        raise UnsupportedError(
            f"{pruner!r} lets trials wait at a checkpoint, and {reason}",
            hint="use a pruner that ends trials: leave resume out",
        )
