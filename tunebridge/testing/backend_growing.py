"""What every backend promises to studies whose space grows: see `grow` of `tunebridge.tune`."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge import Backend, Categorical, Float, Int, Ordinal, Space
from tunebridge.stores.memory import MemoryStore
from tunebridge.testing.assertions import assert_visited
from tunebridge.testing.bowl import Bowl
from tunebridge.testing.dialogue import far_corner
from tunebridge.testing.example_spaces import is_refused

N_BEFORE = 6
"""Trials of a study before it grows."""

MOST_POINTS = 200
"""More than a grid over any of these spaces has."""

NAMES: Mapping[str, Any] = {"study": "contract", "seed": 3, "on_lossy": "warn"}


@dataclass(frozen=True, slots=True)
class Growing:
    """A space before and after it has grown, and an objective that is best in what is new."""

    small: Space
    """Before."""
    large: Space
    """After."""
    had: Mapping[str, Any]
    """What new params were before, by name."""

    def __call__(self, params: Mapping[str, Any]) -> float:
        """Return the value of flat params of either space."""
        return Bowl(self.large, far_corner(self.large))({**self.had, **params})


GROWING = (
    Growing(
        Space(x=Float(0, 1), n=Int(1, 4), kind=Categorical(["a", "b"])),
        Space(x=Float(0, 2), n=Int(1, 8), kind=Categorical(["a", "b", "c"]), rate=Float(0, 1)),
        {"rate": 0.25},
    ),
    Growing(
        Space(n=Int(1, 3), size=Ordinal([16, 64]), kind=Categorical(["a", "b"])),
        Space(
            n=Int(0, 3), size=Ordinal([16, 32, 64]), kind=Categorical(["a", "b", "c"]), rate=Ordinal([1, 2])
        ),
        {"rate": 1},
    ),
)
"""A space, what it grows to, and what new params were before. In the second one all is finite."""


class GrowingContract:
    """The promises about larger spaces; `BackendContract` includes them."""

    n_grown = 24
    """Trials within which all that is new in a space is proposed; a grid gets all that it has."""
    never_new: ClassVar[Mapping[str, str]] = {}
    """What of it a library may never come to, and why: "kind" for a choice, "rate" for a parameter."""

    def test_what_is_new_in_a_space_that_has_grown_is_proposed_and_the_history_carried(
        self, eager: Backend
    ) -> None:
        """Let a study grow by a choice, wider ranges and a parameter; twice, under the same seed."""
        grows = _growing(eager)
        small, large, had = grows.small, grows.large, grows.had
        first, second = (self._grown(eager, grows) for _ in range(2))
        old, new = first.trials[:N_BEFORE], first.trials[N_BEFORE:]
        assert all(small.contains({name: trial.params[name] for name in small}) for trial in old)
        assert all({name: trial.params[name] for name in had} == had for trial in old)
        assert all(trial.filled == tuple(had) for trial in old)
        assert not any(trial.filled for trial in new)
        news = {name: is_new for name, is_new in _news(small, had).items() if name not in self.never_new}
        missing = [name for name, is_new in news.items() if not any(map(is_new, new))]
        assert not missing, f"nothing new of {missing} among {len(new)} trials"
        assert _points(large, first) == _points(large, second)
        carried = first.carried
        assert carried is not None
        assert "has grown" in carried.reason
        assert sum(carried.told.values()) == N_BEFORE
        assert carried.n_told == (N_BEFORE if eager.spec.capabilities.observes_foreign_trials else 0)

    def test_a_study_that_has_grown_goes_on_exactly_if_declared(self, eager: Backend) -> None:
        """Kill it after it grew, within a trial."""
        grows, n_trials, n_ended = _growing(eager), N_BEFORE + 6, 3
        problem = tb.Problem(grows, grows.large)
        whole = self._grown(eager, grows, n_trials=n_trials)
        store = MemoryStore()
        self._begin(eager, grows, store, n_trials)
        study = tb.open_study(
            problem, backend=eager, storage=store, grow=grows.had, n_trials=n_trials, **NAMES
        )
        for _ in range(n_ended):
            trial = study.ask()
            assert trial is not None
            study.tell(trial, grows(trial))
        study.ask()
        store.close()
        resumed = tb.tune(problem, backend=eager, storage=store, n_trials=n_trials, **NAMES)
        exact = eager.spec.capabilities.resumes_exactly
        assert resumed.carried is not None
        assert resumed.carried.exact == exact
        assert not exact or _points(grows.large, resumed) == _points(grows.large, whole)
        assert resumed.grown == whole.grown

    def test_a_finite_space_that_has_grown_is_visited_once(self, chosen: Backend) -> None:
        """Visit a small one to its end, let it grow, and visit the rest."""
        finite = [grows for grows in GROWING if grows.large.size and not is_refused(grows.large, chosen)]
        for grows in finite * chosen.spec.capabilities.finite:
            store, budget = MemoryStore(), {}
            if chosen.spec.capabilities.needs_budget:
                budget["n_trials"] = 2 * (grows.large.size or 0)
            settings = {"backend": chosen, "storage": store, **budget, **NAMES}
            tb.tune(tb.Problem(grows, grows.small), **settings)
            result = tb.tune(tb.Problem(grows, grows.large), grow=grows.had, **settings)
            assert_visited(grows.large, [trial.params for trial in result.trials], once=True)
            assert result.stop_reason == "exhausted"

    def _begin(self, chosen: Backend, grows: Growing, store: MemoryStore, n_trials: int) -> None:
        """Begin a study in the smaller space, with its first trials."""
        problem = tb.Problem(grows, grows.small)
        with tb.open_study(problem, backend=chosen, storage=store, n_trials=n_trials, **NAMES) as study:
            for _ in range(N_BEFORE):
                trial = study.ask()
                assert trial is not None
                study.tell(trial, grows(trial))

    def _grown(self, chosen: Backend, grows: Growing, *, n_trials: int | None = None) -> tb.Result:
        n_grown = MOST_POINTS if chosen.spec.capabilities.finite else self.n_grown
        store, total = MemoryStore(), n_trials or N_BEFORE + n_grown
        self._begin(chosen, grows, store, total)
        problem = tb.Problem(grows, grows.large)
        return tb.tune(problem, backend=chosen, storage=store, grow=grows.had, n_trials=total, **NAMES)


def _growing(chosen: Backend) -> Growing:
    """Return the first spaces that a backend does not refuse."""
    for grows in GROWING:
        if not (is_refused(grows.small, chosen) or is_refused(grows.large, chosen)):
            return grows
    pytest.fail(f"{chosen.spec.name} refuses all spaces that grow")


def _news(small: Space, had: Mapping[str, Any]) -> dict[str, Callable[[tb.TrialRecord], bool]]:
    """Return by name how a trial is told that has something of a parameter which no trial could have had."""

    def is_new(name: str) -> Callable[[tb.TrialRecord], bool]:
        if name in had:
            return lambda trial: trial.params[name] != had[name]
        alone = Space({name: small[name]})
        return lambda trial: not alone.contains({name: trial.params[name]})

    return {name: is_new(name) for name in (*small, *had)}


def _points(space: Space, result: tb.Result) -> list[Mapping[str, Any]]:
    return [tb.to_natural(space, trial.params) for trial in result.trials]
