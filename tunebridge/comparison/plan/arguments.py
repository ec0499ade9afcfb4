"""Reads what the user asks to be compared, and refuses what cannot be, before anything is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tunebridge.budget import Budget
from tunebridge.checks import is_finite, is_int
from tunebridge.comparison.plan.contender import Contender
from tunebridge.dependencies import installed_version
from tunebridge.display.brief import brief
from tunebridge.errors import (
    MissingLibraryError,
    ProblemError,
    TranslationError,
    UnknownNameError,
    did_you_mean,
)
from tunebridge.fingerprint.objective import fingerprint
from tunebridge.policy import OnLossy
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import Backend, backend
from tunebridge.registry.labels import label_of
from tunebridge.space.schema import unstable_labels
from tunebridge.study.seeds import read_seed
from tunebridge.translate import check_capabilities, check_lossy, check_refused, explain

LAMBDA = "<lambda>"


def read_problems(given: Problem | Mapping[str, Problem]) -> dict[str, Problem]:
    """Return problems by name; a single one is called after its objective.

    Raises:
        ProblemError: Something is no problem, or has choices that other processes would not recognise.
        UnsupportedError: A problem has several objectives.
    """
    if isinstance(given, Problem):
        name = fingerprint(given.objective)["name"].rpartition(".")[2]
        given = {"problem" if name == LAMBDA else name: given}
    if not isinstance(given, Mapping) or not given:
        hint = "write tunebridge.Problem(objective, space, direction=...), or {name: problem, ...}"
        raise ProblemError(
            f"expected a tunebridge.Problem, or several by name, got {brief(given)}", hint=hint
        )
    faults = []
    for name, problem in given.items():
        if not isinstance(name, str) or not name:
            faults.append(f"{name!r}: the name of a problem must be a string that is not empty")
        elif not isinstance(problem, Problem):
            faults.append(f"{name}: expected a tunebridge.Problem, got {brief(problem)}")
        else:
            problem.single_direction("a comparison", hint="compare on one of them alone")
            faults += [f"{name}: {fault}" for fault in unstable_labels(problem.space)]
    if faults:
        raise ProblemError("\n".join(faults))
    return dict(given)


def read_seeds(given: Iterable[int]) -> tuple[int, ...]:
    """Return the seeds of the replicates.

    Raises:
        ProblemError: There is none, one comes twice, or is none.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ProblemError(f"seeds must be a list of integers such as range(10), got {brief(given)}")
    listed = list(given)
    if None in listed:
        raise ProblemError("a seed of a comparison cannot be None", hint="name them: seeds=range(10)")
    seeds = tuple(map(read_seed, listed))
    if not seeds:
        raise ProblemError("seeds is empty", hint="one per replicate: seeds=range(10)")
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise ProblemError(f"seeds come twice: {', '.join(map(str, twice))}", hint="each is one replicate")
    return seeds


def read_budget(n_trials: int | None, max_seconds: float | None, shared_start: int) -> Budget:
    """Return the budget of a cell.

    Raises:
        ProblemError: There is none, or a number is out of its bounds.
    """
    if n_trials is None and max_seconds is None:
        raise ProblemError("nothing limits the studies", hint="give n_trials or max_seconds")
    budget = Budget(n_trials=n_trials, max_seconds=max_seconds)
    if not is_int(shared_start) or shared_start < 0:
        raise ProblemError(f"shared_start must be an integer >= 0, got {brief(shared_start)}")
    if n_trials is not None and shared_start > n_trials:
        hint = "the trials that the lines share are part of the budget"
        raise ProblemError(f"shared_start={shared_start} is more than n_trials={n_trials}", hint=hint)
    return budget


def read_reference(given: str | Backend | None, contenders: Sequence[Contender]) -> str:
    """Return the label of the line that the others are tested against: random search unless named.

    Raises:
        UnknownNameError: No line has this name.
    """
    if given is None:
        return next(contender.label for contender in contenders if contender.line.is_random)
    labels = [contender.label for contender in contenders]
    if isinstance(given, str) and given in labels:
        return given
    try:
        chosen = backend(given)
    except UnknownNameError:
        hint = did_you_mean(str(given), labels)
        raise UnknownNameError(f"the reference {given!r} is no line of the comparison", hint=hint) from None
    label = label_of(chosen.spec.name, chosen.options)
    if label not in labels:
        hint = did_you_mean(label, labels)
        raise UnknownNameError(f"the reference {label!r} is no line of the comparison", hint=hint)
    return label


def read_targets(
    given: float | Mapping[str, float] | None, problems: Mapping[str, Problem]
) -> dict[str, float]:
    """Return the user's targets by problem; one number is for all of them.

    Raises:
        ProblemError: A target is no finite number, or names no problem.
    """
    if given is None:
        return {}
    wanted: Mapping[Any, Any] = given if isinstance(given, Mapping) else dict.fromkeys(problems, given)
    unknown = [name for name in wanted if name not in problems]
    if unknown:
        hint = did_you_mean(str(unknown[0]), problems)
        raise ProblemError(f"target: there is no problem {unknown[0]!r}", hint=hint)
    wrong = [value for value in wanted.values() if not is_finite(value)]
    if wrong:
        raise ProblemError(f"target must be a finite number, got {brief(wrong[0])}")
    return {name: float(value) for name, value in wanted.items()}


def check_libraries() -> None:
    """Check that what the tests are made with is installed.

    Raises:
        MissingLibraryError: It is not.
    """
    if installed_version("scipy") is None:
        raise MissingLibraryError(
            "a comparison needs scipy, which is not installed", hint='run: pip install "tunebridge[compare]"'
        )


def check_translations(
    problems: Mapping[str, Problem], contenders: Sequence[Contender], on_lossy: OnLossy
) -> None:
    """Check that every line can propose every space, faithfully unless that is allowed.

    Raises:
        TranslationError: Some cannot; all of them are listed.
        UnsupportedError: A backend lacks a capability that a problem needs.
    """
    faults, hints = [], []
    chosen = {
        label_of(one.spec.name, one.options): one for one in (contender.backend for contender in contenders)
    }
    for name, problem in problems.items():
        for one in chosen.values():
            check_capabilities(problem.space, problem.directions, one)
            translation = explain(problem.space, one)
            try:
                check_refused(translation)
                check_lossy(translation, on_lossy)
            except TranslationError as error:
                faults.append(f"{name}: {error.message}")
                hints.append(error.hint)
    if faults:
        raise TranslationError("\n".join(faults), hint=next(filter(None, hints), ""))
