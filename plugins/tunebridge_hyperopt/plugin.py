"""Registers hyperopt's samplers.

atpe is left out. Tried with hyperopt 0.3.0 and the lightgbm of today: the same `rstate` gives other trials
from the first on (it draws from global generators), `hp.pchoice` raises ValueError, and `hp.normal(0, 1)`
proposed 21.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tunebridge import (
    Ahead,
    BackendSpec,
    Capabilities,
    CaptureSpec,
    Number,
    OneOf,
    OpenRequest,
    OptionRule,
    ReaderSpec,
    Reading,
    Remembered,
    Session,
    StoredStudy,
    Whole,
    hookimpl,
)
from tunebridge_hyperopt.space import translate
from tunebridge_hyperopt.watched import capture_spec

FAILURES = OneOf("avoid", "native")

TPE: dict[str, OptionRule] = {
    "prior_weight": Number(low=0),
    "n_startup_jobs": Whole(0),
    "n_EI_candidates": Whole(1),
    "gamma": Number(above=0),
    "tell_failures": FAILURES,
    "remember": Remembered.RULE,
    "lookahead": Ahead.RULE,
}
ANNEAL: dict[str, OptionRule] = {
    "avg_best_idx": Number(low=1),
    "shrink_coef": Number(low=0),
    "tell_failures": FAILURES,
}
"""What the values of options have to be: hyperopt takes others, too, and fails later or searches nowhere."""


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register one backend per suggest function."""
    register(_spec("tpe", "tree-structured Parzen estimator", learns=True, rules=TPE))
    register(_spec("anneal", "simulated annealing around the best trials", learns=True, rules=ANNEAL))
    register(_spec("random", "independent random draws", learns=False, rules={}))


@hookimpl
def tunebridge_register_captures(register: Callable[[CaptureSpec], None]) -> None:
    """Register hyperopt's searches in scripts."""
    register(capture_spec())


@hookimpl
def tunebridge_register_readers(register: Callable[[ReaderSpec], None]) -> None:
    """Register the readers of hyperopt's own trials and of its spaces."""
    register(
        ReaderSpec(
            name="hyperopt",
            summary="hyperopt's Trials",
            requires=("hyperopt",),
            extra="hyperopt",
            native="hyperopt.base.Trials",
            read=_read,
        )
    )
    register(
        ReaderSpec(
            name="hyperopt-space",
            summary="hyperopt's expressions, alone or in dicts, lists and tuples",
            requires=("hyperopt",),
            extra="hyperopt",
            space=_read_space,
            parts=("hyperopt.pyll.base.Apply", "hyperopt.base.Trials"),
        )
    )


def _read_space(source: Any) -> Reading:
    from tunebridge_hyperopt.reading import read

    return read(source)


def _read(trials: Any) -> StoredStudy:
    from tunebridge_hyperopt.reader import history

    return history(trials)


def _spec(sampler: str, summary: str, *, learns: bool, rules: Mapping[str, OptionRule]) -> BackendSpec:
    name = f"hyperopt:{sampler}"
    return BackendSpec(
        name=name,
        summary=summary,
        translate=partial(translate, backend=name),
        open=partial(_open, sampler, learns),
        requires=("hyperopt",),
        extra="hyperopt",
        capabilities=Capabilities(
            conditional=True,
            learns=learns,
            accepts_foreign_trials=True,
            observes_foreign_trials=learns,
            learns_from_pruned=learns,
            resumes_exactly=True,
            independent=not learns,
            heeds_pending=sampler == "tpe",
            remembers="remember" in rules,
            prepares="lookahead" in rules,
        ),
        settings=partial(_settings, sampler),
        options=tuple(rules),
        rules=rules,
        default=sampler == "tpe",
    )


def _settings(sampler: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    from tunebridge_hyperopt.session import effective

    return effective(sampler, options)


def _open(sampler: str, learns: bool, request: OpenRequest) -> Session:
    from tunebridge_hyperopt.session import HeedingSession, HyperoptSession

    opened = HeedingSession if sampler == "tpe" else HyperoptSession
    return opened(request, sampler, learns=learns)
