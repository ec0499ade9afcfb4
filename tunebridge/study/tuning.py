"""The two ways in: `tune` runs a whole study, `open_study` leaves the loop to you."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tunebridge.budget import Budget
from tunebridge.calls import checked_with
from tunebridge.checks import check_flags, check_list
from tunebridge.contract.store import Store
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import ProblemError, SpaceError
from tunebridge.policy import (
    MAX_FAILURES,
    Interrupted,
    OnDuplicate,
    OnError,
    OnLossy,
    OnObjectiveChange,
    OnSpaceChange,
    Policy,
)
from tunebridge.population.population import Population
from tunebridge.problem.problem import Problem
from tunebridge.registry import choice
from tunebridge.registry.belonging import belongs
from tunebridge.registry.choice import Backend, ChosenExecutor, ChosenPruner
from tunebridge.registry.manual import MANUAL
from tunebridge.registry.observers import Observers, check_observers
from tunebridge.result.nearest import none_allowed
from tunebridge.result.result import Result
from tunebridge.stores.checkpoint_places import check_folder
from tunebridge.study.able_to_wait import check_able_to_wait
from tunebridge.study.default_backend import chosen_backend
from tunebridge.study.execution import check_clock, place
from tunebridge.study.grown_study import Grow
from tunebridge.study.loaded_study import load_or_create
from tunebridge.study.noise import say_noisy
from tunebridge.study.populations import check_population
from tunebridge.study.settled_backend import settled_backend
from tunebridge.study.shareable import check_join, check_order, check_shareable
from tunebridge.study.shown_progress import shown_progress
from tunebridge.study.stoppers import Stopper
from tunebridge.study.study import Study
from tunebridge.training.live import check_rules
from tunebridge.training.rules import Rule
from tunebridge.translate import check_translation

logger = logger_of(__name__)


@checked_with(belongs)
def open_study(
    problem: Problem,
    *,
    backend: str | Backend | None = None,
    n_trials: int | None = None,
    max_seconds: float | None = None,
    seed: int | None = None,
    initial: Sequence[Mapping[str, Any]] = (),
    on_error: OnError = "record",
    max_failures: int | None = MAX_FAILURES,
    on_lossy: OnLossy = "error",
    pruner: str | ChosenPruner | None = None,
    adjust: Sequence[Rule] = (),
    population: Population | None = None,
    stop: Sequence[Stopper] = (),
    storage: str | Store | None = None,
    checkpoints: str | os.PathLike[str] | None = None,
    study: str | None = None,
    join: bool = False,
    interrupted: Interrupted = "retry",
    on_duplicate: OnDuplicate = "allow",
    on_space_change: OnSpaceChange = "error",
    on_objective_change: OnObjectiveChange = "error",
    grow: Grow = False,
    history: Any = (),
    max_replay_seconds: float = 30.0,
    observers: Sequence[object] = (),
) -> Study:
    """Open a study for a loop of your own: `study.ask()`, then `study.tell(trial, value)`.

    Args:
        problem: Objective, space and direction(s).
        backend: A backend's name, or what `tunebridge.backend` returns; None for `default_backend()`: the one
            that proposed last in a stored study, or else `optuna:tpe` where it is installed.
        n_trials: Trials of the whole study, initial points and those of earlier calls included; None for no
            limit.
        max_seconds: Seconds of this call after which no trial is started; None for no limit.
        seed: 0 <= seed < 2**32, handed to the backend's sampler unchanged; for None that of the stored study,
            or a fresh one.
        initial: Flat params to evaluate first, in real values or labels of choices.
        on_error: "record" makes an exception of the objective a FAILED trial; "raise" lets it through.
        max_failures: Failures in a row that end the study, >= 1; None for no limit.
        on_lossy: "error" refuses a lossy translation before the first trial; "warn" logs it.
        pruner: A pruner's name, or what `tunebridge.pruner` returns; decides which trials end early.
        adjust: Feedback rules, called after each report with a `Training`; they return params to change.
        population: Lets trials train side by side, and copy one another's checkpoints; `n_trials` is then a
            multiple of its size.
        stop: Stoppers such as `Target(0.99)`; the first that says so ends the study.
        storage: URL of the store that keeps the study, such as `sqlite:///tune.db`, or an open `Store`;
            None for memory.
        checkpoints: The folder that checkpoints go to; None for one beside the store's file, such as
            `tune.checkpoints`, or else a temporary one. A study that goes on needs the same.
        study: The study's name; the same name in the same store goes on with it.
        join: Share the study with other processes, which are all opened so: each runs a part of its trials,
            and those of one that dies are taken over.
        interrupted: "retry" runs trials that were interrupted again, under their number with the same params
            and seed; "drop" leaves them. Neither counts them.
        on_duplicate: "allow" evaluates a point as often as it is proposed; "reuse" gives it the value of the
            first time; "resample" asks for another one, at no cost of a trial. Both end the study when the
            space is used up.
        on_space_change: "error" refuses a stored study with another problem; "carry" goes on in a new study
            `name@2`, with the trials that its space still holds as history.
        on_objective_change: "error" refuses a stored study whose objective, or what it works with, has
            changed; "accept" goes on all the same, and records what had changed, and when.
        grow: True goes on with a stored study whose space was smaller, with all its trials: a choice more, a
            wider range. For new params give what they were in the trials before: `{"momentum": 0.9}`.
        history: A `Result`, an open study, what a library keeps of its trials, a frame or a path that ends
            in `.csv`, or a list of them: trials that the backend is told of first. They are no trials of this
            study. It is an error if none of them can be carried into a new study.
        max_replay_seconds: How long the backend may take to be brought back exactly to where it stopped; past
            that it goes on told of all trials, but otherwise anew.
        observers: Names such as `mlflow`, what `tunebridge.observer` returns, and objects with methods marked
            by `tunebridge.hookimpl`.

    Raises:
        ProblemError: An argument is out of its bounds.
        LiveParamError: A rule names a param that the objective says it can never change.
        SpaceError: An initial point is outside the space.
        TranslationError: The backend cannot propose the space faithfully.
        UnsupportedError: The backend lacks a capability that the problem needs, or trials are to wait at a
            checkpoint, and the objective writes none.
        MissingLibraryError: The library of the backend or of an observer is not installed.
        UnknownNameError: No backend, pruner or observer has the name given.
        OptionError: An option is unknown, or out of its bounds.
        StoreError: The store cannot be used, has a live writer for this study, or another problem under this
            name.
    """
    check_problem(problem)
    policy = Policy(
        on_error=on_error,
        max_failures=max_failures,
        on_duplicate=on_duplicate,
        interrupted=interrupted,
        max_replay_seconds=max_replay_seconds,
    )
    _check_helpers(problem, adjust, stop)
    check_join(join, storage, study, seed)
    if population is not None:
        check_population(population, n_trials=n_trials, pruner=pruner, on_duplicate=on_duplicate)
    if checkpoints is not None:
        check_folder(checkpoints)
    watching = Observers(observers)
    budget = Budget(n_trials=n_trials, max_seconds=max_seconds)
    newest = on_space_change == "carry"
    chosen = settled_backend(backend, problem, storage, study, seed=seed, newest=newest, join=join)
    points = _read_initial(problem, initial)
    if chosen.spec is MANUAL and not points:
        raise ProblemError("the backend 'manual' proposes nothing", hint="give the points: initial=[{...}]")
    judge = None if pruner is None else choice.pruner(pruner)
    if join:
        check_shareable(chosen, storage, policy, judge, population, on_space_change, grow)
    check_able_to_wait(problem, judge, population)
    translation = check_translation(problem.space, problem.directions, chosen, n_trials, on_lossy)
    with ExitStack() as first_turn:
        loaded = load_or_create(
            problem,
            storage=storage,
            checkpoints=checkpoints,
            study=study,
            seed=seed,
            on_space_change=on_space_change,
            on_objective_change=on_objective_change,
            grow=grow,
            sources=_sources(history),
            first_turn=first_turn if join else None,
        )
        try:
            return Study(
                problem,
                chosen,
                budget,
                translation=translation,
                loaded=loaded,
                policy=policy,
                initial=points,
                pruner=judge,
                adjust=adjust,
                population=population,
                stop=stop,
                observers=watching,
            )
        except BaseException:
            if loaded.recorder is not None:
                loaded.recorder.close()
            raise


@checked_with(belongs)
def tune(
    problem: Problem,
    *,
    backend: str | Backend | None = None,
    n_trials: int | None = None,
    max_seconds: float | None = None,
    seed: int | None = None,
    initial: Sequence[Mapping[str, Any]] = (),
    on_error: OnError = "record",
    max_failures: int | None = MAX_FAILURES,
    on_lossy: OnLossy = "error",
    pruner: str | ChosenPruner | None = None,
    adjust: Sequence[Rule] = (),
    population: Population | None = None,
    stop: Sequence[Stopper] = (),
    storage: str | Store | None = None,
    checkpoints: str | os.PathLike[str] | None = None,
    study: str | None = None,
    join: bool = False,
    interrupted: Interrupted = "retry",
    on_duplicate: OnDuplicate = "allow",
    on_space_change: OnSpaceChange = "error",
    on_objective_change: OnObjectiveChange = "error",
    grow: Grow = False,
    history: Any = (),
    max_replay_seconds: float = 30.0,
    n_jobs: int | None = None,
    executor: str | ChosenExecutor | None = None,
    trial_timeout: float | None = None,
    memory_limit: int | None = None,
    deterministic: bool = False,
    observers: Sequence[object] = (),
    progress: bool = False,
) -> Result:
    """Optimise a problem on a backend, and return all that was found.

    `Ctrl-C` ends the study and returns what there is.

    Args:
        problem: Objective, space and direction(s).
        backend: A backend's name, or what `tunebridge.backend` returns; None for `default_backend()`: the one
            that proposed last in a stored study, or else `optuna:tpe` where it is installed.
        n_trials: Trials of the whole study; may be left out for a backend that visits a finite space.
        max_seconds: Seconds after which no trial is started.
        seed: As for `open_study`, like the rest: 0 <= seed < 2**32.
        initial: Flat params to evaluate first.
        on_error: "record" or "raise".
        max_failures: Failures in a row that end the study; None for no limit.
        on_lossy: "error" or "warn".
        pruner: Decides which trials end early.
        adjust: Feedback rules.
        population: Lets trials copy one another while they train.
        stop: Stoppers.
        storage: URL of the store that keeps the study.
        checkpoints: The folder that checkpoints go to.
        study: The study's name, under which the same call goes on with it.
        join: Share the study with other processes that make the same call; it returns when all is done.
        interrupted: "retry" or "drop".
        on_duplicate: "allow", "reuse" or "resample".
        on_space_change: "error" or "carry".
        on_objective_change: "error" or "accept".
        grow: True, or what new params were in the trials before.
        history: Other studies, whose trials the backend is told of first.
        max_replay_seconds: How long bringing the backend back exactly may take.
        n_jobs: Trials that run at a time, >= 1, or -1 for one per core. More than one needs an executor that
            can, which is "processes" unless another is named.
        executor: "inline", "threads", "processes" or another's name, or what `tunebridge.executor` returns.
        trial_timeout: Seconds after which a trial is stopped, and is TIMED_OUT.
        memory_limit: Bytes of resident memory above which a trial is stopped, and has FAILED.
        deterministic: Ask for `n_jobs` trials at a time, judge their reports and tell their ends in one
            order, so that the study repeats exactly, however long its trials take.
        observers: Trackers and others that are told what happens.
        progress: Show how the study goes: a live view if stdout is a terminal or a notebook, otherwise a
            line on stderr at every tenth of the budget, or every 10 s without one.

    Raises:
        ProblemError: An argument is out of its bounds, or nothing limits the study.
        StudyFailedError: `max_failures` trials in a row failed, the library raised, or no suggestion keeps
            the constraints; it carries the result.
    """
    chosen = chosen_backend(backend, storage, study, seed=seed, newest=on_space_change == "carry")
    if n_trials is None and max_seconds is None and not stop and not chosen.spec.capabilities.finite:
        hint = "give n_trials or max_seconds, or a stopper: stop=[...]"
        raise ProblemError(f"nothing limits the study on {chosen.spec.name}", hint=hint)
    check_flags(progress=progress)
    placement = place(
        executor=executor,
        n_jobs=n_jobs,
        trial_timeout=trial_timeout,
        memory_limit=memory_limit,
        deterministic=deterministic,
    )
    check_list("stop", stop, "stoppers such as Target(0.99)", _is_stopper)
    check_observers(observers)
    check_clock(placement, max_seconds, stop)
    check_order(join, placement.deterministic)
    with shown_progress(progress) as view:
        found = open_study(
            problem,
            backend=chosen,
            n_trials=n_trials,
            max_seconds=max_seconds,
            seed=seed,
            initial=initial,
            on_error=on_error,
            max_failures=max_failures,
            on_lossy=on_lossy,
            pruner=pruner,
            adjust=adjust,
            population=population,
            stop=stop,
            storage=storage,
            checkpoints=checkpoints,
            study=study,
            join=join,
            interrupted=interrupted,
            on_duplicate=on_duplicate,
            on_space_change=on_space_change,
            on_objective_change=on_objective_change,
            grow=grow,
            history=history,
            max_replay_seconds=max_replay_seconds,
            observers=[*observers, *view],
        ).run(placement)
    n_failed = sum(trial.state.is_failure for trial in found.trials)
    if 2 * n_failed > len(found.trials):
        logger.warning("of %d trials of %r, %s", len(found.trials), found.study, found.failures)
    say_noisy(found)
    beyond = none_allowed(found.trials)
    if beyond:
        logger.warning("of the study %r, %s", found.study, beyond)
    return found


def check_problem(given: object) -> None:
    """Check that something is a problem.

    Raises:
        ProblemError: It is none.
    """
    if not isinstance(given, Problem):
        hint = "write tunebridge.Problem(objective, space, direction=...)"
        raise ProblemError(f"expected a tunebridge.Problem, got {brief(given)}", hint=hint)


def _sources(history: Any) -> Sequence[Any]:
    """Return the studies of a history; None is no history."""
    if history is None:
        return ()
    return history if isinstance(history, list | tuple) else [history]


def _check_helpers(problem: Problem, adjust: Sequence[Rule], stop: Sequence[Stopper]) -> None:
    """Check feedback rules and stoppers."""
    check_list("adjust", adjust, "rules such as Plateau('lr')", _is_rule)
    if adjust:
        problem.single_direction("a feedback rule")
        check_rules(problem.objective, problem.space, adjust)
    check_list("stop", stop, "stoppers such as Target(0.99)", _is_stopper)


def _is_rule(given: Any) -> bool:
    return callable(given) and not isinstance(given, type | Stopper)


def _is_stopper(given: Any) -> bool:
    return isinstance(given, Stopper) and not isinstance(given, type)


def _read_initial(problem: Problem, initial: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the initial points as declared values, or raise one SpaceError with all their faults."""
    if isinstance(initial, Mapping) or not isinstance(initial, Sequence):
        hint = f"write initial=[{brief(initial)}]" if isinstance(initial, Mapping) else ""
        raise SpaceError([f"initial: must be a list of params, got {brief(initial)}"], hint=hint)
    points, faults = [], []
    for index, given in enumerate(initial):
        if not isinstance(given, Mapping):
            faults.append(f"initial[{index}]: must be a mapping of names to values, got {brief(given)}")
            continue
        try:
            params = problem.space.read(given)
            violated = problem.space.violated(params)
            faults += [f"initial[{index}]: violates the constraint {violated.reason!r}"] if violated else []
            points.append(params)
        except SpaceError as error:
            faults += [f"initial[{index}].{fault}" for fault in error.faults]
    if faults:
        raise SpaceError(faults)
    return points
