"""The way in: which of several backends is better on the user's own problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tunebridge.calls import checked_with
from tunebridge.checks import check_flags
from tunebridge.comparison.comparison import Comparison
from tunebridge.comparison.loading import Reader
from tunebridge.comparison.plan.arguments import (
    check_libraries,
    check_translations,
    read_budget,
    read_problems,
    read_reference,
    read_seeds,
    read_targets,
)
from tunebridge.comparison.plan.command import STUDY, written
from tunebridge.comparison.plan.contender import read_contenders
from tunebridge.comparison.plan.plan import Plan
from tunebridge.comparison.run.run_cells import NAME, direction_of, run_cells
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.passwords import without_passwords
from tunebridge.errors import ProblemError, StoreError
from tunebridge.policy import OnLossy
from tunebridge.problem.problem import Direction, Problem
from tunebridge.registry import store_url
from tunebridge.registry.belonging import belongs
from tunebridge.registry.choice import Backend, ChosenExecutor, ChosenPruner
from tunebridge.stores.loading import load, opened
from tunebridge.stores.memory import MemoryStore
from tunebridge.stores.stored_problem import check_same
from tunebridge.study.execution import place
from tunebridge.study.loaded_study import line_of
from tunebridge.translate import check_budget

HINT = "take another name for the comparison: study=..."


@checked_with(belongs)
def compare(
    problems: Problem | Mapping[str, Problem],
    *,
    backends: Sequence[str | Backend],
    n_trials: int | None = None,
    max_seconds: float | None = None,
    seeds: Iterable[int] = range(10),
    pruners: Sequence[str | ChosenPruner | None] | None = None,
    reference: str | Backend | None = None,
    shared_start: int = 0,
    target: float | Mapping[str, float] | None = None,
    on_lossy: OnLossy = "error",
    storage: str | None = None,
    study: str = STUDY,
    n_jobs: int | None = None,
    executor: str | ChosenExecutor | None = None,
    observers: Sequence[object] = (),
    progress: bool = False,
    command: str | None = None,
) -> Comparison:
    """Run every backend on every problem with every seed, and say what the difference is, if there is one.

    Each of these *cells* is an ordinary study. Cells are paired by seed: it is the study's seed, so that a
    trial has the same `trial.seed` on every line. All cells of a seed, in shuffled order, are run before
    those of the next: a drift of the machine hits all lines alike. `Ctrl-C` ends the comparison and returns
    what there is. A cell that fails is noted with its reason and what trials it has; the others go on.

    A line of random search is always among them: if none of the backends is called `...:random`, without a
    pruner, the one of the first library named that has one, which proposes the spaces faithfully, is added.

    With `storage`, everything is durable, and the same call goes on: cells that have ended are loaded, one
    that was killed goes on where it stopped. With more seeds, lines, problems or trials, the comparison goes
    on as `study@2`, and runs what is new.

    Args:
        problems: What is optimised, or several by name; each with one objective.
        backends: Names, or what `tunebridge.backend` returns; each with every pruner is a line.
        n_trials: Trials of each cell.
        max_seconds: Seconds of each cell after which no trial is started; after a kill, those that are left.
        seeds: One per replicate, 0 <= seed < 2**32. With a single one, no test is possible.
        pruners: Names, or what `tunebridge.pruner` returns; None among them stands for no pruner.
        reference: The line that the others are tested against: its label, or a backend; random search
            unless named.
        shared_start: How many first points the lines share; drawn from the space as declared, for each
            problem and seed anew. They are part of the budget.
        target: Value to be reached, or one per problem, in the user's sign; the median of what random search
            finds in the whole budget unless given.
        on_lossy: "error" refuses a line whose backend cannot propose a space as declared; "warn" marks it
            wherever it is shown.
        storage: URL of the store that keeps the comparison and its cells.
        study: The comparison's name. Its cells are called `study/problem/line/seed`, with `+k` behind it if
            they share k first points.
        n_jobs: Cells that run at a time.
        executor: Where cells run; as for `tunebridge.tune`.
        observers: Objects with methods marked by `tunebridge.hookimpl`; to them, cells are the trials.
        progress: Show how the cells go.
        command: What was called, to be shown in reports; made from the arguments when left out. Passwords in
            it are hidden.

    Raises:
        ProblemError: An argument is out of its bounds, or there is nothing to compare.
        UnknownNameError: A backend, a pruner or the reference is not known.
        TranslationError: A backend cannot propose a space faithfully; all such cases are listed.
        UnsupportedError: A problem has several objectives, or a backend cannot do what it needs.
        MissingLibraryError: A library is not installed.
        StoreError: The store cannot be used, is being written to, or has other problems under this name.
    """
    check_libraries()
    check_flags(progress=progress)
    named = read_problems(problems)
    contenders = read_contenders(backends, pruners, named)
    budget = read_budget(n_trials, max_seconds, shared_start)
    plan = Plan(
        study=_read_name(study),
        problems=named,
        contenders=tuple(contenders),
        seeds=read_seeds(seeds),
        budget=budget,
        shared_start=shared_start,
        reference=read_reference(reference, contenders),
        targets=read_targets(target, named),
    )
    _check_storage(storage)
    called = command or written(
        plan,
        named=not isinstance(problems, Problem),
        on_lossy=on_lossy,
        storage=storage,
        n_jobs=n_jobs,
        executor=executor,
    )
    plan = replace(plan, command=without_passwords(called))
    placement = place(executor=executor, n_jobs=n_jobs)
    check_translations(named, contenders, on_lossy)
    for contender in contenders:
        check_budget(n_trials, contender.backend)
    where = MemoryStore() if storage is None else storage
    direction = _direction(plan, storage)
    result, kept = run_cells(plan, placement, where, direction, observers=observers, progress=progress)
    with opened(where) as store:
        return Reader(store, result.study, problems=named, kept=kept).comparison()


def _read_name(study: object) -> str:
    if not (isinstance(study, str) and study):
        raise ProblemError(f"a comparison's name must be a string that is not empty, got {brief(study)}")
    return study


def _check_storage(storage: object) -> None:
    """Check that a store is one that processes can open for themselves."""
    if storage is not None and not isinstance(storage, str):
        hint = "cells open it where they run; give its URL, such as 'sqlite:///tune.db'"
        raise ProblemError(f"a comparison needs the URL of its store, got {brief(storage)}", hint=hint)


def _direction(plan: Plan, storage: str | None) -> Direction:
    """Return the direction of the comparison's own study: with other problems it is still what it was.

    Raises:
        StoreError: The store has no comparison under this name, or cells of other problems.
    """
    if storage is None or not store_url.store_spec(storage).exists(storage):
        return direction_of(plan)
    with opened(storage) as store:
        _check_cells(store, plan)
        known = load(store, line_of(store, plan.study)[0])
    if known is None:
        return direction_of(plan)
    if any(segment["backend"] != NAME for segment in known.segments):
        raise StoreError(f"the study {known.name!r} is no comparison", hint=HINT)
    return known.directions[0]


def _check_cells(store: Store, plan: Plan) -> None:
    """Check that what the store has under the names of cells is whole, and made for the same problems."""
    names = set(store.studies())
    for name, problem in plan.problems.items():
        cells = [plan.cell_study(name, one.label, seed) for one in plan.contenders for seed in plan.seeds]
        found = [known for cell in cells if cell in names and (known := load(store, cell)) is not None]
        if found:
            check_same(found[0], problem, HINT)
