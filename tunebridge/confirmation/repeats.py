"""What the repeats of finalists have found: data, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tunebridge.comparison.cell import value_of
from tunebridge.confirmation.finalist import Finalist
from tunebridge.errors import NoCompleteTrialError
from tunebridge.portable.portable import Portable
from tunebridge.problem.problem import Direction

if TYPE_CHECKING:
    from tunebridge.comparison.statistics.paired import PairedTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats(Portable):
    """The finalists of a study with fresh seeds; all values have the user's sign."""

    study: str
    """Name of the study whose finalists they are."""
    name: str
    """Name of the study of the repeats."""
    direction: Direction
    """Of both."""
    seeds: tuple[int, ...]
    """What `trial.seed` was, in order."""
    finalists: tuple[Finalist, ...]
    """The best of the study first."""
    n_evaluated: int
    """How many repeats were run."""
    is_over: bool
    """Whether all is run that is to be."""
    is_deterministic: bool
    """Whether all repeats of each finalist are equal: the objective does not use its seed."""
    n_others: int = 0
    """How many more the store has, of seeds or finalists that the last call did not ask for."""

    @property
    def winner(self) -> Finalist:
        """The finalist with the best mean among those that have met all seeds, never failed, and still count.

        Raises:
            NoCompleteTrialError: The confirmation is not over, or no finalist is left.
        """
        if not self.is_over:
            raise NoCompleteTrialError(
                f"the confirmation of {self.study!r} is not over: {self.n_evaluated} repeats are run",
                hint="the same call goes on with it, if it is stored: tunebridge.confirm(..., storage=...)",
            )
        if not self._whole:
            raise self._nobody()
        sign = self.direction.sign
        return min(self._whole, key=lambda one: sign * (one.value or 0.0))

    @property
    def value(self) -> float:
        """The mean of the winner's repeats."""
        return self.winner.value or 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """A 95 % interval of the winner's value, which allows for its having won; None if deterministic.

        It is Student's at 1 - 0.05 / n (Bonferroni, of n finalists): whichever of them had won, it covers.
        """
        if self.is_deterministic:
            return None
        from tunebridge.confirmation.judging import interval_of

        repeats = {one.key: one.values for one in self.finalists}
        return interval_of(self.winner.key, repeats, len(self.finalists))

    @property
    def chosen(self) -> Finalist:
        """The best of the study, before it was confirmed, but for excluded ones."""
        return next((one for one in self.finalists if not one.excluded), self.finalists[0])

    @property
    def best_value(self) -> float:
        """The best value of the study, before it was confirmed."""
        return self.chosen.tuned_value

    @property
    def optimism(self) -> float:
        """By how much `best_value` was too good: above zero if the winner's value is worse than it."""
        return self.direction.sign * (self.value - self.best_value)

    @property
    def optimism_interval(self) -> tuple[float, float] | None:
        """The interval of `optimism` that goes with `interval`."""
        if self.interval is None:
            return None
        low, high = (self.direction.sign * (end - self.best_value) for end in self.interval)
        return min(low, high), max(low, high)

    @property
    def tied(self) -> tuple[Finalist, ...]:
        """The finalists that cannot be told apart from the winner; the others are worse, or have failed."""
        from tunebridge.confirmation.judging import not_told_apart

        if self.is_deterministic:
            return tuple(one for one in self._whole if one.value == self.value and one is not self.winner)
        names = not_told_apart(self.winner.name, self._tests())
        return tuple(one for one in self._whole if one.name in names)

    @property
    def tests(self) -> list[PairedTest]:
        """The tests of all pairs of finalists that have met all seeds, as those of `tunebridge.compare`.

        Estimates and intervals are of the first one's value less that of the second, in the user's sign.
        """
        return [
            test
            if self.direction is Direction.MINIMIZE
            else replace(
                test,
                estimate=value_of(test.estimate, self.direction),
                low=value_of(test.high, self.direction),
                high=value_of(test.low, self.direction),
            )
            for test in self._tests()
        ]

    @property
    def budget(self) -> int:
        """The most repeats: finalists times seeds."""
        return len(self.finalists) * len(self.seeds)

    @property
    def n_saved(self) -> int:
        """How many repeats were not run since their finalists had left."""
        return self.budget - self.n_evaluated

    @property
    def _whole(self) -> list[Finalist]:
        """Those that may win."""
        return [one for one in self.finalists if one.may_win]

    def _nobody(self) -> NoCompleteTrialError:
        """Return the error of a confirmation that nobody wins."""
        if any(one.excluded for one in self.finalists):
            return NoCompleteTrialError(
                f"none of the {len(self.finalists)} finalists is left: trials of theirs were excluded",
                hint="confirm the study again, by its trials that count",
            )
        failed = [one for one in self.finalists if one.failure]
        beyond = [one for one in self.finalists if one.beyond]
        what = " or ".join(
            [*(["has failed"] if failed else []), *(["was beyond its limits"] if beyond else [])]
        )
        advice = [*(["mend the objective"] if failed else []), *(["loosen the limit"] if beyond else [])]
        one = (failed or beyond)[0]
        return NoCompleteTrialError(
            f"each of the {len(self.finalists)} finalists {what} in a repeat",
            hint=f"{', or '.join(advice)}, or take more finalists; {one.name} {one.out}",
        )

    def _tests(self) -> list[PairedTest]:
        from tunebridge.confirmation.judging import all_pairs

        sign = self.direction.sign
        return all_pairs({one.name: [sign * value for value in one.values] for one in self._whole})
