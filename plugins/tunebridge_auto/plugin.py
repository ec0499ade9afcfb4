"""Registers `auto`, whose members are the installed backends that learn from trials of others."""

from __future__ import annotations

from collections.abc import Callable

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, hookimpl
from tunebridge_auto.options import RULES, settings
from tunebridge_auto.space import NAME, members, translate


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register the one backend."""
    able = Capabilities(
        conditional=True,
        multi_objective=True,
        learns=True,
        accepts_foreign_trials=True,
        observes_foreign_trials=True,
        learns_from_pruned=True,
        heeds_pending=True,
        resumes_exactly=True,
        restorable=True,
        limits=True,
        prepares=True,
    )
    register(
        BackendSpec(
            name=NAME,
            summary="installed samplers with one history: the best starter, and others by credit",
            translate=translate,
            open=_open,
            extra="auto",
            capabilities=able,
            options=tuple(RULES),
            rules=RULES,
            default=True,
            settings=settings,
            members=members,
        )
    )


def _open(request: OpenRequest) -> Session:
    from tunebridge_auto.restoring import RestorableAuto

    return RestorableAuto(request)
