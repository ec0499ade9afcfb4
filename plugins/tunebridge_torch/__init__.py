"""PyTorch beside tunebridge: objectives that train in mini-batches, and a space of optimizers.

Importing this package loads no torch; `training` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from tunebridge import MissingLibraryError, Trial
from tunebridge_torch.space import optimizer_space

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from tunebridge_torch.data import Data
    from tunebridge_torch.objective import TorchObjective
    from tunebridge_torch.optimizers import OptimizerChoice

__all__ = [
    "apply",
    "lightning_callback",
    "load",
    "optimizer_space",
    "save",
    "skorch_callback",
    "training",
]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""


def apply(
    optimizer: Optimizer,
    changed: Mapping[str, Any],
    scheduler: LRScheduler | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Give an optimizer new options in mid-training, so that they take effect; all of them, or none.

    `changed = yield score` in an objective of your own gives what a rule has changed:
    `apply(optimizer, changed or {})`.

    Averages of Adam, AdamW, Adamax and RAdam are rescaled when a beta changes, else the next step would be
    several times too long or too short. The velocity of SGD and RMSprop ends when momentum becomes 0, and
    begins anew when it comes back.

    Args:
        optimizer: Whose options change, from its next step on.
        changed: New values by name: options of the optimizer, `beta1` and `beta2` for `betas`.
        scheduler: What moves the rate, if anything does: `lr` is then the rate of the whole schedule, which
            goes on as if it had begun with it. That is the peak for OneCycleLR and CyclicLR, and the rate of
            now for ReduceLROnPlateau.
        before: What the options were by name. Where param groups have values of their own, each keeps its
            proportion to this one, or without it to the first group's.

    Raises:
        LiveParamError: The optimizer has no such option, would ignore it, or would jump; a scheduler would
            overwrite it; or the value is out of its bounds. Nothing is changed then.
        MissingLibraryError: PyTorch is not installed.
    """
    with _needing_torch("apply"):
        from tunebridge_torch import live
    live.apply(optimizer, changed, scheduler, before=before)


def save(folder: str | os.PathLike[str], /, **parts: Any) -> None:
    """Save a training into a folder, with all that its next step depends on.

    Between two epochs of an objective of your own, and as the last thing that it does in one:
    `save(folder, model=model, optimizer=optimizer, scheduler=scheduler, best=best)`. The random state of the
    process is saved, too: that of torch, on CPU and GPUs, of numpy and of Python.

    What is no part is not saved: the place in a loader that is half read, gradients that are summed over
    several epochs, attributes of a module that are no weights or buffers.

    Args:
        folder: An existing one, such as the one that `trial.checkpoint()` gives.
        **parts: By names of your own: whatever has a `state_dict` and a `load_state_dict`; generators of
            torch, numpy and Python, such as the one that a loader shuffles by; and plain data, such as the
            best score up to now.

    Raises:
        ObjectiveError: A part is none of these.
        MissingLibraryError: PyTorch is not installed.
    """
    with _needing_torch("save"):
        from tunebridge_torch import saved
    saved.write(folder, parts, of_process=True)


def lightning_callback(trial: Trial, metric: str, *, names: Mapping[str, str] | None = None) -> Any:
    """Return a callback for `Trainer(callbacks=[...])` of Lightning.

    It reports a metric that the module logs, ends the fit when the trial is told to stop, gives the optimizer
    what rules change, as `apply` does, and writes checkpoints between epochs, where they are of use. Let a
    fit go on from them, and return what was reported last:

        callback = tunebridge_torch.lightning_callback(trial, "val_loss")
        trainer = Trainer(max_epochs=20, callbacks=[callback])
        trainer.fit(module, loader, valid_loader, ckpt_path=callback.ckpt_path)
        return callback.value

    What a validation measures is reported when it ends, but for the check before the training; all else when
    the epoch has ended. The steps of reports are counted over all fits of a trial. Give one callback to all
    of them; the first one alone writes checkpoints, and the others begin anew after it.

    Args:
        trial: Whose training it is.
        metric: A name that the module logs: `self.log("val_loss", loss)`.
        names: What params of the trial are called in the optimizer, where that is another name:
            `{"rate": "lr"}`.

    Raises:
        ProblemError: There is no trial, or no metric, or the study has no param that has a name.
        MissingLibraryError: Lightning is not installed.
    """
    with _needing_torch("lightning_callback"):
        from tunebridge_torch.of_lightning import make_callback
    return make_callback(trial, metric, {} if names is None else names)


def skorch_callback(trial: Trial, metric: str, *, names: Mapping[str, str] | None = None) -> Any:
    """Return a callback for `NeuralNet(callbacks=[...])` of skorch.

    It reports a metric that each epoch measures, ends the fit when the trial is told to stop, gives the
    optimizer what rules change, as `apply` does, and writes checkpoints between epochs, where they are of
    use. A fit goes on from them by itself, with the epochs of `max_epochs` that are left:

        callback = tunebridge_torch.skorch_callback(trial, "valid_loss")
        net = NeuralNetClassifier(Module, max_epochs=20, lr=trial["lr"], callbacks=[callback])
        net.fit(X, y)
        return callback.value

    The steps of reports are counted over all fits of a trial. Give one callback to all of its nets, such as
    those of folds; the first fit alone writes checkpoints, and the others begin anew after it.

    Args:
        trial: Whose training it is.
        metric: A name in the history of the net: `valid_loss`, `valid_acc`, `train_loss`, or that of a
            scoring callback, which stands before this one.
        names: What params of the trial are called in the optimizer, where that is another name:
            `{"rate": "lr"}`. `optimizer__momentum` is `momentum` by itself.

    Raises:
        ProblemError: There is no trial, or no metric, or the study has no param that has a name.
        MissingLibraryError: skorch is not installed.
    """
    with _needing_torch("skorch_callback"):
        from tunebridge_torch.of_skorch import make_callback
    return make_callback(trial, metric, {} if names is None else names)


def load(folder: str | os.PathLike[str], /, *, partial: bool = False, **parts: Any) -> dict[str, Any]:
    """Let a training go on from what `save` has saved, to the last bit on a CPU.

    The optimizer has the rate of the one that was saved then: give it new options after this, by `apply`.
    Nothing is shared with who saved, and no code is run that the file may hold.

    Args:
        folder: Where it was saved, such as `trial.resumed`.
        partial: Load only the parts that are given, such as the model of
            `record.checkpoint("best")`, and leave the random state of the process as it is.
        **parts: Those that `save` got, but for plain data. They are on any device that is here.

    Returns:
        The plain data, by name.

    Raises:
        ObjectiveError: There is no such file, it is damaged, or it is of other parts.
        MissingLibraryError: PyTorch is not installed.
    """
    with _needing_torch("load"):
        from tunebridge_torch import saved
    return saved.read(folder, parts, partial=partial)


def training(
    build_model: Callable[[Trial], nn.Module],
    *,
    train: Data,
    valid: Data,
    loss: str | Callable[[Tensor, Tensor], Tensor] = "cross_entropy",
    metric: str | Callable[[Tensor, Tensor], Any] = "accuracy",
    epochs: int = 30,
    batch_size: int = 32,
    optimizer: OptimizerChoice = "adam",
    device: str = "auto",
    keep_best: bool | Literal["minimize", "maximize"] = False,
    checkpoint_every: int = 1,
) -> TorchObjective:
    """Make an objective that trains a model and reports after each epoch.

    A report holds the metric and the loss of the validation set, `{"accuracy": 0.9, "loss": 0.3}`. Name the
    metric, and say which way it goes, in the problem:
    `tb.Problem(training(...), space, direction="maximize", metric="accuracy")`.

    Params of the space named `epochs`, `batch_size`, `device` or `optimizer` win over the arguments. `lr` and
    the other options of the optimizer are the params of these names (`beta1` and `beta2` for `betas`).

    Params that feedback changes reach the optimizer at the next batch, as `apply` has it; a group that was
    given another value than the param's keeps its proportion to it. A changed `batch_size` makes a new
    loader, a changed `epochs` moves the end. A rule for a param that cannot change is refused before trial 1.

    A checkpoint holds all that the next epoch depends on, so that a trial that goes on from it is to the last
    bit, on a CPU, the trial that was never interrupted.

    A trial repeats exactly on a CPU by `trial.seed`, and the random state of the process is left as it was.
    That covers what draws from torch's generators: weights, shuffling, dropout. Trials in threads of one
    process share these generators, so they do not repeat.

    Args:
        build_model: Called with the trial, a dict of its params; returns a module of its own for this trial.
        train: A pair of tensors (inputs, targets), a `Dataset`, or a `DataLoader`. A loader is used as it is,
            so `batch_size` cannot be a param beside it.
        valid: The same; it is never shuffled, unless a loader does so.
        loss: `cross_entropy`, `nll`, `bce_with_logits`, `mse`, `l1`, `smooth_l1`, `huber`, or a function of
            outputs and targets that returns their mean loss.
        metric: `accuracy`, `loss`, `mse`, `rmse`, `mae`, `r2`, or a function of outputs and targets of the
            whole validation set, both on the CPU, reported under its own name (`metric` for a lambda).
        epochs: Passes over the training data, >= 1.
        batch_size: Rows per step, >= 1.
        optimizer: Unless the space has an `optimizer`: a name of `optimizer_space`, or a class of
            `torch.optim`. A function `(model.parameters(), trial) -> Optimizer` is always used.
        device: `auto` is the device that the trial was given, or else `cuda` where there is one, else `cpu`;
            or any name that torch knows.
        keep_best: Keep the weights of the best epoch, on the CPU, as `record.artifact("model")`; the value of
            the trial is then that epoch's, not the last one's. For a metric of your own write which way is
            better, "minimize" or "maximize".
        checkpoint_every: Epochs from one checkpoint to the next, >= 1. They are written where they are of
            use: in a stored study, so that a trial that was interrupted goes on from its last one; and where
            trials are paused or copied. The last epoch has one, too.

    Raises:
        UnknownNameError: No loss, metric, optimizer or device has this name.
        ProblemError: An argument is out of its bounds, the data is empty, or the device is not there.
        MissingLibraryError: PyTorch is not installed.
    """
    with _needing_torch("training"):
        from tunebridge_torch.objective import make_objective
    return make_objective(
        build_model,
        train=train,
        valid=valid,
        loss=loss,
        metric=metric,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        device=device,
        keep_best=keep_best,
        checkpoint_every=checkpoint_every,
    )


@contextmanager
def _needing_torch(what: str) -> Iterator[None]:
    """Say in one error what needs torch, where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingLibraryError(
            f"{what} needs torch", hint='run: pip install "tunebridge[torch]"'
        ) from error
