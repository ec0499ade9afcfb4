"""How much each parameter matters on a problem, as the trials of random search show it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from scipy import stats

from tunebridge.comparison.cells import Cells
from tunebridge.comparison.statistics.curves import Array
from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.natural import to_natural
from tunebridge.space.node import Node
from tunebridge.trial.state import TrialState

FEWEST_TRIALS = 20
"""With fewer trials nothing is said of a parameter."""

MOST_BINS = 8
"""Groups that the values of a number are divided into."""

FEWEST_PER_BIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """What one parameter explains by itself."""

    path: str
    """Full path of the parameter."""
    share: float | None
    """Of the variance of the ranks of values, 0 to 1; None if too few trials have the parameter."""
    n_trials: int
    """Trials that it was estimated from: those in which the parameter is active."""


def importances(comparison: Cells, problem: str) -> list[Importance]:
    """Return what each parameter of a problem explains by itself, the most important first.

    The share is eta squared of the Kruskal-Wallis test, (H - k + 1) / (n - k), of the ranks of n losses in k
    groups of the parameter's values (M. Tomczak and E. Tomczak, The need to report effect size estimates
    revisited, Trends in Sport Sciences 21, 2014): the variance of ranks between the groups, less what chance
    puts there. Choices and ordinals with few values are groups by themselves, other values are grouped by
    quantiles. Interactions of parameters are in nobody's share, so the shares need not add up to 1.

    Only the trials of random search count, over all of its seeds. Its parameters are drawn independently; a
    sampler that learns draws them together, and what one does would be credited to others.

    Args:
        comparison: The comparison.
        problem: A name.
    """
    space = comparison.problems[problem].space
    records, losses = [], []
    for cell in comparison.cells_of(problem, comparison.random):
        for record, loss in zip(cell.records, cell.losses, strict=True):
            if record.state is not TrialState.PRUNED:
                records.append(to_natural(space, record.params))
                losses.append(np.inf if isnan(loss) else loss)
    found = [
        _importance(node, [(natural[node.path], loss) for natural, loss in active])
        for node in space.nodes
        if not node.fixed
        for active in [[pair for pair in zip(records, losses, strict=True) if node.path in pair[0]]]
    ]
    return sorted(found, key=lambda one: -1.0 if one.share is None else one.share, reverse=True)


def explained_share(losses: Sequence[float], groups: Sequence[Hashable]) -> float | None:
    """Return the share of the variance of the ranks of losses that lies between groups.

    Args:
        losses: Infinity for the worst; no NaN. Shape (n,).
        groups: To which each belongs. Shape (n,).

    Returns:
        0 to 1; 0 if all losses are equal, or of one group. None if every group has one loss only.
    """
    ranks = np.asarray(stats.rankdata(losses), dtype=float)
    kinds = list(dict.fromkeys(groups))
    if len(kinds) == len(ranks):
        return None
    if len(kinds) < 2 or np.all(ranks == ranks[0]):
        return 0.0
    samples = [ranks[[group == kind for group in groups]] for kind in kinds]
    h = float(stats.kruskal(*samples).statistic)
    return min(1.0, max(0.0, (h - len(kinds) + 1) / (len(ranks) - len(kinds))))


def _importance(node: Node, pairs: Sequence[tuple[Any, float]]) -> Importance:
    """Estimate one parameter from its values and the losses with them."""
    if len(pairs) < FEWEST_TRIALS:
        return Importance(path=node.path, share=None, n_trials=len(pairs))
    values, losses = zip(*pairs, strict=True)
    return Importance(
        path=node.path, share=explained_share(losses, _groups(node, values)), n_trials=len(pairs)
    )


def _groups(node: Node, values: Sequence[Any]) -> list[Hashable]:
    """Return the group of each value: itself if there are few, or its place between quantiles."""
    most = max(2, min(MOST_BINS, len(values) // FEWEST_PER_BIN))
    match node.parameter:
        case Categorical() | Constant():
            return list(values)
        case Ordinal():
            places = {label: place for place, label in enumerate(node.parameter.labels)}
            numbers = np.array([places[value] for value in values], dtype=float)
        case _:
            numbers = np.array(values, dtype=float)
    if len(np.unique(numbers)) <= most:
        return list(numbers.tolist())
    inner: Array = np.quantile(numbers, np.linspace(0, 1, most + 1)[1:-1])
    return list(np.searchsorted(inner, numbers, side="right").tolist())
