"""Sessions of samplers that look at trials which run: tpe lies about them, gp has them in its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge_optuna.restoring import RestorableSession


class HeedingSession(RestorableSession):
    """A session that is told what runs elsewhere; it is opened as `OptunaSession` is."""

    def heed(self, params: Mapping[str, Any]) -> int:
        """Begin a native trial of these params, as another process on one storage of Optuna's would."""
        return self.take_up(params, {}).id
