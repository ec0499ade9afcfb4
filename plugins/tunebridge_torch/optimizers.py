"""Makes the optimizer that a trial asks for, and moves its options while the model trains."""

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

BETAS = ("beta1", "beta2")
"""Names of params for the two parts of the option `betas`."""

READ_EACH_EPOCH = frozenset({"batch_size", "epochs"})
"""Params that the loop reads anew, so that they may change."""


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


def make_optimizer(choice: Any, parameters: Iterator[Parameter], trial: Trial) -> Optimizer:
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


def move_options(optimizer: Optimizer, before: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Give changed params to the param groups.

    Args:
        optimizer: Whose options change.
        before: The params as they were.
        changes: New values by name.

    Raises:
        ObjectiveError: A param is no option of this optimizer.
    """
    for group in optimizer.param_groups:
        movable = {*group, *(BETAS if "betas" in group else ()), *READ_EACH_EPOCH} - {"params"}
        stuck = sorted(changes.keys() - movable)
        if stuck:
            known = ", ".join(sorted(movable & before.keys())) or "none"
            raise ObjectiveError(
                f"feedback changed {', '.join(stuck)}, which cannot change while the model trains",
                hint=f"of this trial's params these can: {known}",
            )
        for name in changes.keys() - READ_EACH_EPOCH:
            _move(group, name, before[name], changes[name])


def _move(group: dict[str, Any], name: str, old: Any, new: Any) -> None:
    if name in BETAS:
        betas = list(group["betas"])
        place = BETAS.index(name)
        betas[place] = _moved(betas[place], old, new)
        group["betas"] = tuple(betas)
    else:
        group[name] = _moved(group[name], old, new)


def _moved(current: Any, old: Any, new: Any) -> Any:
    """Return the new value; a number that the user set apart from the param keeps its proportion to it."""
    apart = current != old and old and isinstance(new, int | float) and not isinstance(new, bool)
    return current * new / old if apart else new


def _named(name: str) -> Callable[..., Optimizer]:
    if name not in OPTIMIZERS:
        hint = f"{did_you_mean(name, OPTIMIZERS)}; or give optimizer=, a class or a function"
        raise UnknownNameError(f"no optimizer is called {name!r}", hint=hint)
    return OPTIMIZERS[name]
