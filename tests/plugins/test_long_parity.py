"""Long runs, with trials that fail, are pruned or end late, propose what the native library's own ask does.

The native side is a study of Optuna's in Optuna's own storage, or hyperopt's `tpe.suggest` on `Trials`: both
are written here by hand. The slow set takes runs of 250 trials; `TUNEBRIDGE_TEST_LONG_RUN=1000 pytest -m slow
tests/plugins/test_long_parity.py` takes minutes a row, 5,000 trials hours.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import optuna
import pytest
from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, tpe
from hyperopt.base import Domain, spec_from_misc
from hyperopt.pyll.base import rec_eval
from optuna.samplers import TPESampler
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

import tunebridge as tb

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quiet_libraries")]

N_TRIALS = int(os.environ.get("TUNEBRIDGE_TEST_LONG_RUN", "250"))
"""Trials of a run."""

SPACES = {
    "flat": tb.Space(
        x=tb.Float(-5, 5),
        lr=tb.Float(1e-4, 1e-1, log=True),
        layers=tb.Int(1, 8),
        width=tb.Int(1, 512, log=True),
        activation=tb.Categorical(["relu", "tanh", "none"]),
    ),
    "conditional": tb.Space(
        lr=tb.Float(1e-4, 1e-1, log=True),
        batch=tb.Ordinal([16, 32, 64]),
        optimizer=tb.Categorical(
            {
                "sgd": tb.Space(momentum=tb.Float(0.0, 0.99), nesterov=tb.Categorical([True, False])),
                "adam": tb.Space(warmup=tb.Int(0, 5)),
                "none": tb.Space(),
            }
        ),
    ),
    "of 20 params": tb.Space(
        {f"x{place}": tb.Float(-1, 1) for place in range(12)}
        | {f"n{place}": tb.Int(0, 20) for place in range(5)}
        | {f"c{place}": tb.Categorical(["a", "b", "c"]) for place in range(3)}
    ),
}

ERRORS = {"PRUNED": tb.TrialPruned("by hand"), "FAILED": ValueError("by hand")}
"""What ends a trial."""

Fate = tuple[str, float, list[float]]


class Side(Protocol):
    """One who proposes."""

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """Return a trial, and its flat params."""

    def tell(self, trial: Any, fate: Fate) -> None:
        """End it."""


def value(params: Mapping[str, Any]) -> float:
    """Return a number that depends on all params."""
    numbers = [one if isinstance(one, int | float) else len(str(one)) for one in params.values()]
    return float(sum((place + 1) * float(one) ** 2 for place, one in enumerate(numbers)) % 97.0)


class OfTunebridge:
    """The loop by hand."""

    def __init__(self, space: tb.Space, backend: str, seed: int) -> None:
        self.study = tb.open_study(tb.Problem(value, space), backend=backend, n_trials=N_TRIALS, seed=seed)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        trial = self.study.ask()
        assert trial is not None
        return trial, dict(trial)

    def tell(self, trial: Any, fate: Fate) -> None:
        state, end, reports = fate
        for step, one in enumerate(reports):
            trial.report(one, step)
        if state == "COMPLETE":
            self.study.tell(trial, end)
        else:
            self.study.tell(trial, error=ERRORS[state])


class OfOptuna:
    """Optuna's ask and tell: what fails is told as pruned, without a value."""

    def __init__(self, space: tb.Space, backend: str, seed: int) -> None:
        self.space, self.backend = space, backend
        self.native = tb.to_native(space, backend)
        self.study = optuna.create_study(storage=InMemoryStorage(), sampler=TPESampler(seed=seed))

    def ask(self) -> tuple[Any, dict[str, Any]]:
        if callable(self.native):
            trial = self.study.ask()
            native = self.native(trial)
        else:
            trial = self.study.ask(self.native)
            native = trial.params
        return trial, tb.decode(self.space, self.backend, native)

    def tell(self, trial: Any, fate: Fate) -> None:
        state, end, reports = fate
        for step, one in enumerate(reports if state == "PRUNED" else ()):
            trial.report(one, step)
        if state == "COMPLETE":
            self.study.tell(trial, end)
        else:
            self.study.tell(trial, state=TrialState.PRUNED)


class OfHyperopt:
    """hyperopt's own suggestions, as `fmin` asks for them."""

    def __init__(self, space: tb.Space, backend: str, seed: int) -> None:
        self.space, self.backend = space, backend
        self.domain = Domain(None, tb.to_native(space, backend))
        self.trials, self.random = Trials(), np.random.default_rng(seed)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        ids = self.trials.new_trial_ids(1)
        self.trials.refresh()
        drawn = self.random.integers(2**31 - 1)
        [document] = tpe.suggest(ids, self.domain, self.trials, drawn, verbose=False)
        self.trials.insert_trial_docs([document])
        self.trials.refresh()
        memo = self.domain.memo_from_config(spec_from_misc(document["misc"]))
        native = rec_eval(self.domain.expr, memo=memo, print_node_on_error=False)
        return ids[0], tb.decode(self.space, self.backend, native)

    def tell(self, trial: Any, fate: Fate) -> None:
        state, end, reports = fate
        document = self.trials.trials[trial]
        if state == "COMPLETE":
            document["result"] = {"status": STATUS_OK, "loss": end}
        elif state == "PRUNED" and reports:
            document["result"] = {"status": STATUS_OK, "loss": reports[-1]}
        else:
            document["result"] = {"status": STATUS_FAIL}
        document["state"] = JOB_STATE_DONE


SIDES: dict[str, Callable[..., Side]] = {"optuna:tpe": OfOptuna, "hyperopt:tpe": OfHyperopt}


def fate_of(draw: random.Random, params: Mapping[str, Any]) -> Fate:
    """Return how a trial ends."""
    luck, end = draw.random(), value(params)
    if luck < 0.05:
        return "FAILED", end, []
    if luck < 0.2:
        return "PRUNED", end, [end + 1.0 / (1 + step) for step in range(draw.randint(1, 3))]
    return "COMPLETE", end, []


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("backend", SIDES)
def test_a_long_run_proposes_what_the_library_does(backend: str, space: str, seed: int) -> None:
    sides = [make(SPACES[space], backend, seed) for make in (OfTunebridge, SIDES[backend])]
    draw, pending, states = random.Random(seed), list[Any](), set[str]()
    for number in range(N_TRIALS):
        (ours, params), (theirs, native) = (side.ask() for side in sides)
        assert repr(params) == repr(native), f"trial {number}"
        pending.append((ours, theirs, params))
        while len(pending) > draw.randint(0, 2):
            *trials, params = pending.pop(draw.randrange(len(pending)))
            fate = fate_of(draw, params)
            states.add(fate[0])
            for side, trial in zip(sides, trials, strict=True):
                side.tell(trial, fate)
    assert states == {"FAILED", "PRUNED", "COMPLETE"}
