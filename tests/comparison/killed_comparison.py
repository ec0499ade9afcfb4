"""A comparison that a test kills: every evaluation is noted in a file as it begins.

It gets no further than the number of evaluations at which it is told to wait, however late the kill is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(-1.0, 1.0), kind=tb.Categorical(["a", "b"]))

N_TRIALS, SEEDS, BACKENDS = 6, (0, 1, 2), ["optuna:tpe", "optuna:random"]

EVIDENCE = "TUNEBRIDGE_TEST_EVIDENCE"
HOLD = "TUNEBRIDGE_TEST_HOLD"
"""Environment variables with the path of the file, and the number of evaluations after which none goes on."""

HOLD_SECONDS = 60.0


def noted(trial: tb.Trial) -> float:
    """Note the evaluation; wait if there were enough."""
    descriptor = os.open(os.environ[EVIDENCE], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, json.dumps({"seed": trial.seed, "params": dict(trial)}).encode() + b"\n")
    os.close(descriptor)
    with open(os.environ[EVIDENCE], "rb") as evidence:
        if len(evidence.readlines()) > int(os.environ.get(HOLD, sys.maxsize)):
            time.sleep(HOLD_SECONDS)
    return float(trial["x"] ** 2 + (trial["kind"] == "b"))


def run(url: str, **settings: Any) -> tb.Comparison:
    """Run the comparison, or go on with it."""
    defaults: dict[str, Any] = {"backends": BACKENDS, "n_trials": N_TRIALS, "seeds": SEEDS}
    return tb.compare(tb.Problem(noted, SPACE), storage=url, **{**defaults, **settings})


if __name__ == "__main__":
    n_jobs = int(sys.argv[2])
    run(sys.argv[1], **({} if n_jobs == 1 else {"n_jobs": n_jobs}))
