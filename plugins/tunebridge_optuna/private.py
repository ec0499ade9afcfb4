"""Every private name of Optuna and cmaes in use, in one place; a test guards them against a new version."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import numpy as np
from optuna.samplers import BaseSampler, CmaEsSampler
from optuna.trial import FrozenTrial

TRIED = "5.0"
"""The minor version of Optuna that all of them were tried on."""

RANDOM_STATES = {
    "tpe": ("_rng", "_random_sampler._rng"),
    "random": ("_rng",),
    "gp": ("_rng", "_independent_sampler._rng"),
    "cmaes": ("_cma_rng", "_independent_sampler._rng"),
    "nsga2": ("_rng", "_random_sampler._rng"),
    "nsga3": ("_rng", "_random_sampler._rng"),
    "qmc": ("_independent_sampler._rng",),
}
"""Where each sampler has its random numbers: the samplers whose state is known to be whole."""

METHODS = ("_attr_key_optimizer", "_restore_optimizer", "_split_optimizer_str")
"""How Optuna's CMA-ES notes the distribution that it draws from in trials."""

MODELS = ("_gprs_cache_list", "_constraints_gprs_cache_list")
"""Where Optuna's Gaussian process has its last models, from which the fit of the next ones begins."""

KERNEL = ("inverse_squared_lengthscales", "kernel_scale", "noise_var")
"""What that fit takes from a model."""


def are_there(name: str, sampler: BaseSampler) -> bool:
    """Return whether this version of Optuna has all of them."""
    try:
        found = [rng for _, rng in random_states(name, sampler)]
    except AttributeError:
        return False
    more = {"gp": MODELS, "cmaes": METHODS}.get(name, ())
    return all(isinstance(rng, np.random.RandomState) for rng in found) and all(
        hasattr(sampler, one) for one in more
    )


def random_states(name: str, sampler: BaseSampler) -> Iterator[tuple[str, np.random.RandomState]]:
    """Yield the random numbers of a sampler, by where they are."""
    for path in RANDOM_STATES[name]:
        yield path, attrgetter(f"{path}.rng")(sampler)


def kernels(sampler: BaseSampler) -> dict[str, list[dict[str, Any]] | None]:
    """Return what of the last models of a Gaussian process the next fit begins with, as lists."""
    found: dict[str, list[dict[str, Any]] | None] = {}
    for name in MODELS:
        models = getattr(sampler, name)
        found[name] = models and [
            {part: getattr(model, part).tolist() for part in KERNEL} for model in models
        ]
    return found


def set_kernels(sampler: BaseSampler, found: dict[str, list[dict[str, Any]] | None]) -> None:
    """Let the next fit of a Gaussian process begin with what `kernels` has returned."""
    for name in MODELS:
        models = [_model(model) for model in found[name] or ()]
        setattr(sampler, name, models or None)


def _model(kernel: Mapping[str, Any]) -> SimpleNamespace:
    import torch

    return SimpleNamespace(**{part: torch.tensor(kernel[part], dtype=torch.float64) for part in KERNEL})


def is_pickled(sampler: BaseSampler, attribute: str) -> bool:
    """Return whether an attribute of a trial is part of what CMA-ES has pickled."""
    return isinstance(sampler, CmaEsSampler) and attribute.startswith(sampler._attr_key_optimizer)  # noqa: SLF001


def optimizer_of(sampler: CmaEsSampler, trial: FrozenTrial) -> Any:
    """Return what CMA-ES has noted in a trial of its study in memory; None for nothing."""
    return sampler._restore_optimizer([trial])  # noqa: SLF001


def optimizer_attributes(sampler: CmaEsSampler, optimizer: object) -> dict[str, str]:
    """Return the attributes in which CMA-ES notes that."""
    return sampler._split_optimizer_str(pickle.dumps(optimizer).hex())  # noqa: SLF001
