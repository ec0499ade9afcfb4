"""A population at work: who has a turn, who copies whom, and how copies explore."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

from tunebridge.errors import ProblemError
from tunebridge.population.explorer import Exploration, ExplorerRequest
from tunebridge.population.exploring import explorable, explored, generator, movable
from tunebridge.population.opening import open_explorer
from tunebridge.population.population import Population
from tunebridge.population.selection import Standing, donors_of
from tunebridge.problem.problem import Problem
from tunebridge.registry.observers import Observers
from tunebridge.stores.timeline import Timeline
from tunebridge.study.loaded_study import LoadedStudy
from tunebridge.study.member import Member
from tunebridge.study.past_population import PastPopulation
from tunebridge.study.shelf import Shelf
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.lineage import Copy
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.reply import Decision, Reply
from tunebridge.trial.report import Change
from tunebridge.trial.state import TrialState
from tunebridge.trial.writing import LOOP

EXPLORED = "explored"
"""The note of a change that a copy began with."""


class Members:
    """The members of one population after another in a study.

    In a fixed order, or where one runs at a time, nobody goes on from the end of an interval before all are
    there, and all are judged together. Else each is judged as it arrives, by the newest intervals of others.

    Args:
        problem: What they train on.
        population: What the user says of them.
        loaded: Their study.
        shelf: Where checkpoints lie.
        observers: Are told of each copy.
    """

    def __init__(
        self,
        problem: Problem,
        population: Population,
        loaded: LoadedStudy,
        *,
        shelf: Shelf,
        observers: Observers,
    ) -> None:
        """Check what can be explored; nobody has begun."""
        self.refusal: ProblemError | None = None
        """Why the study cannot go on; None if it can."""
        self._problem = problem
        self._population = population
        self._direction = problem.single_direction("a population")
        self._seed = loaded.seed
        self._shelf = shelf
        self._observers = observers
        self._names = explorable(problem, population)
        self._explorer = open_explorer(
            ExplorerRequest(
                space=problem.space,
                names=self._names,
                population=population,
                direction=self._direction,
                seed=loaded.seed,
                study_name=loaded.name,
            )
        )
        self._is_synchronous, self._has_room_for_all = True, False
        self._members: dict[int, Member] = {}
        self._n_begun = 0
        self._turns: deque[Member] = deque()
        self._proposed: deque[OpenTrial] = deque()
        self._past: PastPopulation | None = None
        self._restored: dict[int, Member] = {}

    def remember(self, past: Timeline, again: Sequence[OpenTrial]) -> None:
        """Take in what the study has been through, and the attempts that are made again."""
        self._past = PastPopulation(past, again, population=self._population, shelf=self._shelf)
        self._n_begun = self._past.n_ended % self._population.size

    def place(self, n_jobs: int, *, deterministic: bool) -> None:
        """Take in how many run at a time, and whether in a fixed order."""
        self._is_synchronous = deterministic or n_jobs == 1
        self._has_room_for_all = n_jobs >= self._population.size
        if self._past:
            past, self._past = self._past, None
            self._restore(past)

    def take(
        self, pop: Callable[[], OpenTrial | None], ask: Callable[[], OpenTrial | None]
    ) -> OpenTrial | None:
        """Return a trial that begins as a member; None if the present population has all of its own.

        All that the backend is to propose for a population is asked for at once: how early a member ends, and
        how many run at a time, has no part in it. If the backend has no more, the population is smaller.

        Args:
            pop: Returns what is due before the backend is asked.
            ask: Asks it.
        """
        size = self._population.size
        if not self._members and not self._proposed and self._n_begun >= size:
            self._n_begun = 0
        if self._n_begun >= size:
            return None
        due = pop()
        if due is not None:
            return due
        if not self._proposed:
            self._proposed.extend(islice(iter(ask, None), size - self._n_begun))
        if not self._proposed:
            self._n_begun = size
            return None
        return self._proposed.popleft()

    def begin(self, opened: OpenTrial) -> None:
        """Take in a trial that begins; another attempt at one takes the place of the one before."""
        self._n_begun += 1
        restored = self._restored.pop(opened.number, None)
        member = self._members[opened.number] = restored or Member.of(opened)
        if restored is None and opened.resumed is not None and opened.resumed.value is not None:
            member.n_intervals = self._population.interval(opened.resumed.step)
            member.go_on(opened.resumed.value, opened.resumed.step, member.params)

    def has_arrived(self, opened: OpenTrial) -> bool:
        """Return whether a trial that goes on after a kill is where it waits for the others."""
        return self._members[opened.number].gained is not None

    def is_overdue(self, opened: OpenTrial) -> bool:
        """Note, and return, whether a trial reports on without the checkpoint of an interval that is over."""
        member, step = self._members[opened.number], opened.reports.highest
        if self._population.interval(step) <= member.n_intervals:
            return False
        self.refusal = self._no_checkpoint(member, f"reports on after step {step}")
        return True

    def expects(self, opened: OpenTrial) -> bool:
        """Return whether an interval of a trial is over with its last report, so that it is to be saved."""
        return self._population.interval(opened.reports.highest) > self._members[opened.number].n_intervals

    def written(self, opened: OpenTrial, checkpoint: Checkpoint) -> Reply:
        """Decide on a member as its checkpoint has closed."""
        member = self._members[opened.number]
        n_intervals = self._population.interval(checkpoint.step)
        if n_intervals <= member.n_intervals:
            return Reply(Decision.CONTINUE)
        if member.checkpoint is not None:
            self._shelf.unpin(member.checkpoint)
        self._shelf.pin(checkpoint)
        gained = member.arrive(checkpoint, opened.reports[checkpoint.step].value, n_intervals)
        if self._is_synchronous:
            member.gained = gained
            return Reply(Decision.PAUSE)
        self._explorer.observe(gained)
        copies = self._judge([member])
        return Reply(Decision.CONTINUE if self._has_room_for_all and not copies else Decision.PAUSE)

    def wait(self, opened: OpenTrial) -> None:
        """Take in that the turn of a member is over."""
        member = self._members[opened.number]
        member.waits = True
        if not self._is_synchronous:
            self._turns.append(member)

    def next(self) -> OpenTrial | None:
        """Return the member that goes on next; None while nobody may."""
        if self._is_synchronous and not self._turns:
            self._judge_generation()
        if not self._turns:
            return None
        member = self._turns.popleft()
        member.waits = False
        member.opened.go_on()
        return member.opened

    @property
    def may_go_on(self) -> bool:
        """Whether a member that has begun waits for its turn, which is sure to come."""
        return any(member.waits for member in self._members.values())

    def end(self, opened: OpenTrial, state: TrialState) -> None:
        """Take in the end of a member; the others go on without it, unless it is to be run again.

        Raises:
            ProblemError: It cannot be one of a population: it wrote no checkpoint at the end of an interval.
        """
        member = self._members.pop(opened.number, None)
        if member is None:
            return
        if member.checkpoint is not None:
            self._shelf.unpin(member.checkpoint)
        self._n_begun -= state is TrialState.INTERRUPTED
        if state is TrialState.COMPLETE and member.standing is None:
            last = opened.reports.highest
            ended = "has ended without a report" if last < 0 else f"has ended after step {last}"
            self.refusal = self._no_checkpoint(member, ended)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal

    def _restore(self, past: PastPopulation) -> None:
        """Bring the members that were interrupted to where the study was; those not judged yet are judged."""
        past.observe(self._explorer, is_synchronous=self._is_synchronous)
        self._restored = past.restored(is_synchronous=self._is_synchronous)
        if not (self._is_synchronous and past.now):
            return
        self._members = past.generation()
        judged = [self._members[number] for number in past.unjudged()]
        self._judge(judged)
        for member in judged:
            self._restored[member.number] = member
            member.opened.go_on()
        self._members = {}

    def _judge_generation(self) -> None:
        """Let all that train go on, once all are there."""
        members = [self._members[number] for number in sorted(self._members)]
        if not all(member.waits for member in members):
            return
        for member in members:
            if member.gained is not None:
                self._explorer.observe(member.gained)
                member.gained = None
        self._judge(members)
        self._turns.extend(members)

    def _judge(self, judged: list[Member]) -> bool:
        """Let members copy, and return whether one does."""
        standings = [one.standing for one in self._members.values() if one.standing is not None]
        chosen = []
        for member in judged:
            donors = self._donors(member, standings)
            if donors:
                rng = generator(self._seed, member.number, member.n_intervals)
                chosen.append((member, self._members[rng.choice(donors).member], rng))
        for member, donor, rng in chosen:
            self._copy(member, donor, rng)
        return bool(chosen)

    def _donors(self, member: Member, standings: Sequence[Standing]) -> list[Standing]:
        """Return whom a member may copy, best first.

        Where each is judged as it arrives, a donor that is further has trained on from there: else it may be
        at its end, so that nobody would train with what is explored.
        """
        donors = donors_of(
            member.number, standings, n_copied=self._population.n_copied, direction=self._direction
        )
        if self._is_synchronous:
            return donors
        reached = {number: one.opened.reports.highest for number, one in self._members.items()}
        step = reached[member.number]
        return [one for one in donors if one.step == step or reached[one.member] > one.step]

    def _copy(self, member: Member, donor: Member, rng: Random) -> None:
        """Let a member go on from a donor's checkpoint, with its params, some of them moved."""
        source, standing, own = donor.checkpoint, donor.standing, member.standing
        if source is None or standing is None or own is None:
            raise RuntimeError(f"trial {donor.number} has nothing to copy")
        names = movable(self._problem, self._names, donor.params)
        exploration = Exploration(
            member=member.number, step=source.step, params=donor.params, names=names, rng=rng
        )
        moved = explored(self._problem.space, self._explorer, exploration)
        copy = Copy(
            step=own.step,
            donor=donor.number,
            donor_step=source.step,
            params=donor.params,
            lineage=donor.lineage,
        )
        changes = [Change(own.step, name, value, EXPLORED) for name, value in moved.items()]
        opened, params = member.opened, {**donor.params, **moved}
        opened.schedule += [copy, *changes]
        opened.trial.clear()
        opened.trial.update(params)
        self._shelf.claim(opened, replace(source, changed=moved))
        member.n_intervals = self._population.interval(source.step)
        member.go_on(standing.value, source.step, params)
        self._observers.notify_of(opened, "tunebridge_trial_copied", copied=copy)

    def _no_checkpoint(self, member: Member, what: str) -> ProblemError:
        last = (member.n_intervals + 1) * self._population.every - 1
        return ProblemError(
            f"trial {member.number} {what}, and has written no checkpoint at step {last}, where an interval "
            f"of {self._population.every} steps is over: a population needs one there",
            hint=LOOP,
        )
