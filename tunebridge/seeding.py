"""One integer fixes a study; every trial gets a seed of its own from it."""

from __future__ import annotations

import secrets
from typing import Any

from tunebridge.errors import ProblemError

SEED_LIMIT = 2**32
"""Seeds are below this: scikit-learn's limit, the narrowest of all libraries."""


def read_seed(seed: Any) -> int:
    """Return a valid seed: the given integer, or a fresh one for None.

    Raises:
        ProblemError: `seed` is not an integer in [0, 2**32).
    """
    if seed is None:
        return secrets.randbelow(SEED_LIMIT)
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed < SEED_LIMIT:
        raise ProblemError(f"seed must be an integer with 0 <= seed < 2**32, got {seed!r}")
    return int(seed)


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of one trial, in [0, 2**32).

    It is the child `number` of numpy's SeedSequence tree, so trials are independent of each other
    and of the order in which they run.
    """
    from numpy.random import SeedSequence

    return int(SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0])
