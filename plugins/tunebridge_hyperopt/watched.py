"""What is watched of hyperopt while a script runs: `fmin`, by itself or of `Trials`."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge import Argument, Called, CapturedSearch, CaptureSpec, EntryPoint

OBJECTIVE = Argument(name="fn", position=0)
TIMES = (Argument(name="max_evals", position=3),)

SEARCHES = (
    EntryPoint(module="hyperopt.fmin", name="fmin", objective=OBJECTIVE, times=TIMES),
    EntryPoint(module="tunebridge_hyperopt.facade.minimise", name="fmin", objective=OBJECTIVE, times=TIMES),
    EntryPoint(module="hyperopt", name="Trials.fmin", objective=OBJECTIVE, times=TIMES),
)

HARMLESS = (
    *(f"hyperopt.{name}.*" for name in ("hp", "pyll", "early_stop", "tpe", "rand", "anneal", "mix")),
    *(
        f"hyperopt.{name}"
        for name in ("Trials", "space_eval", "trials_from_docs", "generate_trials_to_calculate")
    ),
    "hyperopt.base.Trials",
)
"""Calls of a script that make something."""


def capture_spec() -> CaptureSpec:
    """Return hyperopt's searches in scripts."""
    return CaptureSpec(
        name="hyperopt",
        summary="calls of fmin",
        requires=("hyperopt",),
        extra="hyperopt",
        libraries=("hyperopt", "tunebridge_hyperopt"),
        entries=SEARCHES,
        read=_read,
        harmless=HARMLESS,
    )


def _read(search: Called, noted: Sequence[Called]) -> CapturedSearch:
    from tunebridge_hyperopt.capture import read

    return read(search)
