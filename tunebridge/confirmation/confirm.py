"""The way in: whether the winner of a study wins again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Never, get_args

from tunebridge.calls import checked_with
from tunebridge.checks import check_flags, is_int
from tunebridge.comparison.plan.arguments import read_seeds
from tunebridge.comparison.run.cell_objective import LOGGERS
from tunebridge.comparison.run.listed_study import open_listed
from tunebridge.confirmation.confirmation import Confirmation
from tunebridge.confirmation.finalist import Finalist, finalists_of
from tunebridge.confirmation.kept import kept_of
from tunebridge.confirmation.loading import SUFFIX, read, repeats_of
from tunebridge.confirmation.plan import FINALIST, SEED, Plan
from tunebridge.confirmation.repeat import Repeat
from tunebridge.confirmation.session import NAME, backend_of
from tunebridge.contract.events import StoredStudy
from tunebridge.contract.store import Store
from tunebridge.dependencies import installed_version
from tunebridge.display.brief import brief
from tunebridge.errors import MissingLibraryError, ProblemError, StoreError
from tunebridge.logs import muted
from tunebridge.policy import OnObjectiveChange, check_choice
from tunebridge.problem.problem import Problem
from tunebridge.registry import store_url
from tunebridge.registry.belonging import belongs
from tunebridge.registry.choice import ChosenExecutor
from tunebridge.registry.observers import check_observers
from tunebridge.result.given import check_result
from tunebridge.result.result import Result
from tunebridge.stores.loading import load, opened
from tunebridge.stores.memory import MemoryStore
from tunebridge.stores.stored_problem import LostObjective, describe
from tunebridge.study.execution import place
from tunebridge.study.loaded_study import LoadedStudy, line_of, load_or_create
from tunebridge.study.shown_progress import shown_progress
from tunebridge.study.study import Study

OTHER_NAME = "take another name for the confirmation: study=... (--name)"


@checked_with(belongs)
def confirm(
    result: Result,
    *others: Never,
    top: int = 5,
    seeds: Iterable[int] = range(10),
    storage: str | Store | None = None,
    study: str | None = None,
    on_objective_change: OnObjectiveChange = "error",
    n_jobs: int | None = None,
    executor: str | ChosenExecutor | None = None,
    trial_timeout: float | None = None,
    memory_limit: int | None = None,
    observers: Sequence[object] = (),
    progress: bool = False,
) -> Confirmation:
    """Run the best trials of a study again with fresh seeds, and say which one wins, and by how much.

    The best of many noisy values is partly luck, so that `best_value` is too good. Here the finalists meet
    the same seeds, in pairs: `trial.seed` is one of `seeds`, and what they see of chance is the same as far
    as the objective draws it from there. Those that cannot win any more are stopped, by a race like F-Race
    (`docs/confirming.md` has the rule). No pruner, rule or stopper of the study takes part.

    With `storage`, all repeats are trials of a study of their own, and the same call goes on after a kill.
    With other finalists or seeds it runs what is new, and nothing twice; if the store has not had them, it
    goes on as `study@2`.

    Args:
        result: Of the study: what `tune` returned, or `load_study(..., problem=problem)`.
        *others: None: all else is given by name. The problem is that of the result.
        top: How many of its best trials run again, each point once, >= 1.
        seeds: What `trial.seed` is, at least two. Any two of five finalists can be told apart from nine on.
        storage: URL of the store that keeps the repeats, or an open one; None for memory.
        study: Name of the study of the repeats; that of the study with "/confirmed" behind it for None.
        on_objective_change: "error" refuses to go on with a stored confirmation whose objective has changed;
            "accept" goes on all the same.
        n_jobs: Repeats that run at a time.
        executor: Where they run; as for `tunebridge.tune`, like the rest.
        trial_timeout: Seconds after which a repeat is stopped, and its finalist is out.
        memory_limit: Bytes above which a repeat is stopped, and its finalist is out.
        observers: Told of what happens; to them, repeats are trials.
        progress: Show how it goes.

    Raises:
        ProblemError: An argument is out of its bounds, or the result has no objective.
        NoCompleteTrialError: The study has no trial that may be the best.
        UnsupportedError: It has several objectives, or the params of a finalist changed while it trained.
        MissingLibraryError: scipy is not installed.
        StoreError: The store cannot be used, is being written to, or has other repeats under this name.
        StudyFailedError: The store failed.
    """
    _check_scipy()
    _check_result(result, others)
    if not is_int(top) or top < 1:
        raise ProblemError(f"top must be an integer >= 1, got {brief(top)}", hint="top=5 takes the best five")
    check_flags(progress=progress)
    check_choice("on_objective_change", on_objective_change, get_args(OnObjectiveChange))
    finalists = finalists_of(result, top)
    plan = Plan(
        study=_name(study, result),
        of=result.study,
        problem=result.problem,
        finalists=tuple(finalists),
        seeds=_fresh(seeds, result, finalists),
    )
    placement = place(
        executor=executor, n_jobs=n_jobs, trial_timeout=trial_timeout, memory_limit=memory_limit
    )
    check_observers(observers)
    where = MemoryStore() if storage is None else storage
    known = _known(where, plan, on_objective_change)
    plan = replace(plan, kept=kept_of(known, plan.problem.space))
    repeats = _repeats(plan)
    with muted(*LOGGERS):
        loaded = load_or_create(
            repeats,
            storage=where,
            study=plan.study,
            seed=0,
            on_space_change="carry",
            on_objective_change=on_objective_change,
            sources=(),
        )
    with shown_progress(progress) as view:
        repeating = open_listed(
            repeats, backend_of(plan), loaded, n_trials=_n_trials(plan, loaded), observers=[*observers, *view]
        )
        repeating.run(placement)
    with opened(where) as store:
        return read(store, loaded.name, plan.problem)


def _check_scipy() -> None:
    if installed_version("scipy") is None:
        raise MissingLibraryError(
            "a confirmation needs scipy, which is not installed",
            hint='run: pip install "tunebridge[compare]"',
        )


def _check_result(result: Any, others: Sequence[object]) -> None:
    if others:
        raise ProblemError(
            f"a confirmation takes one result, and all else by name, got {1 + len(others)} without a name",
            hint="tunebridge.confirm(result, top=5, seeds=range(10)); the problem is that of the result",
        )
    if isinstance(result, Study):
        raise ProblemError("a confirmation takes the result of a study, got the study", hint="study.result")
    check_result("a confirmation", result, "tunebridge.load_study(storage, name, problem=problem)")
    if isinstance(result.problem.objective, LostObjective):
        raise ProblemError(
            f"the study {result.study!r} was loaded without its objective, which is to run again",
            hint="tunebridge.load_study(storage, name, problem=problem)",
        )


def _name(study: str | None, result: Result) -> str:
    if study is None:
        return f"{result.study}{SUFFIX}"
    if not (isinstance(study, str) and study):
        raise ProblemError(f"a confirmation's name must be a string that is not empty, got {brief(study)}")
    if study == result.study:
        raise ProblemError(f"{study!r} is the name of the study that is confirmed", hint=OTHER_NAME)
    return study


def _fresh(seeds: Iterable[int], result: Result, finalists: Sequence[Finalist]) -> tuple[int, ...]:
    """Return the seeds, checked.

    Raises:
        ProblemError: There are fewer than two, or one of them has chosen a finalist.
    """
    if is_int(seeds):
        hint = f"seeds=range({seeds}) is as many as that"
        raise ProblemError(f"seeds must be a list of integers, got the number {seeds}", hint=hint)
    found = read_seeds(seeds)
    if len(found) < 2:
        raise ProblemError(
            "with one seed nothing is known of luck, so a confirmation needs at least two",
            hint="seeds=range(10)",
        )
    numbers = {one.number for one in finalists}
    used = {trial.seed: trial.number for trial in result.trials if trial.number in numbers}
    stale = next((seed for seed in found if seed in used), None)
    if stale is not None:
        raise ProblemError(
            f"seed {stale} is not fresh: trial {used[stale]} had it when it was chosen",
            hint="leave it out of seeds",
        )
    return found


def _repeats(plan: Plan) -> Problem:
    """Return the problem whose trials are repeats."""
    return replace(plan.problem, objective=Repeat(plan.problem.objective, plan.points), space=plan.space)


def _n_trials(plan: Plan, loaded: LoadedStudy) -> int:
    """Return how many trials the study of the repeats has at most, once all that is missing is run.

    One that was interrupted runs again, whether it is asked for now or not.
    """
    own = loaded.past.records.values()
    planned = {(one.key, seed) for one in plan.finalists for seed in plan.seeds}
    begun = {(one.params[FINALIST], one.params[SEED]) for one in own if not one.state.counts}
    known = {(one.params[FINALIST], one.params[SEED]) for one in repeats_of(loaded.past)}
    return max(1, len(loaded.past.finished) + len((planned | begun) - known))


def _known(storage: str | Store, plan: Plan, on_objective_change: OnObjectiveChange) -> StoredStudy | None:
    """Return what the store has under this name, checked: repeats of the same objective, or nothing.

    Raises:
        StoreError: They are not.
    """
    if isinstance(storage, str) and not store_url.store_spec(storage).exists(storage):
        return None
    with opened(storage) as store:
        known = load(store, line_of(store, plan.study)[0])
    if known is None:
        return None
    if any(segment["backend"] != NAME for segment in known.segments):
        raise StoreError(f"the study {known.name!r} is no confirmation", hint=OTHER_NAME)
    confirmed = known.segments[-1]["options"].get("study") if known.segments else plan.of
    own = plan.of + SUFFIX
    if confirmed != plan.of:
        raise StoreError(
            f"the confirmation {known.name!r} is that of the study {confirmed!r}, and would be hidden "
            f"by one of {plan.of!r}",
            hint=OTHER_NAME
            if plan.study == own
            else f"leave it out: its own name is {own!r}; or {OTHER_NAME}",
        )
    repeats = _repeats(plan)
    described = describe(repeats, on_objective_change)
    found = [] if on_objective_change == "accept" else described.computed_changes(known)
    if known.directions != repeats.directions:
        found.append(f"directions: was {known.directions[0]}, is {repeats.directions[0]}")
    if found:
        message = "\n".join([f"the confirmation {known.name!r} was made for another problem:", *found])
        raise StoreError(
            message,
            hint=f'{OTHER_NAME}; or on_objective_change="accept" (--on-objective-change accept) goes on all '
            "the same",
        )
    return known
