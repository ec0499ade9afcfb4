"""The objective: a generator that trains the model of one trial, and reports after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tunebridge import Direction, ObjectiveError, ProblemError, Trial
from tunebridge.display.brief import brief
from tunebridge_torch.arguments import read_best, read_count
from tunebridge_torch.changes import apply_changes, when_in_force
from tunebridge_torch.data import Source, generators, make_loader, read_batches, read_data
from tunebridge_torch.devices import device_of, find_device
from tunebridge_torch.loop import Learner, copy_weights
from tunebridge_torch.losses import Loss, find_loss
from tunebridge_torch.metrics import Metric, find_metric
from tunebridge_torch.optimizers import check_choice, make_optimizer
from tunebridge_torch.progress import MODEL, Progress
from tunebridge_torch.randomness import Randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchObjective:
    """Trains one model per trial; `tunebridge_torch.training` makes it and describes its fields."""

    fingerprint_version: ClassVar[int] = 1
    """Raised when the same inputs get other values."""
    build_model: Callable[[Trial], nn.Module]
    train: Source
    valid: Source
    loss: Loss
    metric: Metric
    epochs: int
    batch_size: int
    optimizer: Any
    device: str
    best: Direction | None
    """Which way the metric of the weights to keep is better; None keeps no weights."""
    checkpoint_every: int
    """Epochs from one checkpoint to the next."""

    def __call__(self, trial: Trial) -> Generator[dict[str, float], dict[str, Any] | None, float | None]:
        """Train, and yield the metric and the loss of the validation set after each epoch.

        Returns:
            The metric of the weights that are kept, if any are.

        Raises:
            ObjectiveError: The loss is not finite, or something given does not fit.
            ProblemError: A param of the trial that training needs is out of its bounds.
        """
        device = device_of(trial, self.device)
        progress = self._begun(trial, device)
        while progress.epoch < self._epochs(trial):
            learner, epoch = progress.learner, progress.epoch
            with progress.randomness.active():
                learner.train(self._train_batches(trial, device), epoch)
                scores = learner.score(self._valid_batches(trial, device), self.metric, epoch)
            self._keep(progress, scores[self.metric.name])
            before = trial.params
            changes = yield scores
            apply_changes(learner.optimizer, before, changes or {})
            progress.epoch += 1
            if self._is_due(trial, progress.epoch):
                progress.save()
        return progress.value

    def fingerprint(self) -> dict[str, Any]:
        """Return what the value depends on, by name."""
        names = (
            "build_model",
            "train",
            "valid",
            "loss",
            "metric",
            "epochs",
            "batch_size",
            "optimizer",
            "device",
        )
        keep_best = "no" if self.best is None else self.best.value
        return {**{name: getattr(self, name) for name in names}, "keep_best": keep_best}

    def live(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Return, by name, when a changed param is in force, or why none can be."""
        return when_in_force(self.optimizer, params)

    def _begun(self, trial: Trial, device: torch.device) -> Progress:
        """Return a training at its begin, or where the trial goes on from."""
        randomness = Randomness(trial.seed, device, generators(self.train, self.valid))
        with randomness.active():
            progress = Progress(self._learner(trial, device), randomness, trial)
        if trial.resumed is not None:
            progress.load(trial.resumed)
        return progress

    def _keep(self, progress: Progress, score: float) -> None:
        """Keep the weights with their score, if it is the best."""
        if self.best is not None and (
            progress.value is None or self.best.sign * (score - progress.value) < 0
        ):
            progress.value = score
            progress.trial.keep(MODEL, copy_weights(progress.learner.model))

    def _is_due(self, trial: Trial, n_trained: int) -> bool:
        """Return whether a checkpoint is to be written after so many epochs."""
        last = n_trained >= self._epochs(trial)
        return trial.wants_checkpoint or (
            trial.may_resume and (last or n_trained % self.checkpoint_every == 0)
        )

    def _epochs(self, trial: Trial) -> int:
        return read_count("epochs", trial.get("epochs", self.epochs))

    def _learner(self, trial: Trial, device: torch.device) -> Learner:
        model = self.build_model(trial)
        if not isinstance(model, nn.Module):
            raise ObjectiveError(f"build_model must return a torch.nn.Module, got {brief(model)}")
        model = model.to(device)
        self.loss.to(device)
        optimizer = make_optimizer(self.optimizer, model.parameters(), trial)
        return Learner(model, optimizer, self.loss, trial)

    def _train_batches(self, trial: Trial, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        if "batch_size" in trial and isinstance(self.train, DataLoader):
            raise ProblemError(
                "batch_size is a param, and train is a DataLoader, whose size of batches is fixed",
                hint="give train as a Dataset or as a pair of tensors",
            )
        loader = make_loader(self.train, self._batch_size(trial), shuffle=True)
        return read_batches(loader, device, "train")

    def _valid_batches(self, trial: Trial, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        loader = make_loader(self.valid, self._batch_size(trial), shuffle=False)
        return read_batches(loader, device, "valid")

    def _batch_size(self, trial: Trial) -> int:
        return read_count("batch_size", trial.get("batch_size", self.batch_size))


def make_objective(
    build_model: Callable[[Trial], nn.Module],
    *,
    train: Any,
    valid: Any,
    loss: Any,
    metric: Any,
    epochs: Any,
    batch_size: Any,
    optimizer: Any,
    device: Any,
    keep_best: Any,
    checkpoint_every: Any,
) -> TorchObjective:
    """Check the arguments of `tunebridge_torch.training`, and hold them."""
    if not callable(build_model) or isinstance(build_model, nn.Module):
        raise ProblemError(
            f"build_model must be a function of one trial, got {brief(build_model)}",
            hint="each trial trains a model of its own: def build_model(trial): return nn.Sequential(...)",
        )
    check_choice(optimizer)
    find_device(device)
    chosen_loss = find_loss(loss)
    chosen_metric = find_metric(metric, chosen_loss)
    return TorchObjective(
        build_model=build_model,
        train=read_data(train, "train"),
        valid=read_data(valid, "valid"),
        loss=chosen_loss,
        metric=chosen_metric,
        epochs=read_count("epochs", epochs),
        batch_size=read_count("batch_size", batch_size),
        optimizer=optimizer,
        device=device,
        best=read_best(keep_best, chosen_metric),
        checkpoint_every=read_count("checkpoint_every", checkpoint_every),
    )
