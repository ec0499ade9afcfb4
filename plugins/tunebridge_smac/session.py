"""SMAC, asked and told directly.

How an outcome is told:

- COMPLETE: its value, or minus the value when maximising, as the cost of the trial.
- PRUNED: its last report; as FAILED when it has none.
- FAILED and INFEASIBLE: as crashed, with a cost just above the worst value so far. SMAC takes crashed trials
  for as good as their cost, and one without a finite cost ends its run.
- Foreign trials are told under the facade's own seed, else they are never taken for the best. Those that are
  known before the first proposal wait for it; the initial design has as many fewer points, and where none is
  left the first proposal is of the model.
- Pending trials are known to SMAC as running, and no trial is proposed twice.

SMAC stops, or goes on for ever, where a small space is used up: points are drawn from the space then, those
that are new before those that are not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from ConfigSpace import Configuration
from smac import HyperparameterOptimizationFacade as Facade
from smac.main.exceptions import ConfigurationSpaceExhaustedException
from smac.runhistory import StatusType, TrialInfo, TrialValue

from tunebridge import Categorical, OpenRequest, Outcome, OutcomeState, Penalty, Suggestion
from tunebridge_smac.facade import facade
from tunebridge_smac.natives import is_listed
from tunebridge_smac.quiet import quiet

LARGEST = 1e100
"""The greatest cost that is told: SMAC scales costs by their range, which has to be finite."""

MAX_DRAWS = 1000
"""Draws after which a point is taken that is not new."""


class SmacSession:
    """One study's conversation with a facade, which is made when it is first asked."""

    def __init__(self, request: OpenRequest) -> None:
        """Begin with no trials."""
        self.request = request
        """What the study needs."""
        self.facade: Facade | None = None
        """SMAC itself, from the first proposal on."""
        self._translation = request.translation
        self._penalty = Penalty(request.directions)
        self._free = any(not node.fixed for node in request.space.nodes)
        self._size = _size(request)
        self._seed: int | None = None
        self._early: list[tuple[Outcome, float]] = []
        self._open: dict[int, Configuration] = {}
        self._points: set[frozenset[tuple[str, Any]]] = set()
        self._random = random.Random(request.seed)
        self._is_over = False
        self._n_asked = 0

    def ask(self) -> Suggestion:
        """Return the next suggestion."""
        number = self._n_asked
        self._n_asked += 1
        if not self._free:
            return Suggestion(number, self._translation.decode({}))
        with quiet():
            configuration = self._proposed()
        params = self._params(configuration)
        self._open[number] = configuration
        self._points.add(self._point(params))
        return Suggestion(number, params)

    def tell(self, outcome: Outcome) -> str:
        """Tell the cost of this trial, and of failures that waited for it."""
        if not self._free:
            return "not told: there is one point only"
        told = [self._told(one, values[0]) for one, values in self._penalty.due(_judged(outcome))]
        return told[0] if told else "waits for the first value"

    def close(self) -> None:
        """Forget the facade."""
        self._open.clear()
        self.facade = None

    def _proposed(self) -> Configuration:
        if self.facade is None:
            return self._begun()
        self._is_over |= len(self._points) >= self._size
        if not self._is_over:
            try:
                return self.facade.ask().config
            except (ConfigurationSpaceExhaustedException, StopIteration):
                self._is_over = True
        return self._configuration(self.facade, self._drawn())

    def _begun(self) -> Configuration:
        """Return the first proposal: before SMAC is asked for one, it takes no trials of others.

        Where these are enough for a model, what it proposes without them is not taken up.
        """
        self.facade = made = facade(self.request, len(self._early))
        first, early = made.ask(), self._early
        self._seed, self._early = first.seed, []
        for outcome, cost in early:
            self._add(made, self._configuration(made, outcome.params), outcome, cost)
        is_enough = early and made.meta["initial_design"]["n_configs"] == 0
        return self._proposed() if is_enough else first.config

    def _drawn(self) -> Mapping[str, Any]:
        """Return a point that is new, if draws find one."""
        drawn = (self.request.space.sample(self._random.getrandbits(32)) for _ in range(MAX_DRAWS))
        if len(self._points) >= self._size:
            return next(drawn)
        known = next(drawn)
        return next((one for one in drawn if self._point(one) not in self._points), known)

    def _params(self, configuration: Configuration) -> dict[str, Any]:
        """Return the params; what is active here and not there, by a rounding, has its default."""
        defaults = {name: one.default_value for name, one in configuration.config_space.items()}
        return self._translation.decode({**defaults, **dict(configuration)})

    def _point(self, params: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
        return frozenset(self._translation.encode(params).items())

    def _configuration(self, made: Facade, params: Mapping[str, Any]) -> Configuration:
        """Return the configuration of params that SMAC did not propose."""
        space = made.scenario.configspace
        vector = np.full(len(space), np.nan)
        for name, native in self._translation.encode(params).items():
            vector[space.index_of[name]] = space[name].to_vector(native)
        return Configuration(space, vector=vector)

    def _told(self, outcome: Outcome, value: float) -> str:
        (way,) = self.request.directions
        cost = min(max(way.sign * value, -LARGEST), LARGEST)
        made = self.facade
        if outcome.suggestion_id is not None and made is not None:
            self._add(made, self._open.pop(outcome.suggestion_id), outcome, cost)
            return _words(outcome)
        self._points.add(self._point(outcome.params))
        if made is None:
            self._early.append((outcome, cost))
        else:
            self._add(made, self._configuration(made, outcome.params), outcome, cost)
        return f"{_words(outcome)}, as a point that was not asked for"

    def _add(self, made: Facade, configuration: Configuration, outcome: Outcome, cost: float) -> None:
        failed = outcome.values is None
        value = TrialValue(
            cost=float(np.nextafter(cost, math.inf)) if failed else cost,
            status=StatusType.CRASHED if failed else StatusType.SUCCESS,
        )
        with quiet():
            made.tell(TrialInfo(configuration, seed=self._seed), value, save=False)


def _size(request: OpenRequest) -> float:
    """Return how many points SMAC can propose: as many as there are, if all of them are listed."""
    listed = all(
        node.fixed
        or is_listed(node.parameter)
        or (isinstance(node.parameter, Categorical) and not node.parameter.weighted)
        for node in request.space.nodes
    )
    return (request.space.size or math.inf) if listed else math.inf


def _judged(outcome: Outcome) -> Outcome:
    """Return an outcome whose value, if it was pruned, is its last report."""
    if outcome.state is not OutcomeState.PRUNED or not outcome.reports:
        return outcome
    return replace(outcome, values=(max(outcome.reports, key=lambda report: report.step).value,))


def _words(outcome: Outcome) -> str:
    if outcome.values is None:
        return "a cost above the worst value so far"
    return "its last report" if outcome.state is OutcomeState.PRUNED else "its value"
