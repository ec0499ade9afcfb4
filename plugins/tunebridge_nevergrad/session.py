"""nevergrad's optimizers, asked and told directly.

How an outcome is told:

- COMPLETE: its value, or minus the value when maximising; several as they are.
- PRUNED: its last report; as FAILED when it has none.
- FAILED and INFEASIBLE: the worst value so far (nevergrad itself would take a nan as 5e20).
- Foreign trials join the population of de, two-points-de and pso. one-plus-one is told of the best alone:
  each told trial doubles or shrinks its step. cma would lose them; it begins at the best one that is known at
  its first proposal.
- Pending trials: all optimizers go on without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunebridge import OpenRequest, Outcome, OutcomeState, Penalty, Suggestion
from tunebridge_nevergrad.optimizers import optimizer

LARGEST = 1e20
"""The greatest loss that is told; nevergrad warns of greater ones and takes them all as one."""


class NevergradSession:
    """One study's conversation with an optimizer that takes all trials.

    Args:
        name: The name after the colon.
        request: What the study needs.
    """

    def __init__(self, name: str, request: OpenRequest) -> None:
        """Make the native space, and seed it."""
        self._name, self._request = name, request
        self._translation = request.translation
        self._free = any(not node.fixed for node in request.space.nodes)
        self._native = request.translation.build()
        self._native.random_state = np.random.RandomState(request.seed)
        self._penalty = Penalty(request.directions)
        self._open: dict[int, Any] = {}
        self._n_asked = 0
        self._optimizer: Any = self._made() if self._free else None

    def ask(self) -> Suggestion:
        """Return the next suggestion."""
        number = self._n_asked
        self._n_asked += 1
        if not self._free:
            return Suggestion(number, self._translation.decode({}))
        candidate = self._open[number] = self._asked()
        return Suggestion(number, self._translation.decode(candidate.value))

    def tell(self, outcome: Outcome) -> str:
        """Tell the losses of this trial, and of failures that waited for it."""
        if not self._free:
            return "not told: there is one point only"
        told = [self._told(one, self._losses(values)) for one, values in self._penalty.due(_judged(outcome))]
        return told[0] if told else "waits for the first value"

    def close(self) -> None:
        """Forget the trials that were never told."""
        self._open.clear()

    def _made(self) -> Any:
        return optimizer(self._name, self._native, self._request.n_trials, self._request.options)

    def _asked(self) -> Any:
        """Return the next candidate."""
        return self._optimizer.ask()

    def _told(self, outcome: Outcome, losses: Sequence[float]) -> str:
        """Tell one outcome; return how."""
        if outcome.suggestion_id is None:
            return self._told_foreign(outcome, losses)
        self._told_own(self._open.pop(outcome.suggestion_id), losses)
        return _words(outcome)

    def _told_own(self, candidate: Any, losses: Sequence[float]) -> None:
        self._optimizer.tell(candidate, _loss(losses))

    def _told_foreign(self, outcome: Outcome, losses: Sequence[float]) -> str:
        self._optimizer.tell(self._candidate(outcome.params), _loss(losses))
        return f"{_words(outcome)}, as a point that was not asked for"

    def _candidate(self, params: Mapping[str, Any]) -> Any:
        """Return a candidate for params that the optimizer was not asked for."""
        return self._native.spawn_child(new_value=self._translation.encode(params))

    def _losses(self, values: Sequence[float]) -> list[float]:
        both = zip(self._request.directions, values, strict=True)
        return [min(max(way.sign * value, -LARGEST), LARGEST) for way, value in both]


class StepSession(NevergradSession):
    """A session of the (1+1) strategy, which is told of the best foreign trial alone."""

    def __init__(self, name: str, request: OpenRequest) -> None:
        """Begin with no trials."""
        super().__init__(name, request)
        self._best = float("inf")
        self._better: tuple[Mapping[str, Any], float] | None = None

    def _asked(self) -> Any:
        if self._better is not None:
            params, loss = self._better
            self._optimizer.tell(self._candidate(params), loss)
            self._better = None
        return super()._asked()

    def _told(self, outcome: Outcome, losses: Sequence[float]) -> str:
        is_better = losses[0] < self._best
        self._best = min(losses[0], self._best)
        if outcome.suggestion_id is not None:
            return super()._told(outcome, losses)
        if not is_better:
            return "compared: a better one is known, and (1+1) is told of the best foreign trial alone"
        self._better = outcome.params, losses[0]
        return f"{_words(outcome)} before the next proposal, unless a better one comes"


class GenerationSession(NevergradSession):
    """A session of CMA-ES, which samples generations around a mean and is told of its own alone.

    CMA-ES takes one generation between two that it samples, and nevergrad drops a second one without a word.
    With several trials open there may be a second: its last trial is told after the next ask.
    """

    def __init__(self, name: str, request: OpenRequest) -> None:
        """Begin with no trials; the optimizer is made again if it may begin at a foreign one."""
        super().__init__(name, request)
        self._best: tuple[float, Mapping[str, Any]] | None = None
        self._size = generation_size(self._native.dimension, **request.options)
        self._n_own, self._n_told = 0, 0
        self._has_sampled = False
        self._late: list[tuple[Any, float]] = []

    def _asked(self) -> Any:
        if self._n_own == 0 and self._best is not None:
            self._native = self._candidate(self._best[1])
            self._optimizer = self._made()
        candidate = self._optimizer.ask()
        self._has_sampled |= self._n_own % self._size == 0
        self._n_own += 1
        late, self._late = self._late, []
        for one, loss in late:
            self._tell(one, loss)
        return candidate

    def _told_own(self, candidate: Any, losses: Sequence[float]) -> None:
        self._tell(candidate, losses[0])

    def _tell(self, candidate: Any, loss: float) -> None:
        """Tell of a trial, or keep it if it would end a generation that nevergrad drops."""
        ends = (self._n_told + 1) % self._size == 0
        if self._late or (ends and not self._has_sampled):
            self._late.append((candidate, loss))
            return
        self._n_told += 1
        self._has_sampled &= not ends
        self._optimizer.tell(candidate, loss)

    def _told_foreign(self, outcome: Outcome, losses: Sequence[float]) -> str:
        if self._n_own > 0:
            return "not told: CMA-ES would lose it"
        if self._best is not None and self._best[0] <= losses[0]:
            return "compared: a better one is known, and CMA-ES begins at the best alone"
        self._best = losses[0], outcome.params
        return f"{_words(outcome)}: the search begins here, unless a better one comes first"


def generation_size(
    dimension: int, *, popsize: int | None = None, num_workers: int = 1, elitist: bool = False, **others: Any
) -> int:
    """Return how many trials a generation of CMA-ES has: looking at its own number draws random numbers.

    Args:
        dimension: Dimensions of the space, > 1; each label of a choice is one.
        popsize: The option of that name, >= 1; by default it grows with the logarithm of the dimension.
        num_workers: The option of that name.
        elitist: The option of that name.
        others: Options on which it does not depend.
    """
    wanted = 4 + int(3 * np.log(dimension)) if popsize is None else popsize
    return max(wanted, num_workers + bool(elitist))


def open_session(name: str, request: OpenRequest) -> NevergradSession:
    """Open a session; CMA-ES needs two dimensions, and where there is one the (1+1) strategy proposes."""
    if name == "cma" and request.translation.build().dimension < 2:
        kept = {key: value for key, value in request.options.items() if key == "num_workers"}
        return StepSession("one-plus-one", replace(request, options=kept))
    return SESSIONS.get(name, NevergradSession)(name, request)


SESSIONS: dict[str, type[NevergradSession]] = {"one-plus-one": StepSession, "cma": GenerationSession}
"""The optimizers that do not take all trials."""


def _judged(outcome: Outcome) -> Outcome:
    """Return an outcome whose value, if it was pruned, is its last report."""
    if outcome.state is not OutcomeState.PRUNED or not outcome.reports:
        return outcome
    return replace(outcome, values=(max(outcome.reports, key=lambda report: report.step).value,))


def _loss(losses: Sequence[float]) -> float | list[float]:
    return losses[0] if len(losses) == 1 else list(losses)


def _words(outcome: Outcome) -> str:
    if outcome.values is None:
        return "the worst value so far"
    return "its last report" if outcome.state is OutcomeState.PRUNED else "its value"
