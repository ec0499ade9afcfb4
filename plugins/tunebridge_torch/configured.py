"""The options that the optimizers of a Lightning module were made with, and how they change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tunebridge import LiveParamError, ObjectiveError
from tunebridge_torch.live import apply, options_of, scaled, value_of
from tunebridge_torch.schedules import base_of
from tunebridge_torch.tried import HOW


@dataclass(frozen=True, slots=True)
class Configured:
    """What `configure_optimizers` gives them, and what rules have made of it since.

    What a trial explores is found by it, whatever the param is called: a checkpoint brings the options of
    the optimizer that was saved, and this one was made with others.
    """

    options: list[dict[str, Any]]
    """Of each optimizer its class, and its options by name; `lr` is that of the whole schedule."""

    @classmethod
    def of(cls, trainer: Any) -> Configured:
        """Return what the optimizers of a trainer have now."""
        return cls([_options(optimizer, schedulers) for optimizer, schedulers in _optimizers(trainer)])

    def change(self, trainer: Any, changed: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Give the optimizer new options.

        Args:
            trainer: Whose optimizer it is.
            changed: New values by name.
            before: What they were.

        Raises:
            LiveParamError: It cannot take one of them, or there are several optimizers.
        """
        optimizers = list(_optimizers(trainer))
        if len(optimizers) != 1:
            raise LiveParamError(
                f"{', '.join(changed)} cannot change: the module has {len(optimizers)} optimizers",
                hint="leave them to whole trials; nothing says which optimizer's they are",
                in_every_trial=True,
            )
        _apply(*optimizers[0], changed, before)
        options = self.options[0]
        options.update({name: scaled(options[name], before[name], one) for name, one in changed.items()})

    def bring_over(self, trainer: Any, saved: list[dict[str, Any]]) -> None:
        """Give optimizers that have loaded a checkpoint the options that these were made with.

        Args:
            trainer: Whose optimizers they are.
            saved: The options that those of the checkpoint were made with.

        Raises:
            ObjectiveError: They were others.
            LiveParamError: One of them cannot take what has changed.
        """
        kinds, before = ([one["class"] for one in options] for options in (self.options, saved))
        if kinds != before:
            raise ObjectiveError(
                f"the checkpoint is of other optimizers: {', '.join(before)}; now {', '.join(kinds)}",
                hint="let what makes an optimizer be a param of whole trials, which is not explored",
            )
        for (optimizer, schedulers), now, had in zip(_optimizers(trainer), self.options, saved, strict=True):
            news = {name: value for name, value in now.items() if value != had[name]}
            if news:
                _apply(optimizer, schedulers, news, had)


def _optimizers(trainer: Any) -> Iterator[tuple[Optimizer, list[LRScheduler]]]:
    """Yield each optimizer with what moves its rate."""
    for optimizer in trainer.optimizers:
        schedulers = (config.scheduler for config in trainer.lr_scheduler_configs)
        yield optimizer, [one for one in schedulers if one.optimizer is optimizer]


def _options(optimizer: Optimizer, schedulers: list[LRScheduler]) -> dict[str, Any]:
    group = optimizer.param_groups[0]
    own = {name: value_of(group, name) for name in options_of(optimizer) if name not in HOW}
    if schedulers:
        own["lr"] = base_of(optimizer, schedulers[0])
    return {"class": type(optimizer).__qualname__, **own}


def _apply(
    optimizer: Optimizer,
    schedulers: list[LRScheduler],
    changed: Mapping[str, Any],
    before: Mapping[str, Any],
) -> None:
    if len(schedulers) > 1 and "lr" in changed:
        raise LiveParamError(
            f"lr cannot change: {len(schedulers)} schedulers move it",
            hint="make one of them, such as a SequentialLR, or leave lr to whole trials",
            in_every_trial=True,
        )
    old = {name: before[name] for name in changed}
    apply(optimizer, changed, schedulers[0] if schedulers else None, before=old)
