"""A population as a store has it: its members are brought to where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tunebridge.errors import StoreError
from tunebridge.population.explorer import Explorer
from tunebridge.population.population import Population
from tunebridge.stores.timeline import Timeline
from tunebridge.study.interrupted_trials import last_attempts
from tunebridge.study.member import Member
from tunebridge.study.past_member import PastMember
from tunebridge.study.shelf import Shelf
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.lineage import Copy
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.report import Change
from tunebridge.trial.trial import Trial


class PastPopulation:
    """The members that a study has had, and those that were interrupted.

    Args:
        past: What the study has been through.
        again: The attempts that are made again.
        population: What the user says of the population.
        shelf: Where checkpoints lie.
    """

    def __init__(
        self, past: Timeline, again: Sequence[OpenTrial], *, population: Population, shelf: Shelf
    ) -> None:
        """Take in the last attempt at each member."""
        last = last_attempts(past)
        self._members = {number: PastMember(one, population) for number, one in last.items()}
        self._again = {opened.number: opened for opened in again}
        self._population = population
        self._shelf = shelf
        self._present = {number // population.size for number in self._again}
        least = min((self._members[number].n_intervals for number in self._again), default=0)
        self.now = 0 if self._is_first(least) and self._is_begun_in_part() else least
        """After how many intervals all that were interrupted were judged, or are to be now."""

    def __len__(self) -> int:
        """How many members there have been."""
        return len(self._members)

    @property
    def n_ended(self) -> int:
        """How many have ended."""
        return sum(one.record.state.counts for one in self._members.values())

    def observe(self, explorer: Explorer, *, is_synchronous: bool) -> None:
        """Tell the explorer again of all intervals that it had been told of."""
        size = self._population.size
        for first in range(0, len(self._members), size):
            numbers = range(first, first + size)
            members = [self._members[number] for number in numbers if number in self._members]
            most = max((one.n_intervals for one in members), default=0)
            last = self.now if is_synchronous and first // size in self._present else most
            for n_intervals in range(1, last + 1):
                for one in members:
                    is_there = n_intervals in one.arrivals and one.n_intervals >= n_intervals
                    if is_there and one.record.excluded is None:
                        explorer.observe(one.gained(n_intervals, self._members))

    def restored(self, *, is_synchronous: bool) -> dict[int, Member]:
        """Return the interrupted members by number, where they were; copies are made as they were."""
        restored = {}
        for number, opened in self._again.items():
            one = self._members[number]
            member = restored[number] = Member.of(opened)
            self._check_there(one, opened)
            if not one.n_intervals:
                continue
            if one.copied(one.n_intervals) and self._is_there(one):
                self._repeat_copy(member, one)
            elif not (is_synchronous and self._is_there(one)):
                self._stand(member, one, one.n_intervals)
            elif one.n_intervals > self.now:
                self._arrive_again(member, one)
        return restored

    def generation(self) -> dict[int, Member]:
        """Return all that were judged, or were to be, when all had been through `now` intervals."""
        size = self._population.size
        members = {}
        for number, one in self._members.items():
            if number // size in self._present and one.n_intervals >= self.now:
                members[number] = Member.of(self._again.get(number) or _ended(one))
                self._stand(members[number], one, self.now)
        return members

    def unjudged(self) -> list[int]:
        """Return the numbers of those of that generation that have not gone on, and have copied nobody."""
        return [
            number
            for number in sorted(self._again)
            if self._members[number].n_intervals == self.now
            and self._is_there(self._members[number])
            and not self._members[number].copied(self.now)
        ]

    def _is_first(self, n_intervals: int) -> bool:
        """Return whether nobody came to the end of an interval before."""
        return not any(self._members[number].before(n_intervals) for number in self._again)

    def _is_begun_in_part(self) -> bool:
        """Return whether some of a population have not begun, so that nobody has been judged yet."""
        size = self._population.size
        begun = [one for number, one in self._members.items() if number // size in self._present]
        arrived = [one for one in begun if one.n_intervals]
        return len(begun) < size * len(self._present) and all(map(self._is_there, arrived))

    def _check_there(self, one: PastMember, opened: OpenTrial) -> None:
        """Raise StoreError if a member wrote a checkpoint that is gone."""
        step = one.attempt.checkpoint
        if step is None or opened.checkpoints.last is not None:
            return
        path = self._checkpoint(one, step).path
        raise StoreError(
            f"the checkpoint of trial {opened.number} at step {step} is not there any more: {path}",
            hint="put the folder back, or begin a study of another name: members go on from each other's",
        )

    def _is_there(self, one: PastMember) -> bool:
        """Return whether a member has not gone on from the end of its last interval, as far as is known."""
        return one.attempt.checkpoint == one.arrival(one.n_intervals).step

    def _arrive_again(self, member: Member, one: PastMember) -> None:
        """Let a member wait at the end of an interval, as it did."""
        member.go_on(*one.began(one.before(one.n_intervals), self._members))
        report = one.arrival(one.n_intervals)
        source = self._checkpoint(one, report.step)
        self._shelf.pin(source)
        member.gained = member.arrive(source, report.value, one.n_intervals)

    def _stand(self, member: Member, one: PastMember, n_intervals: int) -> None:
        """Put a member where it stood at the end of an interval."""
        standing = one.standing(n_intervals)
        member.standing = standing
        member.params, member.lineage = one.params(n_intervals), one.lineage(n_intervals)
        member.checkpoint = self._checkpoint(one, standing.step)
        self._shelf.pin(member.checkpoint)
        member.go_on(*one.began(n_intervals, self._members))
        member.n_intervals = self._population.interval(member.first - 1)

    def _repeat_copy(self, member: Member, one: PastMember) -> None:
        """Let a member go on from the checkpoint that it had copied when the study was killed."""
        copy, *changes = one.copied(one.n_intervals)
        if not isinstance(copy, Copy):
            raise RuntimeError(f"trial {member.number} has no copy")
        self._stand(member, one, one.n_intervals)
        donor = self._members[copy.donor]
        moved = {change.name: change.value for change in changes if isinstance(change, Change)}
        self._shelf.claim(member.opened, replace(self._checkpoint(donor, copy.donor_step), changed=moved))
        member.opened.go_on()

    def _checkpoint(self, one: PastMember, step: int) -> Checkpoint:
        return self._shelf.stored(one.record.number, step, one.value_at(step))


def _ended(one: PastMember) -> OpenTrial:
    """Return what stands for a member that has ended: others may still copy what it wrote."""
    record = one.record
    trial = Trial(record.params, number=record.number, seed=record.seed)
    return OpenTrial(trial, record.params, one.attempt.origin)
