"""What is watched of Optuna while a script runs: searches, studies that are made, samplers and pruners.

A study's storage is not opened while a script is read: `create_study` makes one in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge import Argument, Called, CapturedSearch, CaptureSpec, EntryPoint, Space
from tunebridge_optuna.counterparts import PRUNERS, SAMPLERS
from tunebridge_optuna.suggestions import said_distributions, with_params

SEARCHES = (
    EntryPoint(
        module="optuna.study",
        name="Study.optimize",
        objective=Argument(name="func", position=0),
        times=(Argument(name="n_trials", position=1),),
    ),
    EntryPoint(module="optuna.study", name="Study.ask"),
)
NEW = {"storage": None, "load_if_exists": False}
"""What a study is made with in place of the script's arguments."""

NOTED = (
    EntryPoint(module="tunebridge_optuna", name="create_study", searches=False, instead=NEW),
    EntryPoint(module="tunebridge_optuna", name="sampler", searches=False),
    EntryPoint(module="optuna.study", name="create_study", searches=False, instead=NEW),
    EntryPoint(module="optuna.study", name="Study.enqueue_trial", searches=False),
    *(
        EntryPoint(module=f"optuna.{module}", name=f"{kind}.__init__", searches=False)
        for module, kinds in (("samplers", SAMPLERS), ("pruners", PRUNERS))
        for kind in kinds
        if kind != "NopPruner"  # takes no arguments
    ),
)

HARMLESS = (
    *(f"optuna.{name}" for name in ("create_study", "study.create_study", "study.StudyDirection", "sampler")),
    *(f"optuna.{name}.*" for name in ("samplers", "pruners", "distributions", "logging", "exceptions")),
    *(f"optuna.{name}" for name in ("trial.create_trial", "create_trial", "trial.FixedTrial")),
    *(f"optuna.{name}" for name in ("study.MaxTrialsCallback", "storages.InMemoryStorage", "terminator.*")),
    *(f".{name}" for name in ("enqueue_trial", "set_user_attr", "add_trial", "add_trials")),
)
"""Calls of a script that make something, or note it in the study in memory."""


def capture_spec() -> CaptureSpec:
    """Return Optuna's searches in scripts."""
    return CaptureSpec(
        name="optuna",
        summary="studies that are optimized, or asked",
        requires=("optuna",),
        extra="optuna",
        libraries=("optuna", "tunebridge_optuna"),
        entries=(*SEARCHES, *NOTED),
        read=_read,
        harmless=HARMLESS,
        rewrite=with_params,
        said=said_distributions,
        walk=_walk,
    )


def _walk(search: CapturedSearch, walks: int) -> Space:
    from tunebridge_optuna.facade.walking import find_space

    return find_space(search.objective, walks, 0)


def _read(search: Called, noted: Sequence[Called]) -> CapturedSearch:
    from tunebridge_optuna.capture import read

    return read(search, noted)
