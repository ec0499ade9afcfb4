"""Registers SMAC's hyperparameter optimisation with a random forest.

Several objectives are refused: SMAC would turn them into their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunebridge import BackendSpec, Capabilities, OpenRequest, Session, hookimpl
from tunebridge_smac.options import RULES
from tunebridge_smac.space import BACKEND, translate


@hookimpl
def tunebridge_register_backends(register: Callable[[BackendSpec], None]) -> None:
    """Register the backend."""
    register(
        BackendSpec(
            name=BACKEND,
            summary="SMAC: Bayesian optimisation with a random forest",
            translate=translate,
            open=_open,
            requires=("smac", "ConfigSpace"),
            extra="smac",
            capabilities=Capabilities(
                conditional=True,
                learns=True,
                accepts_foreign_trials=True,
                observes_foreign_trials=True,
                learns_from_pruned=True,
                resumes_exactly=True,
                needs_budget=True,
            ),
            explores=False,
            settings=_settings,
            options=tuple(RULES),
            rules=RULES,
            default=True,
        )
    )


def _settings(options: Mapping[str, Any]) -> Mapping[str, Any]:
    from tunebridge_smac.facade import effective

    return effective(options)


def _open(request: OpenRequest) -> Session:
    from tunebridge_smac.session import SmacSession

    return SmacSession(request)
