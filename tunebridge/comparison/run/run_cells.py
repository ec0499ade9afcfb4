"""Runs a comparison: a study whose trials are its cells, so that it is durable and goes on like any other."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from tunebridge.comparison.plan.plan import Plan
from tunebridge.comparison.run.cell_objective import KEPT, LOGGERS, CellObjective
from tunebridge.comparison.run.listed_study import open_listed
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.errors import ExecutorError
from tunebridge.executors.pickling import dump_problem
from tunebridge.logs import muted
from tunebridge.problem.problem import Direction, Problem
from tunebridge.registry.choice import Backend
from tunebridge.registry.manual import MANUAL
from tunebridge.registry.observers import check_observers
from tunebridge.result.result import Result
from tunebridge.space.natural import point_of
from tunebridge.study.execution import Placement
from tunebridge.study.loaded_study import LoadedStudy, load_or_create

NAME = "tunebridge:compare"
"""Stands for a backend's name with studies that are comparisons."""


def run_cells(
    plan: Plan,
    placement: Placement,
    storage: str | Store,
    direction: Direction,
    *,
    observers: Sequence[object] = (),
    progress: bool = False,
) -> tuple[Result, dict[str, StoredStudy]]:
    """Run all cells that have not ended before.

    Args:
        plan: What is compared.
        placement: Where cells run.
        storage: URL of the store, or one in memory, where the cells are not kept.
        direction: Of the comparison's own study.
        observers: Told of what happens; to them, cells are trials.
        progress: Whether to show it.

    Returns:
        The comparison as a study, and the studies of those cells that are in no store, by name.

    Raises:
        StoreError: The comparison is running elsewhere, or the store cannot be used.
        StudyFailedError: The store failed.
    """
    check_observers(observers)
    url, apart = storage if isinstance(storage, str) else None, placement.executor.spec.stops
    problem = Problem(CellObjective(plan, url, apart), plan.space, direction)
    with muted(*LOGGERS):
        loaded = load_or_create(
            problem, storage=storage, study=plan.study, seed=0, on_space_change="carry", sources=()
        )
    given = _given(plan, loaded)
    with _view(plan, given, progress) as view:
        study = open_listed(
            problem,
            _backend(plan),
            loaded,
            n_trials=len(given) or None,
            observers=[*observers, *view],
            initial=given,
        )
        try:
            # To start an executor for nothing would take seconds.
            is_left = len(loaded.past.finished) < len(given)
            result = study.run(placement if is_left else None)
        except ExecutorError:
            for one in plan.problems.values():
                dump_problem(one)  # names what cannot be sent by the name that the user knows it by
            raise
    kept = (record.artifacts.get(KEPT) for record in result.trials)
    return result, {one.name: one for one in kept if one is not None}


def _given(plan: Plan, loaded: LoadedStudy) -> list[dict[str, Any]]:
    """Return the cells that the comparison has to run: those that it was carried with have ended."""
    ended = {point_of(plan.space, one.record.params) for one in loaded.past.imported}
    cells = map(plan.space.read, plan.order)
    return [cell for cell in cells if point_of(plan.space, cell) not in ended]


@contextmanager
def _view(plan: Plan, given: Sequence[Mapping[str, Any]], progress: bool) -> Iterator[list[object]]:
    """Give the observer that shows how the cells go, if one is wanted; it imports rich."""
    if not progress:
        yield []
        return
    from tunebridge.comparison.run.progress import CellsProgress

    with CellsProgress([contender.label for contender in plan.contenders], given) as view:
        yield [view]


def direction_of(plan: Plan) -> Direction:
    """Return the direction of the problems, if they have one in common."""
    directions = {problem.directions[0] for problem in plan.problems.values()}
    return directions.pop() if len(directions) == 1 else Direction.MINIMIZE


def _backend(plan: Plan) -> Backend:
    """Return what stands in for a backend; its options are how the comparison is to be looked at."""
    specs = [contender.backend.spec for contender in plan.contenders]
    judges = [one.pruner.spec for one in plan.contenders if one.pruner is not None]
    requires = tuple(dict.fromkeys(name for one in (*specs, *judges) for name in one.requires))
    spec = replace(MANUAL, name=NAME, summary="the cells of a comparison", requires=requires)
    return Backend(spec, notes(plan))


def notes(plan: Plan) -> dict[str, Any]:
    """Return what is kept of a plan beside its cells."""
    return {
        "study": plan.study,
        "lines": [asdict(contender.line) for contender in plan.contenders],
        "reference": plan.reference,
        "targets": dict(plan.targets),
        "command": plan.command,
        "machine": f"{platform.system()} {platform.machine()}",
    }
