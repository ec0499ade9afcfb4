"""A session over those of several backends, which share one history.

Whose turn it is says `rule.py`, and who steps back `costs.py`. Here proposals get numbers, outcomes get to
all members, and points that are known are proposed to nobody twice:

- Who proposes a point that is known is told its outcome, or gets it as the trial of that point ends.
- If all members do, a point is drawn that is new; once a finite space has none, they repeat themselves.
- An infeasible proposal is told to its member alone: the others meet the constraint themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from tunebridge import Backend, OpenRequest, Outcome, OutcomeState, SpaceError, Suggestion, backend
from tunebridge.space.natural import point_of
from tunebridge_auto.costs import Costs, away
from tunebridge_auto.member import Member
from tunebridge_auto.options import read
from tunebridge_auto.rule import Rule
from tunebridge_auto.space import members

DRAWN = "a draw"
"""Stands for a member's name where all of them know nothing new."""

MOST_DRAWS = 50
"""Draws in search of a new point."""

Point = frozenset[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal that is out."""

    by: str
    """Who made it."""
    number: int | None
    """Its member's own number for it; None for a draw."""
    decided: str
    """Who stepped back then."""
    begun: float | None
    """When it went out, by the clock of `perf_counter`; None if it is a repetition."""


class AutoSession:
    """One study's conversation with all members.

    Args:
        request: What the study needs.
    """

    def __init__(self, request: OpenRequest) -> None:
        """Choose the members; none is opened before it is asked."""
        self._space = request.space
        options = read(request.options)
        given = members(request.space, request.directions, request.options)
        chosen = [backend(name, **one) for name, one in given.items()]
        self._members = {one.spec.name: Member(one.spec, one.options, request) for one in chosen}
        self._rule = _rule(chosen, request, options.floor)
        self._costs = Costs(options.share)
        self._draws = np.random.SeedSequence(request.seed)
        self._asked: dict[int, Asked] = {}
        self._known: dict[Point, Outcome | None] = {}
        self._waiting: dict[Point, list[tuple[str, int]]] = {}
        self._n_asked = 0
        self._again: str | None = None

    def ask(self) -> Suggestion | None:
        """Return the next proposal; None if all members are exhausted."""
        decided = self._costs.decide(self._members) if self._again is None else self._again
        return self._ask(decided, is_timed=True)

    def ask_again(self, decided: str) -> Suggestion | None:
        """Return the next proposal, where those step back who did."""
        return self._ask(decided, is_timed=False)

    def decide_nothing(self) -> None:
        """Look at no clock from now on."""
        self._costs.stop()

    def tell(self, outcome: Outcome) -> str:
        """Tell the member that proposed it, and let the others know."""
        number = outcome.suggestion_id
        asked = None if number is None else self._asked.pop(number)
        by = "" if asked is None else asked.by
        if asked is not None and asked.begun is not None:
            self._costs.evaluated(perf_counter() - asked.begun)
        infeasible = outcome.state is OutcomeState.INFEASIBLE
        self._again = asked.decided if asked is not None and infeasible else None
        self._rule.end(outcome, by)
        point = point_of(self._space, outcome.params)
        self._known[point] = outcome
        owners = self._waiting.pop(point, [])
        said = [f"{name}: {self._members[name].tell(outcome, own)}" for name, own in owners]
        if asked is not None and asked.number is not None:
            said.insert(0, f"{by}: {self._members[by].tell(outcome, asked.number)}")
        told = {by, *(name for name, _ in owners)}
        others = [one for name, one in self._members.items() if name not in told and not infeasible]
        heard = [one.spec.name for one in others if one.hear(outcome)]
        if heard:
            said.append(f"{', '.join(heard)}: before they propose")
        return "; ".join(said) or "not told: no member learns from trials of others"

    def close(self) -> None:
        """Close the members."""
        self._asked.clear()
        for member in self._members.values():
            member.close()

    def _ask(self, decided: str, *, is_timed: bool) -> Suggestion | None:
        self._again = None
        found = self._proposed(self._rule.order(away(decided)), is_timed=is_timed)
        if found is None:
            return None
        by, suggestion = found
        number, self._n_asked = self._n_asked, self._n_asked + 1
        begun = perf_counter() if is_timed else None
        own = None if by == DRAWN else suggestion.id
        self._asked[number] = Asked(by, own, decided, begun)
        self._known.setdefault(point_of(self._space, suggestion.params), None)
        self._rule.begin()
        return Suggestion(number, suggestion.params, by=by, decided=decided)

    def _proposed(self, names: list[str], *, is_timed: bool) -> tuple[str, Suggestion] | None:
        """Return the first proposal that is new, and whose it is; any, where no new one is found."""
        known: list[tuple[str, Suggestion]] = []
        used_up = self._space.size is not None and len(self._known) >= self._space.size
        for name in names:
            begun = perf_counter()
            suggestion = self._members[name].ask()
            if is_timed:
                self._costs.asked(name, perf_counter() - begun)
            if suggestion is None:
                continue
            if used_up or point_of(self._space, suggestion.params) not in self._known:
                self._decline(known)
                return name, suggestion
            known.append((name, suggestion))
        drawn = self._draw() if known else None
        if drawn is not None:
            self._decline(known)
            return DRAWN, drawn
        self._decline(known[1:])
        return known[0] if known else None

    def _decline(self, known: list[tuple[str, Suggestion]]) -> None:
        """Tell members of points that they proposed and that are known, now or as their trials end."""
        for name, suggestion in known:
            point = point_of(self._space, suggestion.params)
            outcome = self._known[point]
            if outcome is None:
                self._waiting.setdefault(point, []).append((name, suggestion.id))
            else:
                self._members[name].tell(outcome, suggestion.id)

    def _draw(self) -> Suggestion | None:
        """Return a new point, drawn with the declared weights; None if none is found."""
        for seed in self._draws.spawn(MOST_DRAWS):
            params = self._sample(int(seed.generate_state(1)[0]))
            if params is not None and point_of(self._space, params) not in self._known:
                return Suggestion(0, params)
        return None

    def _sample(self, seed: int) -> dict[str, Any] | None:
        try:
            return self._space.sample(seed)
        except SpaceError:  # hardly anything keeps the constraints
            return None


def _rule(chosen: list[Backend], request: OpenRequest, floor: float) -> Rule:
    return Rule(
        {one.spec.name: one.spec.capabilities for one in chosen},
        request.directions,
        floor=floor,
        conditional=request.space.conditional,
    )
