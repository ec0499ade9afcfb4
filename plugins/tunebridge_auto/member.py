"""One member of `auto`: a session that is told of all trials by the time it is asked.

It is opened when it is first asked, so that a library nobody asks is not imported; one with options that
somebody gave is opened at once, so that what is wrong with them is said before the first trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tunebridge import (
    BackendSpec,
    Beyond,
    Heeding,
    OpenRequest,
    Outcome,
    Recalling,
    Restorable,
    Session,
    Suggestion,
)
from tunebridge_auto.space import own_options


class Member:
    """A member, and what it has not been told yet.

    Args:
        spec: Its backend.
        options: Its options.
        request: What the study of all members was opened with.
    """

    def __init__(self, spec: BackendSpec, options: Mapping[str, Any], request: OpenRequest) -> None:
        """Open it if somebody gave it options."""
        self.spec = spec
        self._options = options
        self._request = request
        self._untold: list[Outcome] = []
        self._beyond = Beyond(request.directions, spec.capabilities)
        self._elsewhere: dict[int, Mapping[str, Any]] = {}
        self._heeded: dict[int, int] = {}
        own = own_options(spec, request.space, ahead=True)
        is_given = not options.items() <= own.items()
        self._session = self._opened() if is_given else None

    def ask(self) -> Suggestion | None:
        """Return what it proposes, told of everything; None if it is exhausted."""
        return self._told().ask()

    def tell(self, outcome: Outcome, number: int) -> str:
        """Tell it of the end of one of its own proposals, and return how its library was told."""
        session = self._told()
        said, note = self._beyond.told(outcome)
        return session.tell(replace(said, suggestion_id=number)) + note

    def heed(self, number: int, params: Mapping[str, Any]) -> None:
        """Keep it until it is asked next that a trial runs elsewhere, if that matters to it."""
        if self.spec.capabilities.heeds_pending:
            self._elsewhere[number] = params

    def heeds(self, number: int | None) -> bool:
        """Return whether it knows of a trial that runs elsewhere."""
        return number in self._heeded

    def hear(self, outcome: Outcome) -> bool:
        """Keep the end of another's trial until it is asked next; return whether it learns from such."""
        able, number = self.spec.capabilities, outcome.suggestion_id
        own = None if number is None else self._heeded.pop(number, None)
        if number is not None:
            self._elsewhere.pop(number, None)
        if able.takes_foreign_trials:
            self._untold.append(replace(outcome, suggestion_id=own))
        return able.observes_foreign_trials

    def mark(self, suggestion: Suggestion) -> Mapping[str, Any]:
        """Return what `take_up` needs of what it has just proposed beside its params."""
        session = self._told()
        return session.mark(suggestion) if isinstance(session, Restorable) else {}

    def take_up(self, params: Mapping[str, Any], mark: Mapping[str, Any]) -> Suggestion:
        """Take up a proposal of an earlier run, told of everything; its sampler is not asked.

        Raises:
            LookupError: It cannot.
        """
        session = self._told()
        if isinstance(session, Restorable):
            return session.take_up(params, mark)
        if isinstance(session, Recalling):
            return session.recall(params)
        raise LookupError(f"{self.spec.name} neither recalls nor is restorable")

    @property
    def looks_ahead(self) -> bool:
        """Whether it proposes ahead when its turn comes, where trials run side by side."""
        return bool(self._options.get("lookahead"))

    @property
    def is_open(self) -> bool:
        """Whether its session is opened."""
        return self._session is not None

    def state(self) -> Mapping[str, Any] | None:
        """Return the state of its session, empty if recalling is enough; None if it cannot be kept."""
        if isinstance(self._session, Restorable):
            return self._session.state()
        return {} if isinstance(self._session, Recalling) else None

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        if self._session is None:
            self._session = self._opened()
        if isinstance(self._session, Restorable):
            self._session.restore(state)

    def close(self) -> None:
        """Close its session, if it has one."""
        if self._session is not None:
            self._session.close()

    def _told(self) -> Session:
        if self._session is None:
            self._session = self._opened()
        untold, self._untold = self._untold, []
        for outcome in untold:
            self._session.tell(self._beyond.told(outcome)[0])
        elsewhere, self._elsewhere = self._elsewhere, {}
        for number, params in elsewhere.items():
            if isinstance(self._session, Heeding):
                self._heeded[number] = self._session.heed(params)
        return self._session

    def _opened(self) -> Session:
        seed = _seed(self._request.seed, self.spec.name)
        return self.spec.open_member(self._request, self._options, seed=seed)


def _seed(seed: int, name: str) -> int:
    """Return the seed of a member, whoever the others are."""
    return int(np.random.SeedSequence(seed, spawn_key=tuple(name.encode())).generate_state(1)[0])
