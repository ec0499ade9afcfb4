"""The density of whole numbers under hyperopt's mixtures, for all components at once.

hyperopt goes through the components one by one, in Python. The same sums, in the same order, are taken here
of arrays. Whether the bits are the same depends on numpy and on the processor, so it is looked at once in a
process, and where they are not, hyperopt's own functions are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from hyperopt import tpe
from hyperopt.pyll import Apply, dfs, scope

Array = np.ndarray[Any, np.dtype[Any]]

OF_HYPEROPT: dict[str, Callable[..., Any]] = {"GMM1_lpdf": tpe.GMM1_lpdf, "LGMM1_lpdf": tpe.LGMM1_lpdf}
"""hyperopt's log densities of mixtures: of normals, and of log-normals."""


def _normal(x: Array, mu: Array, sigma: Array) -> Array:
    cdf: Array = tpe.normal_cdf(x, mu, sigma)
    return cdf


def _lognormal(x: Array, mu: Array, sigma: Array) -> Array:
    cdf: Array = tpe.lognormal_cdf(x, mu, sigma)
    return cdf


def _mixture(
    samples: Any, weights: Any, mus: Any, sigmas: Any, low: Any = None, high: Any = None, q: Any = None
) -> Array:
    """Return the log density of samples that are multiples of q, of a mixture of normals."""
    top = np.inf if high is None else high
    bottom = -np.inf if low is None else low
    return _of_steps(_normal, samples, (weights, mus, sigmas), (low, high), (bottom, top), q)


def _log_mixture(
    samples: Any, weights: Any, mus: Any, sigmas: Any, low: Any = None, high: Any = None, q: Any = None
) -> Array:
    """Return the log density of samples that are multiples of q, of a mixture of log-normals."""
    top = np.inf if high is None else np.exp(high)
    bottom = 0.0 if low is None else np.maximum(0.0, np.exp(low))
    return _of_steps(_lognormal, samples, (weights, mus, sigmas), (low, high), (bottom, top), q)


FASTER: dict[str, Callable[..., Array]] = {"GMM1_lpdf": _mixture, "LGMM1_lpdf": _log_mixture}
"""What can stand in for hyperopt's."""


def _of_steps(
    cdf: Callable[[Array, Array, Array], Array],
    samples: Any,
    components: tuple[Any, Any, Any],
    bounds: tuple[Any, Any],
    limits: tuple[Any, Any],
    q: Any,
) -> Array:
    """Return the log of what the components have between half a step below each sample and half a step above.

    Args:
        cdf: Of one component.
        samples: Multiples of q, of any shape; each distinct one is looked at once.
        components: Their weights, means and deviations, each of shape (n,).
        bounds: Of the means' scale; None where there is none.
        limits: Of the samples' scale.
        q: The step.
    """
    told = np.asarray(samples)
    if told.size == 0:
        return np.asarray([])
    weights, mus, sigmas = map(np.asarray, components)
    distinct, places = np.unique(told, return_inverse=True)
    weight, mu, sigma = weights[:, None], mus[:, None], sigmas[:, None]
    amounts = weight * cdf(np.minimum(distinct + q / 2, limits[1]), mu, sigma)
    amounts -= weight * cdf(np.maximum(distinct - q / 2, limits[0]), mu, sigma)
    inside = np.add.accumulate(amounts, axis=0)[-1]
    low, high = bounds
    accepted = (
        1
        if low is None and high is None
        else np.sum(weights * (tpe.normal_cdf(high, mus, sigmas) - tpe.normal_cdf(low, mus, sigmas)))
    )
    density: Array = (np.log(inside) - np.log(accepted))[places.reshape(told.shape)]
    return density


def quicken(graph: Apply) -> None:
    """Have the densities of a graph taken of all components at once, where that gives the same bits."""
    for node in dfs(graph):
        if node.name in FASTER and _step_of(node) is not None and is_same(node.name):
            node.name = _defined(node.name)


def _step_of(node: Apply) -> Any:
    """Return the step of a density; None if it has none."""
    return getattr(dict(node.named_args).get("q"), "obj", None)


@cache
def _defined(name: str) -> str:
    """Make one of ours known to hyperopt's graphs, and return its name there."""
    function = FASTER[name]
    own = f"tunebridge_{name}"

    def density(*args: Any, **kwargs: Any) -> Array:
        return function(*args, **kwargs)

    density.__name__ = own
    scope.define(density)
    return own


@cache
def is_same(name: str) -> bool:
    """Return whether one of ours has the bits of hyperopt's, in examples that are drawn once."""
    own, theirs = FASTER[name], OF_HYPEROPT[name]
    return all(own(*args, **kw).tobytes() == theirs(*args, **kw).tobytes() for args, kw in _examples(name))


def _examples(name: str) -> Iterator[tuple[tuple[Array, ...], dict[str, Any]]]:
    """Yield mixtures of few and many components, with few and many samples, with bounds and without."""
    random = np.random.default_rng(0)
    is_log = name == "LGMM1_lpdf"
    for n_components in (1, 2, 7, 33, 400):
        for n_samples in (1, 2, 3, 24, 100):
            mus = random.uniform(0.0, 3.0 if is_log else 40.0, n_components)
            sigmas = random.uniform(0.05, 3.0 if is_log else 40.0, n_components)
            weights = random.uniform(0.0, 1.0, n_components)
            samples = np.round(random.uniform(1.0, 20.0, n_samples))
            bounds = {"low": np.log(0.5), "high": np.log(20.5)} if is_log else {"low": 0.5, "high": 20.5}
            for between in (bounds, {}):
                yield (samples, weights / weights.sum(), mus, sigmas), {**between, "q": 1.0}
