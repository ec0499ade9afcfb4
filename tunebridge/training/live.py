"""Which params an objective can change while a trial trains, and the check of rules against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from tunebridge.display.brief import brief
from tunebridge.errors import LiveParamError, ProblemError, SpaceError, did_you_mean
from tunebridge.space.space import Space
from tunebridge.training.rules import Plateau, Schedule

IN_FORCE = frozenset({"next step", "next unit"})
"""From when on a change is in force: the optimizer's next step, or the next epoch, stage or round."""

N_POINTS = 32
"""At how many points of a space a rule is looked at."""


@runtime_checkable
class Live(Protocol):
    """An objective that knows which of its params may change while a trial trains.

    Rules that name a param are checked against it before the first trial.
    """

    def live(self, params: Mapping[str, Any]) -> Mapping[str, str]:
        """Return, by name, when a change is in force, or why it never would be.

        Args:
            params: The flat params of a trial.

        Returns:
            "next step", "next unit", or the reason against it. What is not known is left out.
        """


def check_rules(objective: object, space: Space, rules: Sequence[Callable[..., Any]]) -> None:
    """Refuse rules for params that no trial could change.

    Args:
        objective: One that is not `Live` says nothing.
        space: Where its trials are.
        rules: Those with a `name` are checked.

    Raises:
        ProblemError: The space has no param that a `Plateau` or a `Schedule` names.
        LiveParamError: In all points of the space that were looked at, a param cannot change.
    """
    known = {node.name for node in space.nodes}
    for rule in rules:
        if isinstance(rule, Plateau | Schedule) and rule.name not in known:
            hint = did_you_mean(rule.name, known)
            raise ProblemError(f"{brief(rule)}: no param is called {rule.name!r}", hint=hint)
    named = [getattr(rule, "name", None) for rule in rules]
    wanted = [name for name in named if isinstance(name, str)]
    refusals = never_live(objective, space, wanted)
    if refusals:
        raise LiveParamError.of(
            f"{brief(objective)} cannot change while it trains:",
            refusals,
            hint="let the rule change another param, or leave this one to the backend",
        )


def fixed_at(objective: object, params: Mapping[str, Any]) -> set[str]:
    """Return the names of params that a trial with these could not change, as far as that is known."""
    if not isinstance(objective, Live):
        return set()
    return {name for name, when in objective.live(params).items() if when not in IN_FORCE}


def never_live(objective: object, space: Space, wanted: Sequence[str]) -> dict[str, str]:
    """Return why params can change nowhere, the commonest reason of each.

    A point is looked at only as long as some param has not been seen to change.

    Args:
        objective: One that is not `Live` says nothing.
        space: Where its trials are.
        wanted: Flat names.
    """
    if not isinstance(objective, Live):
        return {}
    reasons: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    for seed in range(N_POINTS):
        if not reasons:
            break
        try:
            found = objective.live(space.sample(seed))
        except SpaceError:
            continue
        for name in reasons.keys() & found.keys():
            if found[name] in IN_FORCE:
                del reasons[name]
            else:
                reasons[name][found[name]] += 1
    return {name: seen.most_common(1)[0][0] for name, seen in reasons.items() if seen}
