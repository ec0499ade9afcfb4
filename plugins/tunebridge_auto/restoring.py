"""The session of `auto` as it goes on from a state that was kept.

The rule follows from what was told and from counts, so it is repeated. Members take up what they proposed,
and are given their states; those that recall have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge import Suggestion
from tunebridge.space.natural import point_of
from tunebridge_auto.costs import away
from tunebridge_auto.session import DRAWN, MOST_DRAWS, AutoSession, Found, Known


class RestorableAuto(AutoSession):
    """A session whose state can be kept if those of its members can; it is opened as `AutoSession` is."""

    def mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        """Return whose proposal it is, and what led to it."""
        found, asked = self._last, self._asked[suggestion.id]
        first = found.known[0].suggestion if found.known else None
        is_new = found.suggestion is not first and found.by != DRAWN
        parts = {
            "by": found.by,
            "own": dict(self._members[found.by].mark(found.suggestion)) if is_new else {},
            "known": [[one.by, self._place(one), dict(one.mark)] for one in found.known],
            "drew": found.drew,
            "decided": asked.decided,
        }
        return {name: part for name, part in parts.items() if part}

    def state(self) -> Mapping[str, Any] | None:
        """Return the states of the members that were asked; None if one cannot be kept."""
        states = {name: one.state() for name, one in self._members.items() if one.is_open}
        return None if None in states.values() else {"members": states}

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Repeat a turn, in which members take up what they proposed."""
        by, decided = mark["by"], mark.get("decided", "")
        self._rule.order(away(decided))
        points = list(self._params.values())
        known = [
            Known(name, self._members[name].take_up(points[place], own), own)
            for name, place, own in mark.get("known", ())
        ]
        drew = mark.get("drew", False)
        if drew:
            self._draws.spawn(MOST_DRAWS)
        if by == DRAWN:
            suggestion = Suggestion(0, params)
        elif drew:
            suggestion = known[0].suggestion
        else:
            suggestion = self._members[by].take_up(params, mark.get("own", {}))
        return self._put_out(Found(by, suggestion, tuple(known), drew), decided)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Give the members their states."""
        for name, own in state["members"].items():
            self._members[name].restore(own)

    def _place(self, known: Known) -> int:
        """Return which of the points it is, in the order in which they became known."""
        return list(self._params).index(point_of(self._space, known.suggestion.params))
