"""The fits of one trial by a net of skorch's: mostly one, or one for each fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tunebridge import ObjectiveError
from tunebridge.checks import is_finite
from tunebridge.trial.watched import unmeasured
from tunebridge_torch import generators, net_state
from tunebridge_torch.configured import Configured
from tunebridge_torch.watch import Watch

BEFORE = "put the callback that measures it before this one: callbacks=[scoring, callback]"
"""What to do about a metric that is not there yet."""

PREFIX = "optimizer__"
"""How params of a net begin that are options of its optimizer."""


@dataclass(slots=True, eq=False)
class Epochs:
    """What the callback of one trial does: see `tunebridge_torch.skorch_callback`.

    A checkpoint is written when the next epoch begins, or the training ends: then all other callbacks have
    done what an epoch's end is to them.
    """

    watch: Watch
    """What is known of the trial."""
    _n_epochs: int = field(default=0, init=False)
    """Those of this fit that have ended, before the checkpoint it goes on from, too."""
    _most: int = field(default=0, init=False)
    """The net's own `max_epochs`."""
    _left: int = field(default=0, init=False)
    """Those that are left of it, where the trial goes on."""
    _begun: dict[str, Any] = field(default_factory=dict, init=False)
    """What the process drew from when the fit began: rows may be held out by it."""
    _configured: Configured | None = field(default=None, init=False)
    """The options that the optimizer of this fit was made with; None before its first epoch."""
    _validates: bool = field(default=False, init=False)
    _is_open: bool = field(default=False, init=False)
    """Whether an epoch has begun and was not reported."""
    _is_interrupted: bool = field(default=False, init=False)

    @property
    def _goes_on(self) -> bool:
        return self.watch.trial.resumed_step is not None and self.watch.n_fits == 1

    def begin(self, net: Any) -> None:
        """Begin a fit, of as many epochs as are left.

        Raises:
            TrialError: The callback is another trial's, or not the only one of this trial.
        """
        self.watch.begin_fit("net")
        self._n_epochs, self._most, self._configured = 0, net.max_epochs, None
        self._is_open = self._is_interrupted = False
        self._begun = generators.process_state()
        if self._goes_on:
            found = net_state.noted(self.watch.trial.resumed)
            self._n_epochs, self._begun = found["n_epochs"], found["begun"]
            self._left = 0 if found["is stopped"] else max(0, self._most - self._n_epochs)
            net.max_epochs = max(1, self._left)
            generators.set_process_state(self._begun)

    def begin_epoch(self, net: Any, *, validates: bool) -> None:
        """Do what is due between two epochs.

        Raises:
            ObjectiveError: There are more epochs than the net has by its `max_epochs`.
            TrialPaused: The trial's turn is over.
            KeyboardInterrupt: No epoch is left, which skorch takes for the end of the training.
        """
        with self._interruptible():
            self._validates = validates
            if self._configured is None:
                self._prepare(net)
        if self._goes_on and not self._left:
            raise KeyboardInterrupt
        with self._interruptible():
            if self._goes_on and self._n_epochs >= self._most:
                raise ObjectiveError(
                    f"trial {self.watch.trial.number} goes on after {self._n_epochs} epochs, and max_epochs "
                    f"is {self._most}",
                    hint="give the net max_epochs in place of fit(..., epochs=...)",
                )
            self._save(net, net.history.to_list()[:-1], is_stopped=False)
            self._is_open = True

    def end_epoch(self, net: Any) -> None:
        """Report what an epoch has measured.

        Raises:
            ObjectiveError: It has measured no such thing.
            TrialPruned: The trial is to end here.
        """
        with self._interruptible():
            self._is_open = False
            self._n_epochs += 1
            self._report(net)

    def end(self, net: Any) -> None:
        """Do what is due after the last epoch, also where another callback has ended the training.

        Raises:
            KeyboardInterrupt: Somebody has pressed Ctrl-C, which skorch takes for an end.
        """
        is_stopped = self._is_open
        if self._is_interrupted or (self._is_open and not self._has_ended(net.history[-1])):
            raise KeyboardInterrupt
        if self._is_open:
            self.end_epoch(net)
        self._save(net, net.history.to_list(), is_stopped=is_stopped or self._n_epochs < self._most)

    def _prepare(self, net: Any) -> None:
        """Note how the optimizer was made, and let the net go on from the checkpoint, if there is one."""
        trainer = net_state.trainer_of(net)
        self._configured = Configured.of(trainer)
        net.max_epochs = self._most
        if not self._goes_on:
            return
        configured = net_state.noted(self.watch.trial.resumed)["configured"]
        epoch = net.history[-1]
        net_state.read(self.watch.trial.resumed, net)
        if self._left:
            net.history.append({**epoch, "epoch": len(net.history) + 1})
        self._configured.bring_over(trainer, configured)

    def _has_ended(self, epoch: Mapping[str, Any]) -> bool:
        """Return whether all rows of an epoch were gone through: then a callback has ended the training."""
        return "train_batch_count" in epoch and (not self._validates or "valid_batch_count" in epoch)

    def _report(self, net: Any) -> None:
        epoch, metric = net.history[-1], self.watch.metric
        if metric not in epoch:
            raise _unmeasured(metric, epoch)
        changed, before = self.watch.report(epoch[metric])
        if changed and self._configured is not None:
            self._configured.change(net_state.trainer_of(net), changed, before)

    def _save(self, net: Any, history: list[Any], *, is_stopped: bool) -> None:
        """Write a checkpoint if one is due, and of use.

        Raises:
            ObjectiveError: It could not be gone on from.
            TrialPaused: The trial's turn is over.
        """
        if not self.watch.is_to_save():
            return
        more = {
            "n_epochs": self._n_epochs,
            "is stopped": is_stopped,
            "begun": self._begun,
            "configured": [] if self._configured is None else self._configured.options,
        }
        with self.watch.trial.checkpoint() as folder:
            net_state.write(folder, net, history, more)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Note that Ctrl-C was pressed while the study was asked."""
        try:
            yield
        except KeyboardInterrupt:
            self._is_interrupted = True
            raise


def _unmeasured(metric: str, epoch: Mapping[str, Any]) -> ObjectiveError:
    names = [name for name, value in epoch.items() if is_finite(value) and name not in ("epoch", "dur")]
    return unmeasured(
        metric,
        [name for name in names if not name.endswith("_batch_count")],
        "when it was to be reported, nothing was measured",
        or_else=BEFORE,
        instead=f"take one of these, or {BEFORE}",
    )
