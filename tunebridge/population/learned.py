"""Explores by a backend that learns what intervals gain, as PB2 does (Parker-Holder et al., 2020).

How it differs from PB2, which has a Gaussian process with a kernel of its own and moves all copies at once:

- The model is the backend's, and so are the kinds of params: it may propose choices and ordered values, too.
- Its value is the share of the others at the same step that gained less; see `gains.shares`.
- A backend that is `contextual` is told the step with which each interval began, and asked with the step of
  the copy fixed. To others the step would be one more param to choose, so it is left out, and they are told
  the newest intervals only.
- Each copy is proposed from a draw of its own of four in five of the intervals: two that are asked for at the
  same time would be sent to the same place.
- There is nothing to bring back: a session is opened at each copy, and told all anew. So what is proposed
  depends on the intervals told and on the copy's own generator alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.outcome import Outcome, OutcomeState
from tunebridge.contract.session import Contextual, Session, Suggestion
from tunebridge.errors import OptionError
from tunebridge.population.explorer import Exploration, ExplorerRequest, Interval
from tunebridge.population.gains import shares
from tunebridge.problem.problem import Direction
from tunebridge.registry.choice import Backend, backend
from tunebridge.space.node import Node
from tunebridge.space.numeric import Int
from tunebridge.space.space import Space
from tunebridge.translate import check_exploring, check_lossy, check_refused, explain

N_TOLD = 200
"""How many of the newest intervals are told to a backend that knows their steps."""

N_NEWEST = 32
"""How many of the newest intervals are told to one that does not; at least three generations."""

SHARE_TOLD = 0.8
"""The share of them from which a copy is proposed."""

MAX_ASKED = 10
"""How often a session is asked for params that keep the constraints; then the donor's stay."""


class Learned:
    """Asks a backend for the params of each copy.

    Args:
        request: What the study needs.

    Raises:
        UnsupportedError: The backend does not learn, or not from trials of others.
        TranslationError: It cannot propose some param.
        MissingLibraryError: Its library is not installed.
        OptionError: It cannot propose with its options.
    """

    def __init__(self, request: ExplorerRequest) -> None:
        """Check the backend; know of no interval."""
        self._request = request
        self._backend = backend(request.population.explore)
        check_exploring(self._backend)
        self._backend.require()
        for node in request.space.nodes:
            if node.name in request.names:
                translation = explain(Space({node.name: node.parameter}), self._backend)
                check_refused(translation)
                check_lossy(translation, "warn")
        self._seen: list[tuple[Interval, dict[str, str]]] = []
        if self._backend.options:
            self._try_options()

    def _try_options(self) -> None:
        """Have it propose and be told, which must not fail first when some members have trained for long."""
        request = self._request
        nodes = {node.name: node for node in request.space.nodes if node.name in request.names}
        tried = Exploration(member=0, step=0, params={}, names=tuple(nodes), rng=Random(0))
        try:
            _Asked(self._backend, nodes, tried).rehearse()
        except Exception as error:
            raise OptionError(
                f"Population(explore=...): {request.population.explorer} cannot propose: {error}",
                hint=f"mend its options: tunebridge.backend({self._backend.spec.name!r}, ...)",
            ) from error

    def observe(self, interval: Interval) -> None:
        """Keep what an interval gained, and which params were active in it."""
        active = self._request.space.active(interval.params)
        self._seen.append((interval, {name: node.path for name, node in active.items()}))

    def explore(self, copied: Exploration) -> dict[str, Any]:
        """Return what the backend proposes; nothing if that breaks the constraints again and again."""
        if not copied.names:
            return {}
        active = self._request.space.active(copied.params)
        asked = _Asked(self._backend, {name: active[name] for name in copied.names}, copied)
        session = asked.open()
        try:
            for outcome in self._told(asked):
                session.tell(outcome)
            return self._feasible(session, asked)
        finally:
            session.close()

    def _told(self, asked: _Asked) -> Iterator[Outcome]:
        """Yield the intervals in which the same params were active, as outcomes."""
        n_newest = N_TOLD if asked.knows_steps else max(N_NEWEST, 3 * self._request.population.size)
        newest = self._seen[-n_newest:]
        found = zip(newest, shares([one for one, _ in newest], self._request.direction), strict=True)
        fitting = [(one, share) for (one, paths), share in found if share is not None and asked.fits(paths)]
        n_told = round(SHARE_TOLD * len(fitting))
        for place in sorted(asked.copied.rng.sample(range(len(fitting)), n_told)):
            yield asked.outcome(*fitting[place])

    def _feasible(self, session: Session, asked: _Asked) -> dict[str, Any]:
        for _ in range(MAX_ASKED):
            suggestion = asked.ask(session)
            if suggestion is None:
                return {}
            found = {name: suggestion.params[name] for name in asked.nodes}
            if self._request.space.violated({**asked.copied.params, **found}) is None:
                return found
            state = OutcomeState.INFEASIBLE
            session.tell(Outcome(suggestion_id=suggestion.id, params=suggestion.params, state=state))
        return {}


class _Asked:
    """The question that one copy is.

    Args:
        chosen: The backend.
        nodes: The params to propose, by flat name.
        copied: The copy.
    """

    def __init__(self, chosen: Backend, nodes: Mapping[str, Node], copied: Exploration) -> None:
        """Make the space of the params, with the step where the backend can fix it."""
        self._chosen, self.nodes, self.copied = chosen, nodes, copied
        self.knows_steps = chosen.spec.capabilities.contextual
        self._step = _free_name("step", nodes)
        self._next = copied.step + 1
        steps = {self._step: Int(0, self._next)} if self.knows_steps else {}
        self._space = Space({**{name: node.parameter for name, node in nodes.items()}, **steps})

    def open(self) -> Session:
        """Open a session over this space."""
        seed = self.copied.rng.getrandbits(32)
        return self._chosen.spec.open(
            OpenRequest(
                space=self._space,
                translation=explain(self._space, self._chosen),
                options=self._chosen.options,
                directions=(Direction.MAXIMIZE,),
                seed=seed,
                n_trials=None,
                study_name=f"tunebridge-{seed}",
            )
        )

    def fits(self, paths: Mapping[str, str]) -> bool:
        """Return whether an interval had the same params active."""
        return all(paths.get(name) == node.path for name, node in self.nodes.items())

    def outcome(self, interval: Interval, share: float) -> Outcome:
        """Return what the backend is told of an interval."""
        steps = {self._step: min(interval.first, self._next)} if self.knows_steps else {}
        params = {**{name: interval.params[name] for name in self.nodes}, **steps}
        state = OutcomeState.COMPLETE
        return Outcome(suggestion_id=None, params=params, state=state, values=(share,))

    def ask(self, session: Session) -> Suggestion | None:
        """Return what the session proposes for the step of the copy."""
        if isinstance(session, Contextual) and self.knows_steps:
            return session.ask_given({self._step: self._next})
        return session.ask()

    def rehearse(self) -> None:
        """Ask twice, the second time with a first answer told."""
        session = self.open()
        try:
            first = self.ask(session)
            if first is not None:
                done = OutcomeState.COMPLETE
                session.tell(Outcome(suggestion_id=first.id, params=first.params, state=done, values=(0.0,)))
                self.ask(session)
        finally:
            session.close()


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name
