"""What is compared, before it is run: backends and pruners that were chosen by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunebridge.checks import check_list
from tunebridge.comparison.plan.line import RANDOM, Line
from tunebridge.contract.translation import Fidelity
from tunebridge.errors import MissingLibraryError, ProblemError, TranslationError, UnsupportedError
from tunebridge.population.population import Population
from tunebridge.problem.problem import Problem
from tunebridge.registry import choice, plugins
from tunebridge.registry.choice import Backend, ChosenPruner
from tunebridge.registry.labels import label_of
from tunebridge.registry.manual import MANUAL
from tunebridge.translate import check_capabilities, check_refused, explain


@dataclass(frozen=True, slots=True)
class Contender:
    """One line of a comparison, ready to be run."""

    backend: Backend
    """Who proposes."""
    pruner: ChosenPruner | None = None
    """Who ends trials early."""

    @property
    def line(self) -> Line:
        """How it is shown."""
        name, judge = label_of(self.backend.spec.name, self.backend.options), self.pruner
        pruner = "" if judge is None else label_of(judge.spec.name, judge.options)
        return Line(
            label=f"{name} + {pruner}" if pruner else name,
            backend=self.backend.spec.name,
            options=self.backend.options,
            pruner=pruner,
        )

    @property
    def label(self) -> str:
        """Its name in the comparison."""
        return self.line.label

    def require(self) -> None:
        """Check that what it needs is installed.

        Raises:
            MissingLibraryError: It is not.
        """
        self.backend.require()
        if self.pruner is not None:
            self.pruner.require()


def read_contenders(
    backends: Sequence[str | Backend],
    pruners: Sequence[str | ChosenPruner | None] | None,
    problems: Mapping[str, Problem],
) -> list[Contender]:
    """Return every backend with every pruner, random search among them.

    Args:
        backends: Names, or what `tunebridge.backend` returns.
        pruners: Names, or what `tunebridge.pruner` returns; None among them for no pruner.
        problems: What they are compared on.

    Raises:
        ProblemError: Something comes twice, or there is nothing to compare with.
        UnknownNameError: No backend or pruner has this name.
        UnsupportedError: A population is among them.
        MissingLibraryError: No library is installed that brings random search.
    """
    check_list("backends", backends, "names such as 'optuna:tpe'", may_be_empty=False)
    pruners = [None] if pruners is None else pruners
    check_list("pruners", pruners, "names such as 'asha', or None for none", may_be_empty=False)
    _check_alone([*backends, *pruners])
    chosen = [choice.backend(backend) for backend in backends]
    judges = [None if pruner is None else choice.pruner(pruner) for pruner in pruners]
    if any(backend.spec is MANUAL for backend in chosen):
        hint = "to evaluate points of your own: tunebridge.tune(problem, backend='manual', initial=[...])"
        raise ProblemError("the backend 'manual' proposes nothing that could be compared", hint=hint)
    contenders = [Contender(backend, judge) for backend in chosen for judge in judges]
    labels = [contender.label for contender in contenders]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        hint = "name each once, or tell them apart by options: tunebridge.backend(name, option=...)"
        raise ProblemError(f"{', '.join(twice)}: compared twice", hint=hint)
    for contender in contenders:
        contender.require()
    if not any(contender.line.is_random for contender in contenders):
        contenders.append(_random_search([backend.spec.library for backend in chosen], problems))
    if len(contenders) == 1:
        raise ProblemError(
            f"a comparison needs two lines, and {labels[0]} is random search, its only one",
            hint="name a backend to compare it with, such as 'optuna:tpe' or 'hyperopt:tpe'",
        )
    return contenders


def _random_search(libraries: Sequence[str], problems: Mapping[str, Problem]) -> Contender:
    """Return a random search that can propose all spaces: a faithful one, of a library that is compared."""
    specs = [spec for spec in plugins.registry().backends.values() if spec.name.endswith(f":{RANDOM}")]
    known = [Contender(Backend(spec, {})) for spec in specs]
    ranked = []
    for contender in known:
        fidelity = _worst(contender, problems)
        if fidelity is not None:
            library = contender.backend.spec.library
            place = libraries.index(library) if library in libraries else len(libraries)
            ranked.append((fidelity is Fidelity.LOSSY, place, contender.label, contender))
    if not ranked:
        names = ", ".join(sorted(contender.label for contender in known))
        raise MissingLibraryError(
            "a comparison always has a line of random search, and none can propose these spaces",
            hint=f"install the library of one of them: {names}",
        )
    return min(ranked, key=lambda entry: entry[:3])[3]


def _worst(contender: Contender, problems: Mapping[str, Problem]) -> Fidelity | None:
    """Return the worst fidelity to any of the spaces; None if one cannot be proposed here."""
    worst = Fidelity.EXACT
    for problem in problems.values():
        try:
            contender.require()
            check_capabilities(problem.space, problem.directions, contender.backend)
            translation = explain(problem.space, contender.backend)
            check_refused(translation)
        except (MissingLibraryError, TranslationError, UnsupportedError):
            return None
        if translation.rows(Fidelity.LOSSY):
            worst = Fidelity.LOSSY
    return worst


def _check_alone(given: Sequence[object]) -> None:
    """Check that lines are of trials that know nothing of one another.

    Raises:
        UnsupportedError: A population is among them.
    """
    for one in given:
        if isinstance(one, Population):
            raise UnsupportedError(
                "a population is no line of a comparison: what a member trains for counts for others, too",
                hint=f"tune with each seed by itself: tunebridge.tune(..., population={one!r}, seed=seed)",
            )
