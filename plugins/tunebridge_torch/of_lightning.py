"""The callback of Lightning's `Trainer`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tunebridge import MissingLibraryError, Trial
from tunebridge.trial.watched import check_watched
from tunebridge_torch.fits import Fits
from tunebridge_torch.watch import Watch

if TYPE_CHECKING:
    from lightning.pytorch import Callback

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
"""The two packages that hold one library."""


class Hooks:
    """What a callback of Lightning does for one trial.

    Args:
        fits: The trial's.
    """

    def __init__(self, fits: Fits) -> None:
        """Hold them."""
        super().__init__()
        self._fits = fits

    @property
    def value(self) -> float | None:
        """The last report of the trial, that of the checkpoint it goes on from included."""
        return self._fits.watch.value

    @property
    def ckpt_path(self) -> str | None:
        """What the next `fit` is to go on from; None to begin."""
        return self._fits.ckpt_path

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Begin a fit."""
        if stage == "fit":
            self._fits.open(trainer)

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Note how the optimizers were made."""
        self._fits.prepare(trainer)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to train."""
        self._fits.begin(trainer)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Do what is due between two epochs."""
        self._fits.begin_epoch(trainer)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Note what was measured before."""
        self._fits.begin_validation(trainer)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Report."""
        self._fits.end_validation(trainer)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Do what is due after the last epoch."""
        self._fits.end(trainer)

    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Mend what is saved between two epochs."""
        self._fits.write(checkpoint)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """End a fit."""
        self._fits.close(trainer)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End a fit that raises."""
        self._fits.leave()


def make_callback(trial: Trial, metric: str, names: Mapping[str, str]) -> Callback:
    """Return the callback of one trial; see `tunebridge_torch.lightning_callback`.

    Raises:
        ProblemError: There is no trial, or no metric, or the study has no param that has a name.
        MissingLibraryError: Lightning is not installed.
    """
    check_watched(trial, metric, names)
    made: Callback = type("TrialCallback", (Hooks, _base()), {})(Fits(Watch(trial, metric, names)))
    return made


def _base() -> Any:
    """Return what callbacks derive from.

    Raises:
        MissingLibraryError: Lightning is not installed.
    """
    for package in PACKAGES:
        try:
            return import_module(package).Callback
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != package.partition(".")[0]:
                raise
    raise MissingLibraryError(
        "lightning_callback needs lightning, which is not installed",
        hint='run: pip install "tunebridge[lightning]"',
        in_every_trial=True,
    )
