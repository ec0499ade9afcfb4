"""The callback of skorch's nets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tunebridge import MissingLibraryError, Trial, TrialError
from tunebridge.trial.watched import check_watched
from tunebridge_torch.watch import Watch

if TYPE_CHECKING:
    from skorch.callbacks import Callback

    from tunebridge_torch.epochs import Epochs


class Hooks:
    """What a callback of skorch's does for one trial.

    Args:
        epochs: The trial's.
    """

    def __init__(self, epochs: Epochs) -> None:
        """Hold them, under a name that is none of a param."""
        self.epochs_ = epochs

    @property
    def value(self) -> float | None:
        """The last report of the trial, that of the checkpoint it goes on from included."""
        return self.epochs_.watch.value

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **_: Any) -> None:
        """Begin a fit."""
        self.epochs_.begin(net)

    def on_epoch_begin(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Do what is due between two epochs."""
        self.epochs_.begin_epoch(net, validates=dataset_valid is not None)

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any) -> None:
        """Report."""
        self.epochs_.end_epoch(net)

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **_: Any) -> None:
        """Do what is due after the last epoch."""
        self.epochs_.end(net)

    def __sklearn_clone__(self) -> Hooks:
        """Return itself: the nets of all folds report to one trial."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Hooks:
        """Return itself, as for a clone."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the trial where it is: with a net that is kept goes what says whose it was."""
        return _ended, (self.epochs_.watch.trial.number,)


class Ended:
    """Stands for the callback in a net that has left its trial; it may predict, and not train.

    Args:
        number: Of the trial.
    """

    def __init__(self, number: int) -> None:
        """Note it, under a name that is none of a param."""
        self.number_ = number

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **_: Any) -> NoReturn:
        """Refuse to train.

        Raises:
            TrialError: Always.
        """
        raise TrialError(
            f"the callback is that of trial {self.number_}, which has ended",
            hint="train on without it: net.set_params(callbacks=None)",
        )

    def __sklearn_clone__(self) -> Ended:
        """Return itself: it knows no more than its number."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it anew: its class is made when skorch is there."""
        return _ended, (self.number_,)


def make_callback(trial: Trial, metric: str, names: Mapping[str, str]) -> Callback:
    """Return the callback of one trial; see `tunebridge_torch.skorch_callback`.

    Raises:
        ProblemError: There is no trial, or no metric, or the study has no param that has a name.
        MissingLibraryError: skorch is not installed.
    """
    check_watched(trial, metric, names)
    base = _base()
    from tunebridge_torch.epochs import PREFIX, Epochs

    watch = Watch(trial, metric, names, prefix=PREFIX)
    made: Callback = type("TrialCallback", (Hooks, base), {})(Epochs(watch))
    return made


def _ended(number: int) -> Callback:
    made: Callback = type("EndedCallback", (Ended, _base()), {})(number)
    return made


def _base() -> Any:
    """Return what callbacks derive from.

    Raises:
        MissingLibraryError: skorch is not installed.
    """
    try:
        from skorch.callbacks import Callback
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "skorch":
            raise
        raise MissingLibraryError(
            "skorch_callback needs skorch, which is not installed",
            hint='run: pip install "tunebridge[skorch]"',
            in_every_trial=True,
        ) from error
    return Callback
