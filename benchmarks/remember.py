"""What `remember=` saves in a long study, and what it does to the best value.

    python benchmarks/remember.py --parts length
    python benchmarks/remember.py --parts values --seeds 20

The cost is processor time of a study in memory. The native loop is asked at the end of a history of the same
length, whose trials were drawn at random. Values are paired by seed: one study with the bound, one without.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable, Mapping
from statistics import fmean, median, stdev
from time import process_time
from typing import Any

import numpy as np
import optuna
from hyperopt import Trials, fmin, rand, tpe
from hyperopt.base import JOB_STATE_DONE, Domain
from rich.console import Console
from rich.table import Table

import tunebridge as tb

SPACE = tb.Space(
    x=tb.Float(-5.0, 10.0),
    y=tb.Float(0.0, 15.0),
    lr=tb.Float(1e-5, 1.0, log=True),
    layers=tb.Int(1, 20),
    units=tb.Int(1, 1000, log=True),
    activation=tb.Categorical(["relu", "tanh", "gelu", "selu"]),
)
PENALTIES = {"relu": 1.0, "tanh": 0.0, "gelu": 3.0, "selu": 0.5}
BLOCK = 1_000
"""Trials of a block whose costs are compared."""


def value(params: Mapping[str, Any]) -> float:
    """Return Branin's function of x and y, and how far the rest is from a point."""
    x, y = params["x"], params["y"]
    bend = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    branin = bend + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
    rest = abs(params["layers"] - 7) / 2 + 2 * (math.log10(params["lr"]) + 2.5) ** 2
    return float(branin + rest + abs(math.log(params["units"] / 90)) + PENALTIES[params["activation"]])


class Clock:
    """Notes the processor time at the end of each trial."""

    def __init__(self) -> None:
        """Begin now."""
        self.ends = [process_time()]

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        """Note it."""
        self.ends.append(process_time())

    def block(self, place: int) -> float:
        """Return the milliseconds a trial of one block, counted from 0."""
        return (self.ends[(place + 1) * BLOCK] - self.ends[place * BLOCK]) * 1e3 / BLOCK


def tuned(chosen: tb.Backend, n_trials: int, seed: int, clock: Clock | None = None) -> float:
    """Return the best value of a study."""
    problem = tb.Problem(value, SPACE)
    observers = [] if clock is None else [clock]
    return tb.tune(problem, backend=chosen, n_trials=n_trials, seed=seed, observers=observers).best_value


def native_optuna(n_trials: int, n_asks: int) -> list[float]:
    """Return what trials of Optuna's own loop cost at the end of a history, in milliseconds."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    told, rng = tb.explain(SPACE, "optuna:tpe"), random.Random(0)
    distributions = told.build()
    names = dict(zip(distributions["activation"].choices, PENALTIES, strict=True))
    for params in (SPACE.sample(rng.randrange(2**31)) for _ in range(n_trials)):
        native = told.encode(params)
        study.add_trial(optuna.create_trial(params=native, distributions=distributions, value=value(params)))

    def objective(trial: optuna.Trial) -> float:
        return value(
            {
                "x": trial.suggest_float("x", -5.0, 10.0),
                "y": trial.suggest_float("y", 0.0, 15.0),
                "lr": trial.suggest_float("lr", 1e-5, 1.0, log=True),
                "layers": trial.suggest_int("layers", 1, 20),
                "units": trial.suggest_int("units", 1, 1000, log=True),
                "activation": names[trial.suggest_categorical("activation", [*names])],
            }
        )

    return [timed(lambda: study.optimize(objective, n_trials=1)) for _ in range(n_asks)]


def native_hyperopt(n_trials: int, n_asks: int) -> list[float]:
    """Return what trials of hyperopt's `fmin` cost at the end of a history, in milliseconds."""
    graph, trials = tb.to_native(SPACE, "hyperopt:tpe"), Trials()
    domain, seeds = Domain(value, graph), np.random.default_rng(0)
    documents = rand.suggest(trials.new_trial_ids(n_trials), domain, trials, 0)
    for document in documents:
        native = {label: found[0] for label, found in document["misc"]["vals"].items()}
        document["state"] = JOB_STATE_DONE
        document["result"] = {"status": "ok", "loss": value(tb.decode(SPACE, "hyperopt:tpe", native))}
    trials.insert_trial_docs(documents)
    trials.refresh()

    def objective(point: dict[str, Any]) -> float:
        return value({**point, "activation": point["activation"].strip("'")})

    def once() -> None:
        fmin(
            objective,
            graph,
            algo=tpe.suggest,
            max_evals=len(trials.trials) + 1,
            trials=trials,
            rstate=seeds,
            verbose=False,
            show_progressbar=False,
        )

    return [timed(once) for _ in range(n_asks)]


def timed(call: Callable[[], object]) -> float:
    """Return the processor's milliseconds of a call."""
    begun = process_time()
    call()
    return (process_time() - begun) * 1e3


NATIVE = {"optuna:tpe": native_optuna, "hyperopt:tpe": native_hyperopt}


def length(backends: list[str], n_trials: int, most: int, n_asks: int) -> Table:
    """Return what a trial costs early and late, beside the native loop late."""
    table = Table(
        "backend", "trials", "second block, ms", "last, ms", "ratio", "native, ms", "last to native"
    )
    for name in backends:
        clock = Clock()
        tuned(tb.backend(name, remember=most), n_trials, 0, clock)
        second, last = clock.block(1), clock.block(n_trials // BLOCK - 1)
        native = median(NATIVE[name](n_trials, n_asks))
        row = (
            f"{second:.2f}",
            f"{last:.2f}",
            f"{last / second:.2f}",
            f"{native:.1f}",
            f"{last / native:.3f}",
        )
        table.add_row(f"{name}, remember={most}", f"{n_trials:,}", *row)
    return table


def values(backends: list[str], n_trials: int, most: int, seeds: range) -> Table:
    """Return the best values with a bound less those without, paired by seed, with their 95 % interval."""
    from scipy.stats import t

    table = Table(
        "backend", "trials", "seeds", "without", "with", "difference", "95 % interval", "better, worse"
    )
    for name in backends:
        pairs = []
        for seed in seeds:
            pairs.append(
                [tuned(one, n_trials, seed) for one in (tb.backend(name, remember=most), tb.backend(name))]
            )
            print(name, seed, *pairs[-1], flush=True)
        gaps = [ours - theirs for ours, theirs in pairs]
        reach = t.ppf(0.975, len(seeds) - 1) * stdev(gaps) / math.sqrt(len(seeds))
        ours, theirs = (fmean(side) for side in zip(*pairs, strict=True))
        counts = f"{sum(gap < 0 for gap in gaps)}, {sum(gap > 0 for gap in gaps)}"
        table.add_row(
            f"{name}, remember={most}",
            f"{n_trials:,}",
            str(len(seeds)),
            f"{theirs:.4f}",
            f"{ours:.4f}",
            f"{fmean(gaps):+.4f}",
            f"{fmean(gaps) - reach:+.4f} to {fmean(gaps) + reach:+.4f}",
            counts,
        )
    return table


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="length,values", help="what to measure: length, values")
    parser.add_argument("--backends", default=",".join(NATIVE))
    parser.add_argument("--remember", type=int, default=500)
    parser.add_argument("--n-trials", type=int, help="10,000 for length and 2,000 for values if left out")
    parser.add_argument("--seeds", type=int, default=20, help="how many of them")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--asks", type=int, default=7, help="trials of the native loop at that length")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    backends, parts, console = options.backends.split(","), options.parts.split(","), Console(width=140)
    seeds = range(options.first, options.first + options.seeds)
    if "length" in parts:
        console.print(length(backends, options.n_trials or 10_000, options.remember, options.asks))
    if "values" in parts:
        console.print(values(backends, options.n_trials or 2_000, options.remember, seeds))


if __name__ == "__main__":
    main()
