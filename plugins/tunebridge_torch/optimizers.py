"""Makes the optimizer that a trial asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import signature
from typing import Any

from torch import optim
from torch.nn import Parameter
from torch.optim import Optimizer

from tunebridge import ObjectiveError, ProblemError, Trial, UnknownNameError
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge_torch.live import BETAS

OptimizerChoice = str | type[Optimizer] | Callable[[Iterator[Parameter], Trial], Optimizer]
"""What `optimizer` may be."""

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": optim.SGD,
    "sgd-momentum": partial(optim.SGD, momentum=0.9),
    "adagrad": optim.Adagrad,
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
}
"""By the labels of `optimizer_space`."""


def check_choice(choice: Any) -> None:
    """Check the argument `optimizer`.

    Raises:
        UnknownNameError: No optimizer has this name.
        ProblemError: It is neither a name, nor a class, nor a function.
    """
    if isinstance(choice, str):
        _named(choice)
    elif not callable(choice):
        raise ProblemError(
            f"the optimizer must be a name, a class of torch.optim or a function, got {brief(choice)}",
            hint="write optimizer=lambda parameters, trial: torch.optim.SGD(parameters, lr=trial['lr'])",
        )


def make_optimizer(choice: Any, parameters: Iterator[Parameter], trial: Mapping[str, Any]) -> Optimizer:
    """Return the optimizer of a trial, with the options that the trial has params for.

    Args:
        choice: The argument `optimizer`; the trial's own `optimizer` wins over a name or a class.
        parameters: Of the model.
        trial: Its params.

    Raises:
        UnknownNameError: No optimizer has this name.
        ObjectiveError: A function returned something else.
    """
    if not isinstance(choice, str | type):
        made = choice(parameters, trial)
        if not isinstance(made, Optimizer):
            raise ObjectiveError(f"the function given as optimizer must return one, got {brief(made)}")
        return made
    chosen = trial.get("optimizer", choice)
    make = _named(chosen) if isinstance(chosen, str) else chosen
    known = signature(make).parameters
    options = {name: value for name, value in trial.items() if name in known}
    if "betas" in known and not trial.keys().isdisjoint(BETAS):
        default = known["betas"].default
        options["betas"] = tuple(trial.get(name, beta) for name, beta in zip(BETAS, default, strict=True))
    optimizer: Optimizer = make(parameters, **options)
    return optimizer


def _named(name: str) -> Callable[..., Optimizer]:
    if name not in OPTIMIZERS:
        hint = f"{did_you_mean(name, OPTIMIZERS)}; or give optimizer=, a class or a function"
        raise UnknownNameError(f"no optimizer is called {name!r}", hint=hint)
    return OPTIMIZERS[name]
