"""The backend that proposes nothing: a study evaluates the points it was given, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.contract.backend import BackendSpec, Capabilities, OpenRequest
from tunebridge.contract.outcome import Outcome
from tunebridge.contract.translation import Fidelity, TranslatedParameter, Translation
from tunebridge.space.space import Space


class ManualSession:
    """A session that is exhausted from the beginning."""

    def ask(self) -> None:
        """Return None: there is nothing to propose."""

    def tell(self, outcome: Outcome) -> str:
        """Take note of nothing."""
        return "not told: the points were given"

    def close(self) -> None:
        """Hold nothing."""


def _translate(space: Space, options: Mapping[str, Any]) -> Translation:
    return Translation.by_value(
        space,
        backend=MANUAL.name,
        parameters=[TranslatedParameter.of(node, "", Fidelity.EXACT) for node in space.nodes],
        build=lambda: space,
        from_native=lambda parameter, native: parameter.read(native),
        to_native=lambda parameter, value: value,
    )


def _open(request: OpenRequest) -> ManualSession:
    return ManualSession()


MANUAL = BackendSpec(
    name="manual",
    summary="the given points alone: initial=[...]",
    translate=_translate,
    open=_open,
    capabilities=Capabilities(
        conditional=True,
        multi_objective=True,
        accepts_foreign_trials=True,
        finite=True,
        resumes_exactly=True,
        independent=True,
    ),
)
"""No library stands behind it, so it is no registered backend and takes part in no comparison."""
