"""Opens the session that goes on with a study: exactly where the last one stopped, or told of all before."""

from __future__ import annotations

import json
import platform
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from time import monotonic
from typing import Any

from tunebridge import dependencies
from tunebridge.contract.ahead import looks_ahead
from tunebridge.contract.backend import OpenRequest
from tunebridge.contract.beyond import Beyond
from tunebridge.contract.joining import Joins
from tunebridge.display.printable import logger_of
from tunebridge.errors import StoreError
from tunebridge.policy import Policy
from tunebridge.registry.bounds import bound_of
from tunebridge.registry.choice import Backend, ChosenPruner
from tunebridge.result.carried import EXCLUDED, Carried
from tunebridge.stores.kept_session import KeptSession
from tunebridge.stores.timeline import Attempt, Segment
from tunebridge.study.ask_tell import AskTell, Diverged, Failed
from tunebridge.study.evaluated import EvaluatedPoints
from tunebridge.study.grown_study import warn_of_untried
from tunebridge.study.interrupted_trials import interrupted_trials
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.study.outcomes import outcome_of
from tunebridge.study.seeds import segment_seed

logger = logger_of(__name__)

SHARED = "of processes that share it each proposes for itself"
"""Why no session goes on in a study that is shared by a backend that learns."""

PLACE = itemgetter(0)
"""Of an event, its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A session that is ready to go on."""

    ask_tell: AskTell
    """The session."""
    evaluated: EvaluatedPoints
    """The points that were evaluated before."""
    index: int
    """Place of its segment among those of the study."""
    new_segment: Segment | None = None
    """Its segment, if it is a new one."""
    pending: Mapping[int, int] = field(default_factory=dict)
    """Suggestions that wait for their end: the session's id by trial number."""
    carried: Carried | None = None
    """What the session was told of; None if there was nothing."""
    learns_from_others: bool = False
    """Whether it learns from what other processes find that share the study."""


class Resumer:
    """Goes on with a study.

    Args:
        loaded: The study.
        chosen: The backend that goes on.
        pruner: The study's pruner.
        request: What a session is opened with, but for its own seed and number of trials.
        policy: What the study does when something is not as it should be.
        failed: Makes the error of a study that cannot go on.
    """

    def __init__(
        self,
        loaded: LoadedStudy,
        *,
        chosen: Backend,
        pruner: ChosenPruner | None,
        request: OpenRequest,
        policy: Policy,
        failed: Failed,
    ) -> None:
        """Hold what is needed."""
        self._loaded = loaded
        self._past = loaded.past
        self._able = chosen.spec.capabilities
        self._is_shared = loaded.recorder is not None and loaded.recorder.shared is not None
        self._bound = bound_of(chosen)
        self._open_session = chosen.spec.open
        self._request = request
        self._policy = policy
        self._failed = failed
        recorder = loaded.recorder
        self._keeps_sessions = self._able.restorable and recorder is not None and recorder.keeps_sessions
        self._wanted = _segment(loaded, chosen, pruner, request, restorable=self._keeps_sessions)
        self._last = self._last_own()

    def resume(self) -> Resumed:
        """Return the last session brought back if that can be, or else a new one."""
        if not self._past.segments:
            return self._begin_anew("")
        reason = self._why_anew()
        is_another = self._is_shared and self._able.joins is Joins.EXACT and self._past_own.shared
        if reason and is_another and self._past_own.backend == self._wanted.backend:
            raise StoreError(
                f"the study {self._loaded.name!r} is shared as another one: {reason}",
                hint="processes that share a study run the same script, with the same libraries",
            )
        if reason:
            return self._begin_anew(reason)
        try:
            return self._restored() or self._bring_back(None)
        except Diverged as diverged:
            return self._begin_anew(str(diverged))

    def _last_own(self) -> int:
        """Return the place of the session that may go on: the last one, or where others share the study, own.

        A backend that is exact has one session in a study, whoever else proposes beside it.
        """
        segments = self._past.segments
        place = len(segments) - 1
        if self._able.joins is Joins.EXACT:
            while place > 0 and segments[place].shared and segments[place].backend != self._wanted.backend:
                place -= 1
        is_own = place >= 0 and segments[place].backend == self._wanted.backend
        return place if is_own else len(segments) - 1

    @property
    def _past_own(self) -> Segment:
        return self._past.segments[self._last]

    def _why_anew(self) -> str:
        """Return why the last session cannot be brought back, as far as that is known beforehand."""
        if self._loaded.news:
            return self._loaded.news
        last, wanted = self._past_own, self._wanted
        if (self._is_shared or last.shared) and self._able.joins is not Joins.EXACT:
            return SHARED
        if last.backend != wanted.backend:
            return f"{last.backend} proposed before"
        if self._past.exclusions.news and not self._able.independent:
            return self._past.exclusions.news
        pairs = {what: (getattr(last, what), getattr(wanted, what)) for what in ("options", "settings")}
        pairs["versions"] = _of_others(last.versions), _of_others(wanted.versions)
        for what, (before, now) in pairs.items():
            if before != now:
                return f"its {what} changed: {_changes(before, now)}"
        if last.pruner != wanted.pruner:
            return f"its pruner was {_shown(last.pruner)}, and is {_shown(wanted.pruner)}"
        if (
            interrupted_trials(self._past)
            and self._policy.interrupted == "drop"
            and self._able.observes_foreign_trials
        ):
            return "interrupted trials were dropped"
        return "" if self._able.resumes_exactly else "it cannot be brought back exactly"

    def _restored(self) -> Resumed | None:
        """Return the last session, brought back by the state that was kept; None if that cannot be."""
        kept = self._loaded.session
        is_last = kept is not None and kept.segment == self._last
        if not (is_last and self._keeps_sessions):
            return None
        try:
            return self._bring_back(kept)
        except Diverged as diverged:
            logger.info("the sampler is asked again: %s", diverged)
            return None

    def _bring_back(self, kept: KeptSession | None) -> Resumed:
        """Ask and tell the last session again.

        Args:
            kept: The state that it had before one of the asks; those before that one are not made then.

        Raises:
            Diverged: It is another one now.
        """
        evaluated = EvaluatedPoints(self._request.space)
        ask_tell = self._open(self._past_own, evaluated)
        try:
            pending = self._repeat(ask_tell, evaluated, kept)
        except Diverged:
            ask_tell.close()
            raise
        told = self._excluded() + Counter(_kind(one, one.record.told) for _, one in self._past.told)
        return Resumed(
            ask_tell=ask_tell,
            evaluated=evaluated,
            index=self._last,
            pending=pending,
            carried=Carried(
                backend=self._wanted.backend,
                exact=True,
                reason="",
                told=told,
                bound=self._bound,
                left_out=self._loaded.left_out,
            ),
        )

    def _repeat(
        self, ask_tell: AskTell, evaluated: EvaluatedPoints, kept: KeptSession | None
    ) -> dict[int, int]:
        """Ask and tell as it was done before; return the suggestions that wait for their end."""
        index, end = self._last, monotonic() + self._policy.max_replay_seconds
        asked = [(one.origin.asked, one) for one in self._past.attempts if one.origin.segment == index]
        asks = sorted(((place, one) for place, one in asked if place is not None), key=PLACE)
        events = [(place, True, one) for place, one in asks]
        events += [(place, False, one) for place, one in self._past.told]
        prepared = deque(self._past.prepared)
        pending: dict[int, int] = {}
        for place, is_ask, one in sorted(events, key=PLACE):
            if kept is not None and place == kept.asked:
                ask_tell.restore(kept)
                kept = None
            while prepared and prepared[0] < place:
                _foresee(ask_tell, prepared.popleft(), asks, may_ask=kept is None)
            if monotonic() > end:
                raise Diverged(f"to bring it back exactly takes over {self._policy.max_replay_seconds:g} s")
            number = one.record.number
            if is_ask:
                bring = ask_tell.repeat if kept is None else ask_tell.take_up
                pending[number] = bring(one.record.params, one.origin)
                continue
            own = one.origin.segment == index
            ask_tell.tell(outcome_of(one.record, pending.pop(number) if own else None))
            evaluated.add(one.record, imported=one.imported)
        for one in self._past.excluded:  # only of a session that draws the same whatever it is told
            pending.pop(one.record.number, None)
        if kept is not None:
            raise Diverged("the trial that followed the state is not there")
        return pending

    def _begin_anew(self, reason: str) -> Resumed:
        """Open a new session, and tell it of everything that is over."""
        evaluated = EvaluatedPoints(self._request.space)
        ask_tell = self._open(self._wanted, evaluated)
        told = self._excluded()
        for _, one in self._past.told:
            told[_kind(one, ask_tell.tell(outcome_of(one.record, None)))] += 1
            evaluated.add(one.record, imported=one.imported)
        left_out = self._loaded.left_out
        carried = Carried(
            backend=self._wanted.backend,
            exact=False,
            reason=reason,
            told=told,
            bound=self._bound,
            left_out=left_out,
        )
        if told or left_out:
            logger.warning("%s", carried)
        if self._able.observes_foreign_trials:
            warn_of_untried(self._loaded.untried, self._wanted.backend)
        return Resumed(
            ask_tell=ask_tell,
            evaluated=evaluated,
            index=len(self._past.segments),
            new_segment=replace(self._wanted, restorable=ask_tell.is_restorable),
            carried=carried if told or left_out else None,
            learns_from_others=self._is_shared and self._able.joins is Joins.LEARNING,
        )

    def _excluded(self) -> Counter[tuple[str, str, str]]:
        """Return how many trials are not told because they are excluded."""
        return Counter(_kind(one, EXCLUDED) for one in self._past.excluded)

    def _open(self, segment: Segment, evaluated: EvaluatedPoints) -> AskTell:
        request = replace(self._request, seed=segment.seed, n_trials=segment.n_trials)
        return AskTell(
            self._open_session(request),
            backend=segment.backend,
            space=request.space,
            looks_ahead=looks_ahead(request.options),
            takes_foreign=self._able.takes_foreign_trials,
            beyond=Beyond(request.directions, self._able),
            resampled=evaluated if self._skips_evaluated else None,
            is_finite=self._able.finite,
            is_stored=self._loaded.recorder is not None,
            is_restorable=segment.restorable and self._keeps_sessions,
            failed=self._failed,
        )

    @property
    def _skips_evaluated(self) -> bool:
        """Whether points are passed over that have been evaluated; in a larger grid, those of the smaller."""
        return self._policy.on_duplicate == "resample" or (self._able.finite and bool(self._loaded.grown))


def _foresee(ask_tell: AskTell, place: int, asks: Sequence[tuple[int, Attempt]], *, may_ask: bool) -> None:
    """Have a session propose ahead as it did at a place; the next ask of those that were made has taken it.

    Raises:
        Diverged: It cannot without being asked, and may not.
    """
    following = bisect_right(asks, place, key=PLACE)
    if following < len(asks):
        _, taken = asks[following]
        ask_tell.foresee(taken.record.params, taken.origin, asks=may_ask)
    elif may_ask:
        ask_tell.prepare(side_by_side=True)
    else:
        raise Diverged("the trial that followed the state is not there")


def _segment(
    loaded: LoadedStudy,
    chosen: Backend,
    pruner: ChosenPruner | None,
    request: OpenRequest,
    *,
    restorable: bool,
) -> Segment:
    """Return the segment of a session that would be opened now; one in memory is compared to none."""
    recorder = loaded.recorder
    compared = {} if recorder is None else _compared(chosen, pruner)
    return Segment(
        backend=chosen.spec.name,
        **compared,
        seed=segment_seed(loaded.seed, len(loaded.past.segments)),
        n_trials=request.n_trials,
        not_asked=dict(request.translation.left_out),
        start=max([loaded.past.n_events, *(1 + one.start for one in loaded.past.segments)]),
        restorable=restorable,
        shared=recorder is not None and recorder.shared is not None,
        grown=loaded.grows,
    )


def _compared(chosen: Backend, pruner: ChosenPruner | None) -> dict[str, Any]:
    """Return what has to be the same for a session to be brought back, by the names in its segment."""
    names = ("tunebridge", *chosen.requires)
    installed = {name: dependencies.installed_version(name) for name in names}
    return {
        "options": _as_json(chosen.options),
        "settings": _as_json(chosen.spec.settings(chosen.options)),
        "versions": {"python": platform.python_version(), **installed},
        "pruner": "" if pruner is None else f"{pruner.spec.name} {_as_json(pruner.options)}",
    }


def _of_others(versions: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the versions without tunebridge's own: what another one proposes is checked, ask by ask."""
    return {name: version for name, version in versions.items() if name != "tunebridge"}


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return what differs between two mappings, entry by entry."""
    entries = [
        (name, *(repr(given[name]) if name in given else "not given" for given in (before, now)))
        for name in {**before, **now}
    ]
    return "; ".join(f"{name} was {was}, and is {now_is}" for name, was, now_is in entries if was != now_is)


def _shown(pruner: str) -> str:
    """Return a segment's pruner to be read: its options only if there are some."""
    return pruner.removesuffix(" {}") or "none"


def _as_json(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as they come back from JSON; what it has no form for is shown as text."""
    read: dict[str, Any] = json.loads(json.dumps(dict(options), default=repr))
    return read


def _kind(attempt: Attempt, how: str) -> tuple[str, str, str]:
    return attempt.record.backend, attempt.record.state.name, how
