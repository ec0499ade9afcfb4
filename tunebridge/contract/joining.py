"""What it means for a backend that several processes share a study."""

from __future__ import annotations

from enum import Enum


class Joins(Enum):
    """How the sessions of the processes that share a study make one search."""

    EXACT = "exact"
    """Each proposal is made once, whoever evaluates it: together they run what one process would."""
    LEARNING = "learning"
    """Each process has a session of its own, which is told of what the others found before it is asked."""
    REFUSED = "refused"
    """Each would search alone: it is not told of what the others find, or does not learn from it."""

    @property
    def words(self) -> str:
        """What is said of it where a translation is explained."""
        return {
            Joins.EXACT: "processes that share a study run what one of them would, each proposal once",
            Joins.LEARNING: "of processes that share a study, each proposes from what all of them found",
            Joins.REFUSED: "no study is shared: each process would search alone",
        }[self]
