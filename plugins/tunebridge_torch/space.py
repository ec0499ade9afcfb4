"""The space of optimizers: a branch per optimizer, each with hyperparameters of its own."""

from __future__ import annotations

from tunebridge import Categorical, Float, Ordinal, Space, UnknownNameError
from tunebridge.errors import did_you_mean

BETA2 = (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995)
"""Decay rates of squared gradients, about evenly spaced in log(1 - beta)."""


def optimizer_space(*names: str) -> Categorical:
    """Return a choice of optimizers; put it into a space under the name `optimizer`.

    Learning rates are log-uniform over what is usual for each optimizer, around its default.

    Args:
        *names: Optimizers to choose from; all when left out, which are sgd, sgd-momentum, adagrad, rmsprop,
            adam and adamw.

    Raises:
        UnknownNameError: There is no optimizer of this name.
    """
    branches = _branches()
    for name in names:
        if name not in branches:
            hint = did_you_mean(str(name), branches)
            raise UnknownNameError(f"no optimizer is called {name!r}", hint=hint)
    return Categorical({name: branches[name] for name in names or branches})


def _branches() -> dict[str, Space]:
    return {
        "sgd": Space(lr=Float(1e-3, 1.0, log=True), weight_decay=Float(1e-6, 1e-2, log=True)),
        "sgd-momentum": Space(
            lr=Float(1e-4, 0.3, log=True),
            momentum=Float(0.5, 0.99),
            nesterov=Categorical([False, True]),
            weight_decay=Float(1e-6, 1e-2, log=True),
        ),
        "adagrad": Space(lr=Float(1e-3, 0.3, log=True)),
        "rmsprop": Space(
            lr=Float(1e-5, 3e-2, log=True), alpha=Ordinal([0.9, 0.95, 0.99, 0.999]), momentum=Float(0.0, 0.9)
        ),
        "adam": Space(lr=Float(1e-5, 3e-2, log=True), beta1=Float(0.8, 0.99), beta2=Ordinal(BETA2)),
        "adamw": Space(
            lr=Float(1e-5, 3e-2, log=True),
            beta1=Float(0.8, 0.99),
            beta2=Ordinal(BETA2),
            weight_decay=Float(1e-4, 0.3, log=True),
        ),
    }
