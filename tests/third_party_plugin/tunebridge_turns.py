"""Two samplers that take turns and share one history, as a backend: sessions that own those of others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import tunebridge as tb

MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "optuna:tpe": {"n_startup_trials": 5},
    "hyperopt:tpe": {"n_startup_jobs": 5},
}


@tb.hookimpl
def tunebridge_register_backends(register: Callable[[tb.BackendSpec], None]) -> None:
    """Describe the backend; its members' libraries are imported when they are opened."""
    able = tb.Capabilities(
        conditional=True,
        multi_objective=True,
        learns=True,
        accepts_foreign_trials=True,
        observes_foreign_trials=True,
        learns_from_pruned=True,
        resumes_exactly=True,
    )
    spec = tb.BackendSpec(
        name="turns:two",
        summary="two samplers take turns",
        translate=translate,
        open=TurnsSession,
        capabilities=able,
        options=("members",),
        members=members,
    )
    register(spec)


def members(
    space: tb.Space, directions: Sequence[tb.Direction], options: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """Return those who can optimise so many objectives."""
    wanted: Mapping[str, Mapping[str, Any]] = options.get("members", MEMBERS)
    many = len(directions) > 1
    return {name: wanted[name] for name in wanted if not many or _able(name).multi_objective}


def translate(space: tb.Space, options: Mapping[str, Any]) -> tb.Translation:
    """Hold the translation of each member."""
    chosen = [tb.backend(name, **given) for name, given in options.get("members", MEMBERS).items()]
    return tb.Translation.of_members(
        space, backend="turns:two", members={one.spec.name: tb.explain(space, one) for one in chosen}
    )


class TurnsSession:
    """Asks one member after the other, and tells all of them of every trial."""

    def __init__(self, request: tb.OpenRequest) -> None:
        """Open the members, each with a seed of its own."""
        wanted = members(request.space, request.directions, request.options)
        self._members = {
            name: tb.backend(name).spec.open_member(request, options, seed=(request.seed + place) % 2**32)
            for place, (name, options) in enumerate(wanted.items())
        }
        self._asked: list[tuple[str, int]] = []

    def ask(self) -> tb.Suggestion | None:
        """Return what the next member proposes."""
        name = list(self._members)[len(self._asked) % len(self._members)]
        suggestion = self._members[name].ask()
        if suggestion is None:
            return None
        self._asked.append((name, suggestion.id))
        return tb.Suggestion(len(self._asked) - 1, suggestion.params, by=name)

    def tell(self, outcome: tb.Outcome) -> str:
        """Tell who proposed it, and the others of a trial that is not theirs."""
        number = outcome.suggestion_id
        by, own = ("", None) if number is None else self._asked[number]
        said = {
            name: session.tell(_as_told(outcome, own if name == by else None))
            for name, session in self._members.items()
        }
        return "; ".join(f"{name}: {how}" for name, how in said.items())

    def close(self) -> None:
        """Close the members."""
        for session in self._members.values():
            session.close()


def _able(name: str) -> tb.Capabilities:
    return tb.backend(name).spec.capabilities


def _as_told(outcome: tb.Outcome, number: int | None) -> tb.Outcome:
    return replace(outcome, suggestion_id=number)
