"""The table of the docs says what a fit of Lightning or skorch does with a param that a rule changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning.pytorch import seed_everything

import tunebridge as tb
from tests.docs.tables import check_table
from tests.plugins.tunebridge_torch import lit, skorched
from tunebridge_torch import lightning_callback, skorch_callback

pytestmark = lit.MARKS

VALUES: dict[str, tuple[float, float]] = {
    "lr": (0.1, 0.02),
    "momentum": (0.9, 0.5),
    "weight_decay": (0.01, 0.1),
    "batch_size": (32, 16),
    "max_epochs": (3, 2),
    "width": (16, 8),
}
"""What each param begins with, and what it changes to."""


class Wide(lit.Net):
    """A module whose optimizer has all options of the table."""

    def __init__(self, trial: tb.Trial, scheduler: str) -> None:
        super().__init__(trial["lr"], scheduler=scheduler)
        self.trial = dict(trial)
        self.layers[0] = torch.nn.Linear(64, trial["width"])
        self.layers[3] = torch.nn.Linear(trial["width"], 10)

    def configure_optimizers(self) -> Any:
        options = {name: self.trial[name] for name in ("lr", "momentum", "weight_decay")}
        optimizer = torch.optim.SGD(self.parameters(), **options)
        if not self.scheduler:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": lit.SCHEDULERS[self.scheduler](optimizer)}


class WideTwo(lit.Two):
    """A module with two optimizers."""

    def __init__(self, trial: tb.Trial) -> None:
        super().__init__(trial["lr"])

    def on_train_epoch_end(self) -> None:
        """Log nothing."""


def by_lightning(trial: tb.Trial, make: Callable[[tb.Trial], lit.Net]) -> Any:
    seed_everything(trial.seed, verbose=False)
    trainer = lit.trainer_of([lightning_callback(trial, "val_loss")], max_epochs=int(trial["max_epochs"]))
    net = make(trial)
    trainer.fit(net, lit.loader(batch_size=int(trial["batch_size"])), lit.loader(lit.VALID))
    return net


def by_skorch(trial: tb.Trial, case: str) -> Any:
    torch.manual_seed(trial.seed)
    own = {"optimizer__momentum": trial["momentum"], "optimizer__weight_decay": trial["weight_decay"]}
    own |= {"module__width": trial["width"], "max_epochs": int(trial["max_epochs"])}
    net = skorched.net_of(
        skorch_callback(trial, "valid_loss"), trial["lr"], case, batch_size=int(trial["batch_size"]), **own
    )
    return net.fit(skorched.X, skorched.Y).module_


FITS: dict[str, Callable[[tb.Trial], Any]] = {
    "Lightning": lambda trial: by_lightning(trial, lambda trial: Wide(trial, "")),
    "Lightning, `StepLR`": lambda trial: by_lightning(trial, lambda trial: Wide(trial, "step")),
    "Lightning, `OneCycleLR`": lambda trial: by_lightning(trial, lambda trial: Wide(trial, "one cycle")),
    "Lightning, `ReduceLROnPlateau`": lambda trial: by_lightning(trial, lambda trial: Wide(trial, "plateau")),
    "Lightning, two optimizers": lambda trial: by_lightning(trial, WideTwo),
    "skorch": lambda trial: by_skorch(trial, ""),
    "skorch, `StepLR`": lambda trial: by_skorch(trial, "schedule step"),
    "skorch, `OneCycleLR`": lambda trial: by_skorch(trial, "schedule one cycle"),
    "skorch, `ReduceLROnPlateau`": lambda trial: by_skorch(trial, "schedule plateau"),
}
"""What fits a net, by its row in the table."""

LIVE = ""
"""The reason against a param that is live."""


def weights(fit: Callable[[tb.Trial], Any], *rules: tb.Schedule) -> Any:
    """Return the weights of one fit, or the error of its trial."""

    def train(trial: tb.Trial) -> float:
        trial.keep("weights", [part.detach().numpy().copy() for part in fit(trial).parameters()])
        return 1.0

    spaces: dict[str, Any] = {name: tb.Float(0.0, 64.0) for name in ("lr", "momentum", "weight_decay")}
    spaces |= {name: tb.Int(1, 64) for name in ("batch_size", "max_epochs", "width")}
    begin = {name: first for name, (first, _) in VALUES.items()}
    problem = tb.Problem(train, tb.Space(spaces))
    try:
        result = tb.tune(
            problem, backend="optuna:random", seed=0, n_trials=1, initial=[begin], adjust=list(rules)
        )
    except tb.StudyFailedError as failure:  # the rule would fail in every trial
        result = failure.result
    (record,) = result.trials
    return record.error or record.artifact("weights")


def reason(fit: Callable[[tb.Trial], Any], name: str, untouched: Any) -> str:
    """Return why a fit refuses a param; nothing if it trains otherwise from then on."""
    changed = weights(fit, tb.Schedule(name, {0: VALUES[name][1]}))
    if isinstance(changed, str):
        said = re.search(r"LiveParamError: (?:while it trains, )?(.*)", changed)
        assert said is not None, changed
        return re.sub(rf"(\w+ cannot take {name}|{name} cannot change): ", "", said[1])
    assert any(not np.array_equal(one, other) for one, other in zip(changed, untouched, strict=True)), name
    return LIVE


def row(label: str) -> tuple[str, str, str]:
    fit = FITS[label]
    untouched = weights(fit)
    assert not isinstance(untouched, str), untouched
    reasons: dict[str, list[str]] = {LIVE: []}
    for name in VALUES:
        reasons.setdefault(reason(fit, name, untouched), []).append(f"`{name}`")
    live = ", ".join(reasons.pop(LIVE)) or "nothing"
    return label, live, "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())


def test_the_table_of_the_docs_says_what_fits_do() -> None:
    check_table("live-params", "nets", ("fit", "live", "refused"), [row(label) for label in FITS])
