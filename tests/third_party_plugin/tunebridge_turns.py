"""Two samplers that take turns and share one history, as a backend: sessions that own those of others.

It goes on from kept states, and proposes ahead, where all its members do.
"""

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
        restorable=True,
        prepares=True,
    )
    spec = tb.BackendSpec(
        name="turns:two",
        summary="two samplers take turns",
        translate=translate,
        open=TurnsSession,
        capabilities=able,
        options=("members", "lookahead"),
        rules={"lookahead": tb.Ahead.RULE},
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
        looks_ahead = bool(request.options.get("lookahead")) and all(_able(name).prepares for name in wanted)
        self._members = {
            name: tb.backend(name).spec.open_member(
                request,
                {**options, "lookahead": 1} if looks_ahead else options,
                seed=(request.seed + place) % 2**32,
            )
            for place, (name, options) in enumerate(wanted.items())
        }
        self._asked: list[tuple[str, int]] = []

    def ask(self) -> tb.Suggestion | None:
        """Return what the next member proposes."""
        suggestion = self._members[self._next].ask()
        return None if suggestion is None else self._put_out(suggestion)

    def prepare(self) -> bool:
        """Have the next member propose ahead."""
        session = self._members[self._next]
        return isinstance(session, tb.Preparing) and session.prepare()

    def mark(self, suggestion: tb.Suggestion) -> Mapping[str, Any]:
        """Return what the member that proposed it keeps of it."""
        name, own = self._asked[suggestion.id]
        session = self._members[name]
        return session.mark(replace(suggestion, id=own)) if isinstance(session, tb.Restorable) else {}

    def state(self) -> Mapping[str, Any] | None:
        """Return the states of the members; None if one cannot be kept."""
        states = {name: _state(session) for name, session in self._members.items()}
        return None if None in states.values() else states

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> tb.Suggestion:
        """Let the next member take up what it proposed."""
        name = self._next
        session = self._members[name]
        if isinstance(session, tb.Restorable):
            return self._put_out(session.take_up(params, mark))
        if isinstance(session, tb.Recalling):
            return self._put_out(session.recall(params))
        raise LookupError(f"{name} neither recalls nor is restorable")

    def restore(self, state: Mapping[str, Any]) -> None:
        """Give the members their states."""
        for name, session in self._members.items():
            if isinstance(session, tb.Restorable):
                session.restore(state[name])

    def tell(self, outcome: tb.Outcome) -> str:
        """Tell who proposed it, and the others of a trial that is not theirs."""
        number = outcome.suggestion_id
        by, own = ("", None) if number is None else self._asked[number]
        said = {
            name: session.tell(_as_told(outcome, own if name == by else None))
            for name, session in self._members.items()
        }
        return "; ".join(f"{name}: {how}" for name, how in said.items())

    @property
    def _next(self) -> str:
        """Whose turn it is."""
        return list(self._members)[len(self._asked) % len(self._members)]

    def _put_out(self, suggestion: tb.Suggestion) -> tb.Suggestion:
        """Give what a member proposed a number of our own."""
        name = self._next
        self._asked.append((name, suggestion.id))
        return tb.Suggestion(len(self._asked) - 1, suggestion.params, by=name)

    def close(self) -> None:
        """Close the members."""
        for session in self._members.values():
            session.close()


def _state(session: tb.Session) -> Mapping[str, Any] | None:
    """Return the state of a member, empty if recalling is enough."""
    if isinstance(session, tb.Restorable):
        return session.state()
    return {} if isinstance(session, tb.Recalling) else None


def _able(name: str) -> tb.Capabilities:
    return tb.backend(name).spec.capabilities


def _as_told(outcome: tb.Outcome, number: int | None) -> tb.Outcome:
    return replace(outcome, suggestion_id=number)
