"""What a population finds: the quadratic of its paper, and two models on digits at equal epochs.

    python benchmarks/population.py --parts quadratic
    python benchmarks/population.py --parts torch,sgd --seeds 20 --json population.json

The quadratic is that of Jaderberg et al. (2017): a grid of two workers, each of which sees one term, against
a population of the same two.

On digits every way trains for the same number of epochs in all, from the same first proposals of a seed. Rows
are split by the seed into 50 % to train, 25 % to validate (what is reported) and 25 % to test. A way's model
is the one with the best validation score that it ever reported; its test score is what is compared. Pairs
are seeds; both tests are exact, for ties, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from time import process_time
from typing import Any, Protocol

import joblib
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest, t
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from torch import nn

import tunebridge as tb
import tunebridge_sklearn
import tunebridge_torch
from tunebridge.comparison.statistics.signed_rank import SignedRank

N_MEMBERS = 8
EVERY = 2
N_EPOCHS = 20
N_QUADRATIC_STEPS = 200

Rows = NDArray[Any]


def quadratic(trial: tb.Trial) -> Iterator[float]:
    """Climb a surrogate that the params say, and report the true height."""
    theta, first = np.array([0.9, 0.9]), 0
    if trial.resumed:
        theta, first = np.load(Path(trial.resumed) / "theta.npy"), trial.resumed.step + 1
    for _ in range(first, N_QUADRATIC_STEPS):
        theta = theta - 0.02 * np.array([trial["h0"], trial["h1"]]) * theta
        yield 1.2 - float(theta @ theta)
        with trial.checkpoint() as folder:
            np.save(folder / "theta.npy", theta)


def measure_quadratic(seeds: int) -> list[dict[str, float]]:
    """Return what the grid and the population reach, by seed."""
    space = tb.Space(h0=tb.Float(0.0, 1.0), h1=tb.Float(0.0, 1.0))
    workers = [{"h0": 1.0, "h1": 0.0}, {"h0": 0.0, "h1": 0.99}]
    problem, rows = tb.Problem(quadratic, space, direction="maximize"), []
    for seed in range(seeds):
        common: dict[str, Any] = {"backend": "optuna:random", "initial": workers, "n_trials": 2, "seed": seed}
        grid = tb.tune(problem, **common)
        population = tb.tune(problem, population=tb.Population(size=2, every=4, quantile=0.5), **common)
        rows.append({"grid": float(grid.best_value), "population": float(population.best_value)})
    return rows


@dataclass(frozen=True)
class Split:
    """Digits, split by a seed."""

    train: tuple[Rows, Rows]
    validate: tuple[Rows, Rows]
    test: tuple[Rows, Rows]

    @classmethod
    def of(cls, seed: int) -> Split:
        X, y = load_digits(return_X_y=True)
        X_train, X_rest, y_train, y_rest = train_test_split(
            X / 16.0, y, train_size=0.5, stratify=y, random_state=seed
        )
        X_valid, X_test, y_valid, y_test = train_test_split(
            X_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=seed
        )
        return cls((X_train, y_train), (X_valid, y_valid), (X_test, y_test))


class Learner(Protocol):
    """A model that trains by epochs."""

    def epoch(self) -> None: ...
    def score(self, rows: tuple[Rows, Rows]) -> float: ...
    def change(self, changed: dict[str, Any]) -> None: ...
    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path) -> None: ...


class Net:
    """A small net of torch, trained by SGD with momentum."""

    space = tb.Space(
        lr=tb.Float(1e-3, 1.0, log=True),
        momentum=tb.Float(0.0, 0.99),
        weight_decay=tb.Float(1e-6, 1e-1, log=True),
    )

    def __init__(self, trial: tb.Trial, split: Split) -> None:
        torch.manual_seed(trial.seed)
        self.X, self.y = (torch.as_tensor(part) for part in split.train)
        self.X = self.X.float()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
        self.optimizer = torch.optim.SGD(self.net.parameters(), **dict(trial))
        self.rows = torch.Generator().manual_seed(trial.seed)
        self.n_batches = -(-len(self.X) // 32)

    def epoch(self) -> None:
        for batch in torch.randperm(len(self.X), generator=self.rows).chunk(self.n_batches):
            loss = nn.functional.cross_entropy(self.net(self.X[batch]), self.y[batch])
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()

    def score(self, rows: tuple[Rows, Rows]) -> float:
        with torch.no_grad():
            found = self.net(torch.as_tensor(rows[0]).float()).argmax(1).numpy()
        return float((found == rows[1]).mean())

    def change(self, changed: dict[str, Any]) -> None:
        tunebridge_torch.apply(self.optimizer, changed)

    def save(self, folder: Path) -> None:
        state = {"net": self.net.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save({**state, "rows": self.rows.get_state()}, folder / "state.pt")

    def load(self, folder: Path) -> None:
        state = torch.load(folder / "state.pt", weights_only=True)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rows.set_state(state["rows"])


class Linear:
    """scikit-learn's SGDClassifier, trained by `partial_fit`."""

    space = tb.Space(eta0=tb.Float(1e-4, 1.0, log=True), alpha=tb.Float(1e-7, 1e-1, log=True))

    def __init__(self, trial: tb.Trial, split: Split) -> None:
        rng = np.random.RandomState(trial.seed)
        self.split = split
        self.model = SGDClassifier(learning_rate="constant", random_state=rng, **dict(trial))

    def epoch(self) -> None:
        self.model.partial_fit(*self.split.train, classes=np.arange(10))

    def score(self, rows: tuple[Rows, Rows]) -> float:
        return float(self.model.score(*rows))

    def change(self, changed: dict[str, Any]) -> None:
        tunebridge_sklearn.apply(self.model, changed)

    def save(self, folder: Path) -> None:
        joblib.dump(self.model, folder / "model.joblib")

    def load(self, folder: Path) -> None:
        self.model = joblib.load(folder / "model.joblib")


MODELS: dict[str, tuple[Callable[[tb.Trial, Split], Learner], tb.Space]] = {
    "torch": (Net, Net.space),
    "sgd": (Linear, Linear.space),
}


class Spent(Exception):
    """All epochs are used up in the middle of a trial."""


@dataclass
class Run:
    """One way's training: its epochs, and the best that it reported with its test score."""

    make: Callable[[tb.Trial, Split], Learner]
    split: Split
    saves: bool
    n_epochs: int
    limit: int
    spent: int = 0
    best: tuple[float, float] = field(default=(-1.0, 0.0))

    def train(self, trial: tb.Trial) -> Iterator[float]:
        model, first = self.make(trial, self.split), 0
        if trial.resumed:
            model.load(Path(trial.resumed))
            first = trial.resumed.step + 1
            model.change(dict(trial.resumed.changed))
        for epoch in range(first, self.n_epochs):
            if self.spent >= self.limit:
                raise Spent
            self.spent += 1
            model.epoch()
            valid = model.score(self.split.validate)
            if valid > self.best[0]:
                self.best = valid, model.score(self.split.test)
            model.change((yield valid) or {})
            if self.saves and (epoch + 1) % EVERY == 0:
                with trial.checkpoint() as folder:
                    model.save(folder)


def plain(run: Run, problem: tb.Problem, seed: int) -> None:
    tb.tune(problem, backend="optuna:random", n_trials=N_MEMBERS, seed=seed)


def asha(run: Run, problem: tb.Problem, seed: int) -> None:
    """Begin trials until all epochs are spent."""
    pruner = tb.pruner("asha", min_resource=2, reduction_factor=3)
    with tb.open_study(problem, backend="optuna:random", seed=seed, pruner=pruner) as study:
        while run.spent < run.limit and (trial := study.ask()) is not None:
            value = None
            try:
                for epoch, value in enumerate(run.train(trial), start=1):
                    trial.report(value, epoch)
            except (tb.TrialPruned, Spent) as error:
                study.tell(trial, error=error)
            else:
                study.tell(trial, value)


def population(explore: str) -> Callable[[Run, tb.Problem, int], None]:
    def grow(run: Run, problem: tb.Problem, seed: int) -> None:
        settings = tb.Population(size=N_MEMBERS, every=EVERY, explore=explore)
        tb.tune(
            problem,
            backend="optuna:random",
            population=settings,
            n_trials=N_MEMBERS,
            seed=seed,
            deterministic=True,
        )

    return grow


WAYS: dict[str, Callable[[Run, tb.Problem, int], None]] = {
    "optuna:random": plain,
    "optuna:random, ASHA": asha,
    "population, perturb": population("perturb"),
    "population, optuna:gp": population("optuna:gp"),
    "population, optuna:tpe": population("optuna:tpe"),
    "population, hyperopt:tpe": population("hyperopt:tpe"),
}
PAIRS = [
    ("population, perturb", "optuna:random"),
    ("population, perturb", "optuna:random, ASHA"),
    ("population, optuna:gp", "population, perturb"),
    ("population, optuna:gp", "optuna:random"),
]

Row = dict[str, Any]


def measure_digits(model: str, ways: list[str], seeds: range) -> Iterator[Row]:
    make, space = MODELS[model]
    for seed in seeds:
        split = Split.of(seed)
        for way in ways:
            run = Run(make, split, way.startswith("population"), N_EPOCHS, N_MEMBERS * N_EPOCHS)
            begin = process_time()
            WAYS[way](run, tb.Problem(run.train, space, direction="maximize"), seed)
            valid, test = run.best
            seconds = process_time() - begin
            row = {"model": model, "seed": seed, "way": way, "valid": valid, "test": test}
            yield {**row, "epochs": run.spent, "seconds": seconds}


def scores(rows: list[Row], way: str, which: str) -> list[float]:
    return [row[which] for row in sorted(rows, key=lambda row: row["seed"]) if row["way"] == way]


def print_digits(model: str, rows: list[Row]) -> None:
    table = Table("way", "epochs", "best validation", "test", "seconds", title=model)
    ways = [way for way in WAYS if scores(rows, way, "test")]
    for way in ways:
        valid, test = (fmean(scores(rows, way, which)) for which in ("valid", "test"))
        epochs, seconds = (median(scores(rows, way, which)) for which in ("epochs", "seconds"))
        table.add_row(way, f"{epochs:.0f}", f"{valid:.4f}", f"{test:.4f}", f"{seconds:.1f}")
    pairs = Table(
        "pair", "test", "better", "worse", "sign test", "signed ranks", "validation", "signed ranks"
    )
    for one, other in [pair for pair in PAIRS if set(pair) <= set(ways)]:
        pairs.add_row(f"{one} - {other}", *compared(rows, one, other))
    for shown in (table, pairs):
        Console(width=150).print(shown)


def compared(rows: list[Row], one: str, other: str) -> list[str]:
    """Return the mean difference with its 95 % interval, the counts, and the p-values of both tests."""
    test = np.round(np.subtract(scores(rows, one, "test"), scores(rows, other, "test")), 12)
    better, worse = int((test > 0).sum()), int((test < 0).sum())
    sign = binomtest(better, better + worse).pvalue if better + worse else 1.0
    valid = np.round(np.subtract(scores(rows, one, "valid"), scores(rows, other, "valid")), 12)
    ranks = [SignedRank(list(found), [0.0] * len(found)).p() for found in (test, valid)]
    shown = [interval(test), str(better), str(worse), f"{sign:.3f}", f"{ranks[0]:.3f}"]
    return [*shown, interval(valid), f"{ranks[1]:.3f}"]


def interval(differences: Rows) -> str:
    n = len(differences)
    half = t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n) if n > 1 else float("nan")
    return f"{differences.mean():+.4f} ± {half:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="quadratic,torch,sgd")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--ways", default="", help="ways separated by ';'; all if left out")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, list[Any]] = {}
    for part in given.parts.split(","):
        if part == "quadratic":
            found[part] = rows = measure_quadratic(given.seeds)
            for way in ("grid", "population"):
                reached = [row[way] for row in rows]
                n_there = sum(height >= 1.19 for height in reached)
                print(f"{way}: {min(reached):.3f} to {max(reached):.3f}, {n_there} of {len(reached)} at 1.19")
            continue
        ways = given.ways.split(";") if given.ways else list(WAYS)
        found[part] = []
        for row in measure_digits(part, ways, range(given.first, given.first + given.seeds)):
            print(row, flush=True)
            found[part].append(row)
        print_digits(part, found[part])
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
