"""Stops finalists that cannot win any more: a race, after F-Race, with the tests of `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf
from statistics import fmean

from tunebridge.comparison.statistics.friedman import FEWEST_BACKENDS, FEWEST_PROBLEMS, rank_backends
from tunebridge.comparison.statistics.paired import LEVEL
from tunebridge.comparison.statistics.signed_rank import SignedRank

EQUAL = 3
"""After so many repeats, all equal and equal to what the study had, an objective does not use its seed."""


class Race:
    """Says which finalists go on to the next seed, from whole rounds alone: one repeat of each that is left.

    After each round from the sixth on but the last, Friedman's test over the rounds (Iman and Davenport's
    F) says whether any finalists differ; if so, those leave that Nemenyi's test tells apart from the one
    with the best mean. Of two, the exact signed-rank test decides. All looks together, of which there are
    `n_seeds` - 6, share the level: each has its part of it, so that any of them is wrong with a probability
    of at most about `level`. One that failed leaves at once, and so do all if every repeat of three rounds
    has the value that its finalist had in the study: the objective does not use its seed.

    What it says depends on values alone, not on the order in which they came.

    References:
        M. Birattari, T. Stuetzle, L. Paquete and K. Varrentrapp, A racing algorithm for configuring
        metaheuristics, GECCO 2002: Friedman's test first, then pairs with the best. It tests each look at the
        full level; here looks share it.

    Args:
        tuned: The loss that each finalist had in its study, by key.
        n_seeds: How many repeats each has at most.
        level: Of all looks together.
    """

    def __init__(self, tuned: Mapping[str, float], n_seeds: int, level: float = LEVEL) -> None:
        """Begin before the first round."""
        self.stopped: dict[str, int] = {}
        """After how many repeats those have left that have."""
        self.is_deterministic = False
        """Whether it has ended because all repeats are equal."""
        self._tuned = dict(tuned)
        self._n_seeds = n_seeds
        self._level = level / max(1, n_seeds - FEWEST_PROBLEMS)
        self._losses: dict[tuple[str, int], float] = {}
        self._round = 0

    def end(self, key: str, place: int, loss: float) -> None:
        """Take in a repeat; of one that is told again the first loss stands.

        Args:
            key: The finalist.
            place: Of the seed, from 0.
            loss: Its value with the sign that makes lower better; infinity if it failed.
        """
        self._losses.setdefault((key, place), loss)
        while self._round < self._n_seeds and all((one, self._round) in self._losses for one in self.left):
            if not self.left:
                return
            self._round += 1
            self.stopped |= dict.fromkeys(self._leaving(), self._round)

    def wants(self, key: str, place: int) -> bool:
        """Return whether a finalist is to meet a seed, as far as is known now."""
        return place < self.stopped.get(key, self._n_seeds)

    @property
    def left(self) -> list[str]:
        """The finalists that have not left."""
        return [key for key in self._tuned if key not in self.stopped]

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be run any more."""
        return self._round == self._n_seeds or not self.left

    def losses(self, key: str) -> list[float]:
        """Return the losses of a finalist that count, in the order of the seeds; infinity for a failure.

        Those that it has beyond the round after which it left do not.
        """
        found = []
        for place in range(self.stopped.get(key, self._n_seeds)):
            if (key, place) not in self._losses:
                break
            found.append(self._losses[key, place])
        return found

    def _leaving(self) -> list[str]:
        losses = {key: [self._losses[key, place] for place in range(self._round)] for key in self.left}
        failed = [key for key, some in losses.items() if isinf(some[-1])]
        if failed or self._round == self._n_seeds:
            return failed
        if self._round == EQUAL and all({*some} == {self._tuned[key]} for key, some in losses.items()):
            self.is_deterministic = True
            return list(losses)
        return hopeless(losses, self._level) if self._round >= FEWEST_PROBLEMS else []


def hopeless(losses: Mapping[str, Sequence[float]], level: float) -> list[str]:
    """Return those finalists that are told apart from the one with the best mean, and are worse.

    Args:
        losses: By finalist, of the same rounds.
        level: Of this look.
    """
    leader = min(losses, key=lambda key: fmean(losses[key]))
    others = [key for key in losses if key != leader]
    if len(losses) < FEWEST_BACKENDS:
        tests = {key: SignedRank(losses[leader], losses[key]) for key in others}
        return [key for key, test in tests.items() if test.direction < 0 and test.rejects(level)]
    rounds = range(len(losses[leader]))
    blocks = {str(place): {key: [losses[key][place]] for key in losses} for place in rounds}
    ranking = rank_backends(blocks, level=level)
    if not ranking.different:
        return []
    return [key for key in others if ranking.p_pairs.get((leader, key), 1.0) <= level]
