"""A backend: what it can do, how it is registered, and what its session is opened with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunebridge.contract.joining import Joins
from tunebridge.contract.pruner import Pruner
from tunebridge.contract.session import Session
from tunebridge.contract.spec import PluginSpec
from tunebridge.contract.translation import Prior, Translation
from tunebridge.problem.problem import Direction
from tunebridge.space.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; every `True` is proved by the contract suite."""

    conditional: bool = False
    """Proposes spaces with branches."""
    multi_objective: bool = False
    """Optimises several objectives."""
    learns: bool = False
    """Its proposals move toward where the values that it is told are better, and away from the worse."""
    accepts_foreign_trials: bool = False
    """`tell` takes trials that the session did not propose, in any state, and says what becomes of them. One
    without it is never told of them, and `TrialRecord.told` says so."""
    observes_foreign_trials: bool = False
    """Learns from trials that it did not propose; it accepts them, then."""
    learns_from_pruned: bool = False
    """Learns from the reports of pruned trials."""
    finite: bool = False
    """Visits every point of a finite space once, then is exhausted."""
    resumes_exactly: bool = False
    """Asked and told again in the same order, it proposes the same: a killed study goes on unchanged."""
    contextual: bool = False
    """Its sessions can be asked with some params fixed, and take them into account: see `Contextual`."""
    heeds_pending: bool = False
    """Its proposals keep away from trials that run elsewhere, as its sessions can be told: see `Heeding`."""
    remembers: bool = False
    """Takes the option `remember`: its sampler is told of no more than so many trials, see `Remembered`."""
    restorable: bool = False
    """Its sessions go on from a state that was kept, without asking the sampler again: see `Restorable`."""
    prepares: bool = False
    """Takes the option `lookahead`: its sessions propose while trials run, see `Preparing`."""
    limits: bool = False
    """Its sessions look at `Outcome.limits`, and stay away from trials beyond them in the library's own way.
    Those of others are told of such a trial by a worse value: see `Beyond`."""
    independent: bool = False
    """Its proposals do not depend on what it is told, so all of them may be asked for at once."""
    needs_budget: bool = False
    """Plans its search over the whole study: `OpenRequest.n_trials` is never None. Without `n_trials` a study
    is refused before its first trial."""

    @property
    def joins(self) -> Joins:
        """What it means for the backend that several processes share a study."""
        if self.independent and self.resumes_exactly:
            return Joins.EXACT
        return Joins.LEARNING if self.observes_foreign_trials else Joins.REFUSED

    @property
    def joins_not(self) -> str:
        """Why processes cannot share a study; empty where they can."""
        if self.joins is not Joins.REFUSED:
            return ""
        if self.learns:
            return "it learns from its own proposals alone"
        if self.independent:
            return "another session does not propose the same, so its proposals cannot be divided"
        return "each session makes the same proposals, and hears nothing of the others"

    @property
    def takes_foreign_trials(self) -> bool:
        """Whether sessions are told of trials that they did not propose."""
        return self.accepts_foreign_trials or self.observes_foreign_trials


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """All that a session needs to know about its study."""

    space: Space
    """The declared space."""
    translation: Translation
    """The same space in the backend's words."""
    options: Mapping[str, Any]
    """The backend's options, those given by the user; names are checked."""
    directions: tuple[Direction, ...]
    """One per objective."""
    seed: int
    """The study's seed, 0 <= seed < 2**32, to hand to the library unchanged."""
    n_trials: int | None
    """Trials of the whole study, if limited. A session that is brought back exactly gets the number with
    which it was first opened, and may be asked for more: the study may go on for longer now."""
    study_name: str
    """The study's name; some libraries draw from it."""
    pruner: Pruner | None = None
    """The study's open pruner; a library whose sampler depends on its own pruner may recognise it."""


Members = Callable[[Space, Sequence[Direction], Mapping[str, Any]], Mapping[str, Mapping[str, Any]]]
"""Takes a space, directions and the options given; returns the options of each member, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec(PluginSpec):
    """A backend as a plugin registers it; its name is `library:sampler`."""

    translate: Callable[[Space, Mapping[str, Any]], Translation]
    """Turn a space, with the backend's options, into its translation; a pure function."""
    open: Callable[[OpenRequest], Session]
    """Start a session; imports the library."""
    capabilities: Capabilities = Capabilities()
    """What it can do."""
    prior: Prior = Prior.DECLARED
    """Where its sampler begins."""
    explores: bool = True
    """Whether a population may let it move params: it is opened for one proposal, and told of intervals.
    False for one that moves step by step from trials of its own."""
    default: bool = False
    """Whether the bare library name means this sampler."""
    settings: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    """Return the sampler's effective settings, the library's defaults included, for the options given."""
    members: Members | None = None
    """Of a backend whose sessions own those of others: which, for a problem. It has an option `members`, too,
    under which a study records what this returned, and which stays the same as the study goes on. In another
    space it is asked again, with those members as that option, and returns those who can take the space."""

    @property
    def library(self) -> str:
        """The part of the name before the colon."""
        return self.name.partition(":")[0]

    def open_member(self, request: OpenRequest, options: Mapping[str, Any], *, seed: int) -> Session:
        """Open a session of this backend for one that owns it: the same study, under options of its own.

        Args:
            request: What the owner was opened with; its translation holds that of this member, or it is made.
            options: This member's options.
            seed: This member's seed, 0 <= seed < 2**32.
        """
        made = request.translation.members.get(self.name)
        translation = self.translate(request.space, options) if made is None else made
        return self.open(replace(request, translation=translation, options=options, seed=seed))
