"""Whether what `sample_from` gives is computed of the others, or drawn by the function itself."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from ray.tune.search import sample

from tunebridge import Space
from tunebridge_ray.options import ADDRESS
from tunebridge_ray.parts import Computed, Config

N_POINTS = 20
"""How many points functions are tried at, twice each; Ray calls them for every trial."""


def faults_of(computed: Sequence[Computed], space: Space, back: Config) -> list[str]:
    """Return why each is no function of the other params; nothing for one that is.

    Args:
        computed: What is computed.
        space: The space of the others.
        back: Makes a config of flat params.
    """
    # Around all points: at each of them the generators give other numbers, if a function draws any.
    with _unnoticed():
        return _faults(computed, space, back)


def _faults(computed: Sequence[Computed], space: Space, back: Config) -> list[str]:
    faults = [""] * len(computed)
    for seed in range(N_POINTS if computed else 0):
        params = space.sample(seed)
        try:
            configs = [back(params), back(params)]
        except Exception as error:  # noqa: BLE001  # whatever a function of the user's raises: it is told
            return [f"{type(error).__name__}: {error} for {params!r}"] * len(computed)
        for place, one in enumerate(computed):
            first, again = (ADDRESS.sub("", repr(_found(config, one.path))) for config in configs)
            if first != again and not faults[place]:
                faults[place] = (
                    f"draws for itself, {first} and {again} for the same params: "
                    "write tune.choice, tune.uniform, tune.randint and the like"
                )
    return faults


@contextmanager
def _unnoticed() -> Iterator[None]:
    """Leave the global generators as they were, and say nothing of old signatures, which Ray warns of."""
    own, numpys, was = random.getstate(), np.random.get_state(), sample.logger.disabled  # noqa: NPY002
    sample.logger.disabled = True
    try:
        yield
    finally:
        random.setstate(own)
        np.random.set_state(numpys)  # noqa: NPY002
        sample.logger.disabled = was


def _found(config: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands under a path; None where another option was chosen."""
    for key in path:
        try:
            config = config[key]
        except (KeyError, IndexError, TypeError):
            return None
    return config
