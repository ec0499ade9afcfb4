"""The plan of a comparison: which cells there are, in which order they are run, and within which budget.

A cell is one study: a problem, a line and a seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from tunebridge.budget import Budget
from tunebridge.comparison.plan.contender import Contender
from tunebridge.problem.problem import Problem
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.space import Space
from tunebridge.study.seeds import start_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is to be run, and how it is to be looked at."""

    study: str
    """The comparison's name."""
    problems: Mapping[str, Problem]
    """By name."""
    contenders: tuple[Contender, ...]
    """What is compared."""
    seeds: tuple[int, ...]
    """One per replicate."""
    budget: Budget
    """Of each cell."""
    shared_start: int
    """How many first points the lines of a replicate share."""
    reference: str
    """Label of the line that the others are tested against."""
    targets: Mapping[str, float]
    """The user's target by problem; empty for that of random search."""
    command: str = ""
    """What was called, to be shown."""

    @property
    def space(self) -> Space:
        """The cells as a space: a comparison is a study of them. What would change a cell is part of it."""
        labels = [contender.label for contender in self.contenders]
        return Space(
            problem=Categorical({name: name for name in self.problems}),
            line=Categorical({label: label for label in labels}),
            seed=Ordinal(list(self.seeds)),
            n_trials=Constant(self.budget.n_trials),
            max_seconds=Constant(self.budget.max_seconds),
            shared_start=Constant(self.shared_start),
        )

    @property
    def order(self) -> list[dict[str, Any]]:
        """The cells in the order in which they are run, as params of `space`.

        Replicates are blocks: all cells of one seed, shuffled, before those of the next. So whatever drifts
        while the comparison runs hits all lines alike, and one that is cut short has whole pairs.
        """
        cells = []
        for seed in self.seeds:
            block = [
                {"problem": problem, "line": contender.label, "seed": seed}
                for problem in self.problems
                for contender in self.contenders
            ]
            Random(seed).shuffle(block)
            cells += block
        return cells

    def start(self, problem: str, seed: int) -> list[dict[str, Any]]:
        """Return the first points of a replicate, drawn from the space as declared."""
        space = self.problems[problem].space
        return [space.sample(start_seed(seed, index)) for index in range(self.shared_start)]

    def cell_study(self, problem: str, line: str, seed: int) -> str:
        """Return the name of a cell's study."""
        return cell_study(self.study, problem, line, seed, self.shared_start)

    def contender(self, label: str) -> Contender:
        """Return what runs as a line."""
        return next(contender for contender in self.contenders if contender.label == label)


def cell_study(study: str, problem: str, line: str, seed: int, shared_start: int) -> str:
    """Return the name of a cell's study; one with other first points is another one."""
    return f"{study}/{problem}/{line}/{seed}" + (f"+{shared_start}" if shared_start else "")
