"""Registers `auto`, whose members are the installed backends that learn from trials of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, Space, Translation, hookimpl
from tunebridge_auto.candidates import NAME, members, taken
from tunebridge_auto.options import read, settings


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
        resumes_exactly=True,
    )
    register(
        BackendSpec(
            name=NAME,
            summary="installed samplers with one history: the best starter, and others by credit",
            translate=translate,
            open=_open,
            capabilities=able,
            options=("members", "share", "floor"),
            default=True,
            settings=settings,
            members=members,
        )
    )


def translate(space: Space, options: Mapping[str, Any]) -> Translation:
    """Hold the translation of each member, and why others are none."""
    found = taken(space, read(options).members)
    return Translation.of_members(space, backend=NAME, members=found.translations, left_out=found.left_out)


def _open(request: OpenRequest) -> Session:
    from tunebridge_auto.session import AutoSession

    return AutoSession(request)
