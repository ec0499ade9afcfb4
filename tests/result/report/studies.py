"""Studies that have pages, each run once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import tunebridge as tb
from tunebridge.trial.lineage import Copy

HOSTILE = "<script>alert('x')</script>"

IMAGE = "<img src=x onerror=alert(1)>"

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int, value: float | None, **changed: Any) -> tb.TrialRecord:
    """Return the record of a trial that took a second: COMPLETE with a value, else FAILED."""
    start = BEGIN + timedelta(seconds=number)
    known: dict[str, Any] = {
        "number": number,
        "state": tb.TrialState.FAILED if value is None else tb.TrialState.COMPLETE,
        "params": {"x": 0.5},
        "values": None if value is None else (value,),
        "backend": "optuna:random",
        "told": "told",
        "error": "ValueError: broken" if value is None else None,
        "seed": number,
        "started": start,
        "finished": start + timedelta(seconds=1),
        "sampler_seconds": 0.01,
        "objective_seconds": 0.99,
    }
    return tb.TrialRecord(**known | changed)


def study(trials: Sequence[tb.TrialRecord], **changed: Any) -> tb.Result:
    """Return a result with these trials, of one parameter that is minimised."""
    known: dict[str, Any] = {
        "problem": tb.Problem(slope, tb.Space(x=tb.Float(0, 1, log=False))),
        "study": "made up",
        "backend": "optuna:random",
        "seed": 0,
        "trials": list(trials),
        "stop_reason": "n_trials",
    }
    return tb.Result(**known | changed)


def slope(trial: tb.Trial) -> float:
    return float(trial["x"])


def training(trial: tb.Trial) -> Iterator[float]:
    """Learn slowly at a low rate, fail at a high one; the rate may be changed."""
    if trial["rate"] > 0.7:
        raise ValueError(f"diverged at {trial['rate']}: {HOSTILE} & <b>bold</b>")
    value = 0.0
    for _ in range(12):
        value += trial["rate"] * (1 - value)
        yield round(value, 3)


def trained() -> tb.Result:
    """Return a study with curves, pruned and failed trials, and a rule that changes the rate."""
    space = tb.Space({
        "rate": tb.Float(0.01, 0.9),
        "width": tb.Ordinal([16, 32, 64]),
        "kind": tb.Categorical({f"deep {IMAGE}": tb.Space(depth=tb.Int(1, 3)), "flat": tb.Space()}),
        "fixed": tb.Constant("same"),
    })  # fmt: skip
    return tb.tune(
        tb.Problem(training, space, direction="maximize"),
        backend="optuna:tpe",
        pruner="median",
        adjust=[tb.Plateau("rate", factor=0.5, patience=1, min_delta=0.05)],
        n_trials=40,
        seed=0,
        study=f"study {HOSTILE}",
    )


def front() -> tb.Result:
    """Return a study with two objectives."""
    problem = tb.Problem(
        lambda trial: (trial["x"], (1 - trial["x"]) ** 2 + trial["y"]),
        tb.Space(x=tb.Float(0, 1), y=tb.Float(0, 1)),
        direction=["minimize", "minimize"],
    )
    return tb.tune(problem, backend="optuna:random", n_trials=30, seed=0, study="front")


def population() -> tb.Result:
    """Return a study whose trial 1 copied trial 0 after step 4, and trial 2 that one after step 9."""
    reports = tuple(tb.Report(step, 1.0 / (step + 1)) for step in range(15))
    root = record(0, 0.3, params={"x": 0.1}, reports=reports)
    copied = _copy(4, root, 4)
    child = record(
        1, 0.2, params={"x": 0.9}, reports=reports, schedule=(copied, tb.Change(4, "x", 0.12, "explored"))
    )
    again = _copy(9, child, 9)
    last = record(2, 0.1, params={"x": 0.8}, reports=reports, schedule=(again, tb.Change(9, "x", 0.15)))
    return study([root, child, last])


def _copy(step: int, donor: tb.TrialRecord, donor_step: int) -> Copy:
    now = dict(donor.params)
    for entry in donor.schedule:
        now = dict(entry.params) if isinstance(entry, Copy) else {**now, entry.name: entry.value}
    lineage = tuple(
        replace(one, last=min(one.last, donor_step)) for one in donor.lineage if one.first <= donor_step
    )
    return Copy(step=step, donor=donor.number, donor_step=donor_step, params=now, lineage=lineage)
