"""One integer fixes a study; every trial gets a seed of its own from it."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError

BLOCK = 64
"""How many trials take their seeds from one child of the tree."""

SEED_LIMIT = 2**32
"""Seeds are below this: scikit-learn's limit, the narrowest of all libraries."""


def read_seed(seed: Any) -> int:
    """Return a valid seed: the given integer, or a fresh one for None.

    Raises:
        ProblemError: `seed` is not an integer in [0, 2**32).
    """
    if seed is None:
        return random.SystemRandom().randrange(SEED_LIMIT)
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < SEED_LIMIT:
        raise ProblemError(f"seed must be an integer with 0 <= seed < 2**32, got {brief(seed)}")
    return int(seed)


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of one trial, in [0, 2**32).

    Trials share out the words of numpy's SeedSequence tree, `BLOCK` of them to a child, so that they are
    independent of each other and of the order in which they run.
    """
    return _block(seed, number // BLOCK)[number % BLOCK]


def segment_seed(seed: int, segment: int) -> int:
    """Return the seed of a session: the study's own for the first, another for each that follows.

    Were it the same, a session that goes on with a study would propose its first points again.
    """
    from numpy.random import SeedSequence

    return seed if segment == 0 else int(SeedSequence(seed, spawn_key=(0, segment)).generate_state(1)[0])


def start_seed(seed: int, index: int) -> int:
    """Return the seed of a starting point that all studies of one seed share, in [0, 2**32)."""
    from numpy.random import SeedSequence

    return int(SeedSequence(seed, spawn_key=(1, index)).generate_state(1)[0])


@lru_cache(maxsize=64)
def _block(seed: int, child: int) -> list[int]:
    from numpy.random import SeedSequence

    words: list[int] = SeedSequence(seed, spawn_key=(child,)).generate_state(BLOCK).tolist()
    return words
