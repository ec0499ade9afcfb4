"""Registers Optuna's samplers, its pruners, stores on its storages, and a reader of its studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tunebridge import (
    BackendSpec,
    Capabilities,
    CaptureSpec,
    ImportanceSpec,
    Number,
    OpenRequest,
    OptionRule,
    Problem,
    Pruner,
    PrunerRequest,
    PrunerSpec,
    ReaderSpec,
    Reading,
    Session,
    Space,
    Store,
    StoredStudy,
    StoreSpec,
    Translation,
    TrialRecord,
    hookimpl,
)
from tunebridge_optuna.flat import translate_flat
from tunebridge_optuna.options import (
    ASHA,
    CMAES,
    FAILURES,
    FLAG,
    GENETIC,
    GP,
    HYPERBAND,
    MANY,
    PATIENT,
    QMC,
    STEPS,
    THRESHOLD,
    TPE,
    WILCOXON,
)
from tunebridge_optuna.space import translate, translate_finite, translate_grid
from tunebridge_optuna.watched import capture_spec

PLAIN = Capabilities(
    conditional=True, multi_objective=True, accepts_foreign_trials=True, resumes_exactly=True
)
DRAWING = replace(PLAIN, independent=True)
LEARNING = replace(PLAIN, learns=True, restorable=True)
BOUNDED = replace(LEARNING, limits=True)
OBSERVING = replace(BOUNDED, observes_foreign_trials=True)
TREE = replace(OBSERVING, learns_from_pruned=True, heeds_pending=True, remembers=True, prepares=True)
PROCESS = replace(OBSERVING, contextual=True, heeds_pending=True, remembers=True, prepares=True)

SPACES = (
    "optuna.distributions.BaseDistribution",
    "optuna.study.study.Study",
    "optuna.trial._frozen.FrozenTrial",
    "tunebridge_optuna.space.DefineByRun",
)
"""What is, or holds, a space of Optuna's."""

PRUNERS: dict[str, tuple[str, Mapping[str, OptionRule]]] = {
    "median": ("below the median of others at the same step", STEPS),
    "percentile": (
        "below a percentile of others at the same step",
        {"percentile": Number(low=0, high=100), **STEPS},
    ),
    "asha": ("asynchronous successive halving", ASHA),
    "hyperband": ("successive halving in several brackets", HYPERBAND),
    "threshold": ("outside fixed bounds", THRESHOLD),
    "patient": ("as another pruner says, once patience has run out", PATIENT),
    "wilcoxon": ("worse than the best trial by a signed-rank test", WILCOXON),
}
"""What each pruner ends, and the rules of its options."""

UNRULED = {"patient": ("around",)}
"""Options whose values the pruner itself checks: it knows Optuna's pruners."""

STORES = {
    "sqlite": ("an SQLite file", "sqlite:///tune.db", "optuna"),
    "postgresql": (
        "a PostgreSQL database",
        "postgresql://user:password@host/database",
        "postgresql",
    ),
    "mysql": ("a MySQL or MariaDB database", "mysql://user:password@host/database", "mysql"),
    "journal": ("a journal file of Optuna's", "journal:///tune.log", "optuna"),
}
"""What each store is, a URL, and the extra that brings what it needs."""


class Translate(Protocol):
    """A translation function of this plugin."""

    def __call__(self, space: Space, options: Mapping[str, object], *, backend: str) -> Translation:
        """Translate a space."""


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per sampler."""
    register(_spec("tpe", "tree-structured Parzen estimator", TREE, rules=TPE))
    register(_spec("random", "independent random draws", replace(DRAWING, restorable=True)))
    register(
        _spec(
            "gp",
            "Gaussian process; branches are drawn at random unless flat=True",
            PROCESS,
            rules=GP,
            needs="torch",
            translate=translate_flat,
        )
    )
    summary = "covariance matrix adaptation; choices and branches are drawn at random"
    register(_spec("cmaes", summary, replace(LEARNING, multi_objective=False), rules=CMAES))
    register(_spec("nsga2", "genetic, for several objectives", BOUNDED, rules=GENETIC))
    register(_spec("nsga3", "genetic, for many objectives", BOUNDED, rules=MANY))
    summary = "quasi-random low-discrepancy sequence; branches are drawn at random"
    register(_spec("qmc", summary, replace(PLAIN, restorable=True), rules=QMC))
    grid = replace(DRAWING, finite=True, conditional=False)
    summary = "every point of a flat grid once, shuffled"
    register(_spec("grid", summary, grid, options=("points",), translate=translate_grid))
    finite = replace(DRAWING, finite=True)
    summary = "every point of a finite space once, shuffled"
    register(
        _spec(
            "brute-force",
            summary,
            finite,
            rules={"avoid_premature_stop": FLAG},
            translate=translate_finite,
        )
    )


@hookimpl
def tunebridge_register_pruners(register: Callable[[PrunerSpec], None]) -> None:
    """Register one pruner per rule of Optuna's."""
    for name, (summary, rules) in PRUNERS.items():
        register(
            PrunerSpec(
                name=name,
                summary=summary,
                open=partial(_open_pruner, name),
                requires=("optuna", "scipy"),
                extra="optuna",
                options=(*UNRULED.get(name, ()), *rules),
                rules=rules,
                paired=name == "wilcoxon",
                pauses=_resumes,
            )
        )


@hookimpl
def tunebridge_register_stores(register: Callable[[StoreSpec], None]) -> None:
    """Register one store per kind of database, and the journal file."""
    for scheme, (summary, example, extra) in STORES.items():
        register(
            StoreSpec(
                name=scheme,
                summary=summary,
                open=_open_journal if scheme == "journal" else _open_database,
                example=example,
                exists=_journal_exists if scheme == "journal" else _database_exists,
                file=_journal_file if scheme == "journal" else _database_file,
                requires=("optuna", "filelock", "psutil"),
                extra=extra,
                dashboard=_dashboard,
            )
        )


@hookimpl
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Register the reader of Optuna's own studies."""
    register(
        ReaderSpec(
            name="optuna",
            summary="a study of Optuna's",
            requires=("optuna",),
            extra="optuna",
            native="optuna.study.study.Study",
            read=_read,
        )
    )
    register(
        ReaderSpec(
            name="optuna-space",
            summary="a dict of Optuna's distributions, a trial or a study of Optuna's",
            requires=("optuna",),
            extra="optuna",
            space=_read_space,
            parts=SPACES,
        )
    )


@hookimpl
def tunebridge_register_importances(register: Callable[[ImportanceSpec], None]) -> None:
    """Register Optuna's evaluator of importances."""
    register(
        ImportanceSpec(
            name="optuna",
            summary="PED-ANOVA, as Optuna has it",
            requires=("optuna",),
            extra="optuna",
            evaluate=_importances,
        )
    )


@hookimpl
def tunebridge_register_captures(register: Callable[[CaptureSpec], None]) -> None:
    """Register Optuna's searches in scripts."""
    register(capture_spec())


def _spec(
    sampler: str,
    summary: str,
    capabilities: Capabilities,
    *,
    options: tuple[str, ...] = (),
    rules: Mapping[str, OptionRule] | None = None,
    needs: str = "",
    translate: Translate = translate,
) -> BackendSpec:
    name = f"optuna:{sampler}"
    own = ("optuna", "scipy", "cmaes")
    return BackendSpec(
        name=name,
        summary=summary,
        translate=partial(translate, backend=name),
        open=partial(_open, sampler, capabilities),
        requires=(*own, needs) if needs else own,
        extra=f"optuna,{needs}" if needs else "optuna",
        capabilities=capabilities,
        options=(*options, *(rules or ()), "tell_failures"),
        rules={**(rules or {}), "tell_failures": FAILURES},
        default=sampler == "tpe",
        settings=partial(_settings, sampler),
    )


def _settings(sampler: str, options: Mapping[str, object]) -> Mapping[str, object]:
    from tunebridge_optuna.session import effective

    return effective(sampler, options)


def _open(sampler: str, able: Capabilities, request: OpenRequest) -> Session:
    from tunebridge_optuna.given import GivenSession
    from tunebridge_optuna.heeding import HeedingSession
    from tunebridge_optuna.restoring import RestorableSession
    from tunebridge_optuna.session import OptunaSession

    plain = RestorableSession if able.restorable else OptunaSession
    heeding = HeedingSession if able.heeds_pending else plain
    opened = GivenSession if able.contextual else heeding
    return opened(request, sampler, learns_from_foreign=able.observes_foreign_trials)


def _resumes(options: Mapping[str, object]) -> bool:
    return options.get("resume") is True


def _open_pruner(name: str, request: PrunerRequest) -> Pruner:
    from tunebridge_optuna.pruner import OptunaPruner

    return OptunaPruner(request, name)


def _open_database(url: str) -> Store:
    from tunebridge_optuna.store import open_rdb

    return open_rdb(url)


def _open_journal(url: str) -> Store:
    from tunebridge_optuna.store import open_journal

    return open_journal(url)


def _database_exists(url: str) -> bool:
    from tunebridge_optuna.rdb import exists

    return exists(url)


def _database_file(url: str) -> Path | None:
    from tunebridge_optuna.rdb import file_of

    return file_of(url)


def _journal_file(url: str) -> Path:
    from tunebridge_optuna.journal import file_of

    return file_of(url)


def _journal_exists(url: str) -> bool:
    from tunebridge_optuna.journal import exists

    return exists(url)


def _dashboard(url: str, host: str, port: int) -> None:
    from tunebridge_optuna.dashboard import serve

    serve(url, host, port)


def _read_space(source: Any) -> Reading:
    from tunebridge_optuna.reading import read

    return read(source)


def _read(study: Any) -> StoredStudy:
    from tunebridge_optuna.reader import read

    return read(study)


def _importances(problem: Problem, trials: Sequence[TrialRecord]) -> Mapping[str, float]:
    from tunebridge_optuna.importances import evaluate

    return evaluate(problem, trials)
