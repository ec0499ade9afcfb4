"""What grows a model by rounds, as a plugin registers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from tunebridge.contract.spec import PluginSpec


class Growth(Protocol):
    """One model in the course of its training: it grows, and waits, in one process."""

    @property
    def n_rounds(self) -> int | None:
        """How many rounds a rule to stop early has left; None without one, or before the training is over."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether it grows no more: all its rounds are there, or it has stopped early."""
        ...

    def grow(self, n_rounds: int) -> Any:
        """Train until there are so many rounds in all, and return what predicts as the model of now does.

        At the end of the training this is a fitted estimator, to the last bit as one `fit` of as many rounds
        fits it: the one that was given, if this is the first call.

        Raises:
            Exception: Whatever the training raises.
        """
        ...

    def change(self, changed: Mapping[str, Any]) -> None:
        """Give the model new params, which hold from the next round on; `faults` found none in them."""
        ...

    def close(self) -> None:
        """Let go of a model that grows no more; a second call does nothing."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """The power of a growth that goes on from a checkpoint; flagged by `GrowerSpec.keeps`."""

    def state(self) -> Any:
        """Return what the training goes on from, as it is now, for `GrowthRequest.state`; it can be pickled.

        It holds until the model grows on: whoever keeps it pickles it at once.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthRequest:
    """What a model grows from."""

    model: Any
    """An estimator with its params set. It is fitted at the end."""
    X: Any
    """Training rows, shape (n_samples, n_features)."""
    y: Any
    """Targets, or None."""
    params: Mapping[str, Any]
    """Of `fit`."""
    valid: tuple[Any, Any] | None = None
    """Rows and targets by which a rule to stop early decides; without them it is put aside."""
    state: Any = None
    """Of `Resumable`: the training goes on from there, with the params that the model has; None begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowerSpec(PluginSpec):
    """What grows models of one library by rounds."""

    takes: Callable[[object], bool]
    """Whether an object is such a model; asked of all models, so the library is not imported here."""
    resources: tuple[str, ...]
    """The params that say how many rounds there are, the usual one first."""
    rounds: Callable[[Any], int]
    """How many rounds one `fit` of a model has at most."""
    begin: Callable[[GrowthRequest], Growth]
    """Begin a training; nothing is trained yet."""
    faults: Callable[[Any, Mapping[str, Any]], Mapping[str, str]]
    """Return, by name, why params of a model cannot change between rounds; nothing if they can."""
    suits: Callable[[Any], bool] = lambda model: True
    """Whether a model, with its params, trains by rounds what one `fit` does."""
    keeps: Callable[[Any], bool] = lambda model: False
    """Whether the growth of a model is a `Resumable`."""
    redraws: Callable[[Any], bool] = lambda model: False
    """Whether a model that goes on from a state is another one than if it had never stopped: the random
    numbers that it draws anew are others."""
    unknown: Callable[[Any, Sequence[str]], Sequence[str]] = lambda model, names: ()
    """Which of some params of a model its library does not know, though its estimator takes them."""
    lacks_rows: Callable[[Any, Mapping[str, Any]], bool] = lambda model, params: False
    """Whether a model's own `fit`, with these params, fails: it is to stop early by rows that it lacks."""
