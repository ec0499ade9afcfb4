"""Studies on a backend, and talks with it, for its contract."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tunebridge as tb
from tunebridge import Backend, Space
from tunebridge.testing import example_spaces
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import Dialogue, far_corner
from tunebridge.testing.example_spaces import is_refused
from tunebridge.testing.strategies import spaces


class Studied:
    """What the parts of a backend's contract have in common."""

    n_trials = 12
    """Trials of each trajectory that is compared with another."""
    max_examples: ClassVar[int | None] = None
    """Spaces that are generated per property; None for what the hypothesis profile says."""
    eager_options: ClassVar[Mapping[str, Any]] = {}
    """Options that end a sampler's random start-up early; the suite takes those that the backend knows."""

    @pytest.fixture
    def backend(self) -> str | Backend:
        """Return the backend: its name, or what `tunebridge.backend` returns. Override this."""
        raise NotImplementedError("override the fixture `backend` of BackendContract")

    @pytest.fixture
    def chosen(self, backend: str | Backend) -> Backend:
        """Return the backend with its options."""
        return tb.backend(backend)

    @pytest.fixture
    def eager(self, chosen: Backend) -> Backend:
        """Return the backend without a long start-up."""
        known = {name: value for name, value in self.eager_options.items() if name in chosen.spec.options}
        return Backend(chosen.spec, {**known, **chosen.options})

    @pytest.fixture
    def shapes(self, chosen: Backend) -> list[Space]:
        """Return a constrained space and, if the backend can, one with branches."""
        return example_spaces.shapes(chosen)

    def _settings(self, chosen: Backend, seed: int) -> dict[str, Any]:
        return {"backend": chosen, "seed": seed, "n_trials": self.n_trials, "on_lossy": "warn"}

    def _tune(self, chosen: Backend, problem: tb.Problem, seed: int = 3, **more: Any) -> tb.Result:
        return tb.tune(problem, **self._settings(chosen, seed), **more)

    def _trajectory(self, chosen: Backend, space: Space, seed: int = 3) -> list[dict[str, Any]]:
        params = params_of(self._tune(chosen, bowl_problem(space), seed))
        assert params
        return params

    def _over_spaces(
        self, chosen: Backend, check: Callable[..., None], **more: st.SearchStrategy[Any]
    ) -> None:
        """Run a check over generated spaces that the backend does not refuse."""
        conditional = chosen.spec.capabilities.conditional
        strategy = spaces(
            conditional=conditional, accept=lambda parameter: not is_refused(Space(p=parameter), chosen)
        ).filter(lambda space: not is_refused(space, chosen))
        quick = {} if self.max_examples is None else {"max_examples": self.max_examples}
        limits = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], **quick)  # type: ignore[arg-type]
        limits(given(space=strategy, **more)(check))()

    def _untold(self, chosen: Backend, space: Space, count: int, seed: int = 0) -> list[Mapping[str, Any]]:
        """Return proposals made while none has an outcome."""
        with Dialogue(chosen, space, seed=seed) as dialogue:
            return [suggestion.params for suggestion in islice(iter(dialogue.session.ask, None), count)]


def bowl_problem(space: Space, direction: str = "minimize", sign: float = 1.0) -> tb.Problem:
    """Return a problem that is best near the upper ends; with the sign -1, where it is to be maximised."""
    bowl = Bowl(space, far_corner(space))
    return tb.Problem(lambda trial: sign * bowl(trial), space, direction)


def two_objectives(space: Space, sign: float, directions: list[str]) -> tb.Problem:
    """Return a problem of that value, and of the param `n`."""
    bowl = Bowl(space, far_corner(space))
    return tb.Problem(lambda trial: (sign * bowl(trial), sign * trial["n"]), space, directions)


def params_of(result: tb.Result) -> list[dict[str, Any]]:
    """Return the params of all trials."""
    return [dict(trial.params) for trial in result.trials]
