"""A session over those of several backends, which share one history.

Whose turn it is says `rule.py`, and who steps back `costs.py`. Here proposals get numbers, outcomes get to
all members, and points that are known are proposed to nobody twice:

- Who proposes a point that is known is told its outcome, or gets it as the trial of that point ends.
- If all members do, a point is drawn that is new; once a finite space has none, they repeat themselves.
- A point that is evaluated elsewhere is known, and members that heed such keep away from it.
- An infeasible proposal is told to its member alone: the others meet the constraint themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from tunebridge import Ahead, Backend, OpenRequest, Outcome, OutcomeState, SpaceError, Suggestion, backend
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


@dataclass(frozen=True, slots=True)
class Known:
    """A proposal of a point that is known."""

    by: str
    """Who made it."""
    suggestion: Suggestion
    """It, with its member's own number."""
    mark: Mapping[str, Any]
    """What takes it up in another session."""


@dataclass(frozen=True, slots=True)
class Found:
    """What asking the members has come to."""

    by: str
    """Whose proposal is taken."""
    suggestion: Suggestion
    """It, with its member's own number."""
    known: tuple[Known, ...] = ()
    """Those before it whose points are known, in order; the first of them is taken if no new one is found."""
    drew: bool = False
    """Whether new points were drawn for."""


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
        self._ahead = Ahead(is_on=options.lookahead != 0)
        self._looks_ahead = options.lookahead == 1
        self._asked: dict[int, Asked] = {}
        self._begun: dict[int, float] = {}
        self._known: dict[Point, Outcome | None] = {}
        self._params: dict[Point, Mapping[str, Any]] = {}
        self._waiting: dict[Point, list[tuple[str, int]]] = {}
        self._n_asked = self._n_elsewhere = 0
        self._last = Found("", Suggestion(0, {}))
        self._decided = ""
        self._again: str | None = None

    def ask(self) -> Suggestion | None:
        """Return the next proposal; None if all members are exhausted."""
        suggestion = self._ahead.take(self._decide_and_ask)
        if suggestion is not None:
            self._begun[suggestion.id] = perf_counter()
        return suggestion

    def ask_again(self, decided: str) -> Suggestion | None:
        """Return the next proposal, where those step back who did."""
        return self._ahead.take(lambda: self._ask(decided, is_timed=False))

    def prepare(self) -> bool:
        """Propose ahead, if that is wanted of all or of the member whose turn comes.

        Those step back who did for the proposal before.
        """
        if not self._looks_ahead and not self._members[self._rule.foretell(away(self._decided))].looks_ahead:
            return False
        return self._ahead.prepare(lambda: self._ask(self._decided, is_timed=True))

    def heed(self, params: Mapping[str, Any]) -> int:
        """Let the members know of a trial that runs elsewhere; numbers of such are below 0."""
        self._n_elsewhere += 1
        number = -self._n_elsewhere
        self._know(point_of(self._space, params), None, params)
        for member in self._members.values():
            member.heed(number, params)
        self._rule.begin()
        return number

    def decide_nothing(self) -> None:
        """Look at no clock from now on."""
        self._costs.stop()

    def tell(self, outcome: Outcome) -> str:
        """Tell the member that proposed it, and let the others know."""
        number = outcome.suggestion_id
        asked = None if number is None else self._asked.pop(number, None)
        by = "" if asked is None else asked.by
        begun = None if number is None else self._begun.pop(number, None)
        if begun is not None:
            self._costs.evaluated(perf_counter() - begun)
        infeasible = outcome.state is OutcomeState.INFEASIBLE
        self._again = asked.decided if asked is not None and infeasible else None
        self._rule.end(outcome, by)
        point = point_of(self._space, outcome.params)
        self._know(point, outcome, outcome.params)
        owners = self._waiting.pop(point, [])
        said = [f"{name}: {self._members[name].tell(outcome, own)}" for name, own in owners]
        if asked is not None and asked.number is not None:
            said.insert(0, f"{by}: {self._members[by].tell(outcome, asked.number)}")
        told = {by, *(name for name, _ in owners)}
        others = [
            one
            for name, one in self._members.items()
            if one.heeds(number) or (name not in told and not infeasible)
        ]
        heard = [one.spec.name for one in others if one.hear(outcome)]
        if heard:
            said.append(f"{', '.join(heard)}: before they propose")
        return "; ".join(said) or "not told: no member learns from trials of others"

    def close(self) -> None:
        """Close the members."""
        self._asked.clear()
        for member in self._members.values():
            member.close()

    def _decide_and_ask(self) -> Suggestion | None:
        decided = self._costs.decide(self._members) if self._again is None else self._again
        return self._ask(decided, is_timed=True)

    def _ask(self, decided: str, *, is_timed: bool) -> Suggestion | None:
        found = self._found(self._rule.order(away(decided)), is_timed=is_timed)
        return None if found is None else self._put_out(found, decided)

    def _put_out(self, found: Found, decided: str) -> Suggestion:
        """Give what was found a number, and tell members of their proposals that are known."""
        self._decline([one for one in found.known if one.suggestion is not found.suggestion])
        self._again, self._decided, self._last = None, decided, found
        number, self._n_asked = self._n_asked, self._n_asked + 1
        own = None if found.by == DRAWN else found.suggestion.id
        self._asked[number] = Asked(found.by, own, decided)
        params = found.suggestion.params
        self._know(point_of(self._space, params), None, params)
        self._rule.begin()
        return Suggestion(number, params, by=found.by, decided=decided)

    def _found(self, names: list[str], *, is_timed: bool) -> Found | None:
        """Return the first proposal that is new; one drawn, or any, where no new one is found."""
        known: list[Known] = []
        used_up = self._space.size is not None and len(self._known) >= self._space.size
        for name in names:
            begun = perf_counter()
            suggestion = self._members[name].ask()
            if is_timed:
                self._costs.asked(name, perf_counter() - begun)
            if suggestion is None:
                continue
            if used_up or point_of(self._space, suggestion.params) not in self._known:
                return Found(name, suggestion, tuple(known))
            known.append(Known(name, suggestion, self._members[name].mark(suggestion)))
        if not known:
            return None
        drawn = self._draw()
        by, suggestion = (known[0].by, known[0].suggestion) if drawn is None else (DRAWN, drawn)
        return Found(by, suggestion, tuple(known), drew=True)

    def _know(self, point: Point, outcome: Outcome | None, params: Mapping[str, Any]) -> None:
        """Know a point, and how its trial ended if it has."""
        self._params.setdefault(point, params)
        self._known[point] = outcome or self._known.get(point)

    def _decline(self, known: list[Known]) -> None:
        """Tell members of points that they proposed and that are known, now or as their trials end."""
        for one in known:
            point = point_of(self._space, one.suggestion.params)
            outcome = self._known[point]
            if outcome is None:
                self._waiting.setdefault(point, []).append((one.by, one.suggestion.id))
            else:
                self._members[one.by].tell(outcome, one.suggestion.id)

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
