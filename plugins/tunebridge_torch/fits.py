"""The fits of one trial by Lightning's `Trainer`: mostly one, or one for each fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from tunebridge import ObjectiveError
from tunebridge.trial.watched import unmeasured
from tunebridge_torch import saved
from tunebridge_torch.configured import Configured
from tunebridge_torch.orders import Orders
from tunebridge_torch.watch import Watch

FILE = "lightning.ckpt"
"""What Lightning saves, in the folder of a checkpoint, beside `training.pt`."""

GOING_ON = "trainer.fit(model, loader, valid_loader, ckpt_path=callback.ckpt_path)"
"""How a fit goes on from a checkpoint."""


@dataclass(slots=True, eq=False)
class Fits:
    """What the callback of one trial does: see `tunebridge_torch.lightning_callback`."""

    watch: Watch
    """What is known of the trial."""
    _is_training: bool = field(default=False, init=False)
    _has_trained: bool = field(default=False, init=False)
    _n_epochs: int = field(default=0, init=False)
    _n_reports: int = field(default=0, init=False)
    _found: dict[str, Any] | None = field(default=None, init=False)
    """What was saved beside Lightning's own, where this fit goes on from it."""
    _configured: Configured = field(init=False)
    """The options that the optimizers of this fit were made with."""
    _seen: object = field(default=None, init=False)
    """The metric at the end of the epoch before: a newer one is another tensor."""
    _before: object = field(default=None, init=False)
    """The metric at the begin of a validation."""
    _is_of_validation: bool = field(default=False, init=False)
    _has_validated: bool = field(default=False, init=False)
    """Whether there was a validation since this fit began to train."""
    _is_saving: bool = field(default=False, init=False)

    @property
    def ckpt_path(self) -> str | None:
        """What the next fit is to go on from; None to begin."""
        checkpoint = self.watch.trial.resumed
        return None if checkpoint is None or self.watch.n_fits else str(checkpoint / FILE)

    def open(self, trainer: Any) -> None:
        """Begin a fit.

        Raises:
            TrialError: The callback is another trial's, or not the only one of this trial.
            ObjectiveError: The trainer was used before, or trains in several processes.
        """
        self.watch.begin_fit("Trainer")
        _check(trainer)
        self._n_epochs = self._n_reports = 0
        self._seen = self._before = self._found = None
        self._has_trained = self._has_validated = False

    def prepare(self, trainer: Any) -> None:
        """Note the options of the optimizers, before those of a checkpoint take their place.

        Raises:
            ObjectiveError: The trial goes on from a checkpoint, and the fit does not.
        """
        self._configured = Configured.of(trainer)
        checkpoint = self.watch.trial.resumed
        if checkpoint is None or self.watch.n_fits > 1:
            return
        given = trainer.ckpt_path
        if given is None or Path(given) != checkpoint / FILE:
            raise ObjectiveError(
                f"trial {self.watch.trial.number} goes on from its checkpoint of step {checkpoint.step}, "
                "and its fit has begun anew",
                hint=f"write {GOING_ON}",
            )
        self._found = saved.read(checkpoint, {}, partial=False)
        trainer.should_stop = self._found["is stopped"]

    def begin(self, trainer: Any) -> None:
        """Begin to train, with what was saved and has changed since."""
        self._is_training = self._has_trained = True
        if self._found is not None:
            # It lies between two epochs: of none of them a part is left to be trained.
            trainer.fit_loop.epoch_loop.restarting = False
            self._seen = self._fill(trainer, self._found["metrics"])
            Orders.of(trainer).put(self._found["orders"], are_drawn_from=True)
            self._configured.bring_over(trainer, self._found["configured"])

    def begin_epoch(self, trainer: Any) -> None:
        """Do what is due between two epochs."""
        if self._n_epochs:
            self._end_epoch(trainer)
        self._n_epochs += 1

    def begin_validation(self, trainer: Any) -> None:
        """Look at the metric, which a validation may measure anew."""
        if self._is_training:
            self._before = trainer.callback_metrics.get(self.watch.metric)

    def end_validation(self, trainer: Any) -> None:
        """Report what a validation has measured, but for that before the training.

        Raises:
            TrialPruned: The trial is to end here.
        """
        found = trainer.callback_metrics.get(self.watch.metric)
        self._has_validated = self._has_validated or self._is_training
        if self._is_training and found is not None and found is not self._before:
            self._is_of_validation = True
            self._report(trainer, found)

    def end(self, trainer: Any) -> None:
        """Do what is due after the last epoch.

        Raises:
            ObjectiveError: There was nothing to report.
        """
        self._end_epoch(trainer)
        self._is_training = False
        if not self._n_reports and self._found is None:
            raise self._unmeasured(trainer)

    def close(self, trainer: Any) -> None:
        """Leave a trainer that had nothing left to train as it was when it was saved."""
        checkpoint = self.watch.trial.resumed
        if self._found is not None and checkpoint is not None and not self._has_trained:
            self._fill(trainer, self._found["metrics"])
            Orders.of(trainer).put(self._found["orders"])
            saved.read(checkpoint, {}, partial=False)

    def write(self, checkpoint: dict[str, Any]) -> None:
        """Let Lightning's state of this moment be that of an epoch that has ended.

        It has counted the epoch that is about to begin, and would take it for trained when it goes on.
        """
        if self._is_saving:
            for counts in checkpoint["loops"]["fit_loop"]["epoch_progress"].values():
                counts["ready"] = counts["completed"]

    def leave(self) -> None:
        """End a fit that raises."""
        self._is_training = False

    def _fill(self, trainer: Any, metrics: Mapping[str, float]) -> object:
        """Give a trainer the metrics that it had when it was saved, and return the one that is reported."""
        trainer.callback_metrics.update({name: torch.tensor(value) for name, value in metrics.items()})
        return trainer.callback_metrics.get(self.watch.metric)

    def _end_epoch(self, trainer: Any) -> None:
        found = trainer.callback_metrics.get(self.watch.metric)
        if not self._is_of_validation and found is not None and found is not self._seen:
            self._seen = found
            self._report(trainer, found)
        if not self._n_reports and not trainer.enable_validation:
            raise self._unmeasured(trainer)
        if self.watch.is_to_save():
            self._save(trainer)

    def _report(self, trainer: Any, found: torch.Tensor) -> None:
        changed, before = self.watch.report(found)
        self._n_reports += 1
        if changed:
            self._configured.change(trainer, changed, before)

    def _save(self, trainer: Any) -> None:
        """Write a checkpoint.

        Raises:
            ObjectiveError: It could not be gone on from.
            TrialPaused: The trial's turn is over.
        """
        if trainer.max_steps != -1 and any(one.reduce_on_plateau for one in trainer.lr_scheduler_configs):
            raise ObjectiveError(
                "ReduceLROnPlateau would miss an epoch: Lightning leaves it out when max_steps go on",
                hint="give the Trainer max_epochs in place of max_steps",
            )
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        orders = Orders.of(trainer).states()
        with self.watch.trial.checkpoint() as folder:
            self._is_saving = True
            trainer.save_checkpoint(folder / FILE, weights_only=False)
            self._is_saving = False
            plain = {
                "is stopped": trainer.should_stop,
                "metrics": metrics,
                "orders": orders,
                "configured": self._configured.options,
            }
            saved.write(folder, plain, of_process=True)

    def _unmeasured(self, trainer: Any) -> ObjectiveError:
        """Return the error of a fit without a report; one that was never validated, alone."""
        return unmeasured(
            self.watch.metric,
            trainer.callback_metrics,
            "nothing was logged",
            or_else=f'write self.log("{self.watch.metric}", value) in validation_step',
            instead='take one of these: metric="..."',
            in_every_trial=self._has_validated or not trainer.enable_validation,
        )


def _check(trainer: Any) -> None:
    """Check that a trainer can train one trial.

    Raises:
        ObjectiveError: It was used before, or trains in several processes.
    """
    if trainer.current_epoch or trainer.global_step:
        raise ObjectiveError(
            f"the Trainer has trained {trainer.current_epoch} epochs before, and would go on with them",
            hint="make the Trainer and its callback in the objective, new ones for each trial",
        )
    if trainer.world_size > 1:
        raise ObjectiveError(
            f"the Trainer trains in {trainer.world_size} processes, and a trial reports from its own",
            hint="write Trainer(devices=1), and let trials train side by side: tb.tune(..., n_jobs=2)",
        )
