"""Two backends that need no library, so that a suite has others beside what it tries.

They are no registered backends: hand them over as they are, `tb.tune(problem, backend=CLIMBER)`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tunebridge import (
    Backend,
    BackendSpec,
    Capabilities,
    Fidelity,
    Node,
    OpenRequest,
    Outcome,
    OutcomeState,
    Session,
    Space,
    Suggestion,
    TranslatedParameter,
    Translation,
)

SPREAD = 0.1
"""Standard deviation of a climber's steps, in probability."""

CURIOSITY = 0.2
"""How often a climber draws a parameter anew."""


class Drawing:
    """Draws every parameter by itself, with the declared weights.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: OpenRequest) -> None:
        """Begin the stream of the study's seed."""
        self.request, self.rng, self.n_asked = request, random.Random(request.seed), 0

    def ask(self) -> Suggestion:
        """Return the next draw."""
        self.n_asked += 1
        return Suggestion(self.n_asked, self.request.space.walk(self.draw))

    def draw(self, node: Node) -> Any:
        """Return a value of one parameter."""
        return node.parameter.quantile(self.rng.random())

    def tell(self, outcome: Outcome) -> str:
        """Take note of nothing."""
        return "not told: draws do not learn"

    def close(self) -> None:
        """Hold nothing."""


class Climber(Drawing):
    """Steps away from the best params that it knows of, of whatever trial they are.

    Args:
        request: What the study needs.
        curiosity: How often a parameter is drawn anew, from 0 to 1: the higher, the slower it learns.
    """

    def __init__(self, request: OpenRequest, *, curiosity: float = CURIOSITY) -> None:
        """Know of nothing."""
        super().__init__(request)
        self.curiosity = curiosity
        self.best: tuple[float, Mapping[str, Any]] | None = None

    def draw(self, node: Node) -> Any:
        """Return a value near the best one, or any."""
        known = {} if self.best is None else self.best[1]
        if node.path not in known or self.rng.random() < self.curiosity:
            return super().draw(node)
        q = node.parameter.cdf(known[node.path]) + self.rng.gauss(0.0, SPREAD)
        return node.parameter.quantile(min(max(q, 0.0), 1.0))

    def tell(self, outcome: Outcome) -> str:
        """Keep what is better than the best, by the sum of its values, or by the last report if pruned."""
        values, what = outcome.values or (), "its value"
        if outcome.state is OutcomeState.PRUNED:
            by_step = sorted(outcome.reports, key=lambda report: report.step)
            values, what = tuple(report.value for report in by_step[-1:]), "its last report"
        if not values:
            return "without a value, forgotten"
        ways = self.request.directions
        loss = sum(way.sign * value for way, value in zip(ways, values, strict=True))
        if self.best is None or loss < self.best[0]:
            self.best = loss, self.request.space.unflatten(outcome.params)
        return f"{what} compared with the best"


def translate(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Hand every value over as it is."""
    return Translation.by_value(
        space,
        backend=backend,
        parameters=[TranslatedParameter.of(node, "quantile(q)", Fidelity.EXACT) for node in space.nodes],
        build=dict,
        from_native=lambda parameter, native: native,
        to_native=lambda parameter, value: value,
    )


def proposer(name: str, open_session: Callable[[OpenRequest], Session], **capabilities: bool) -> Backend:
    """Return a backend that needs no library, and is able to do what its sessions can."""
    able = Capabilities(
        conditional=True,
        multi_objective=True,
        accepts_foreign_trials=True,
        resumes_exactly=True,
        **capabilities,
    )
    name = f"testing:{name}"
    spec = BackendSpec(
        name=name,
        summary="for the suites",
        translate=partial(translate, backend=name),
        open=open_session,
        capabilities=able,
    )
    return Backend(spec, {})


RANDOM = proposer("random", Drawing, independent=True)
"""Proposes for ever, and learns nothing."""

CLIMBER = proposer("climber", Climber, learns=True, observes_foreign_trials=True, learns_from_pruned=True)
"""Learns from all that it is told."""
