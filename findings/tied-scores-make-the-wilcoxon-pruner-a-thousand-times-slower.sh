#!/usr/bin/env bash
# Optuna 5.0.0 with scipy: WilcoxonPruner takes thousands of times longer for a decision while scores tie, up to the 13th fold.
# Guess: a decision costs about as much at every fold, next to nothing beside the training of a fold; if anything, more data cost more.
# What happens: the test behind the pruner is exact without ties and an approximation with them, but with ties among up to 13 pairs
# scipy goes through all sign patterns, 2 to the power of the number of pairs, one statistic each. Two candidates with the
# same score on two folds, or two differences of one size, are enough. One more pair, 14, and it is quick again.
# Why it matters: scores of folds tie all the time: an accuracy on 50 rows has 51 values, and a search evaluates a point twice.
# Cross-validation of a small model by ten folds, which the pruner is made for, then spends its time in the pruner.
# What to do: report differences that do not tie (a loss instead of an accuracy), or keep the pruner out of folds 8 to 13
# by n_startup_steps=14 where there are more folds than that.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 scipy==1.17.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from statistics import median
from time import process_time

import numpy as np
import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
FOLDS = 15


def seconds(scores):
    """Return the seconds of one decision at each number of folds, as the median over three trials."""
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.WilcoxonPruner(p_threshold=1e-9))
    taken = []
    for row in scores:
        trial, times = study.ask(), []
        for step, score in enumerate(row):
            trial.report(float(score), step)
            begun = process_time()
            trial.should_prune()
            times.append(process_time() - begun)
        study.tell(trial, float(np.mean(row)))
        taken.append(times)
    return {n: median(times[n - 1] for times in taken[1:]) for n in (6, 10, 13, 14, 15)}


rng = np.random.default_rng(0)
continuous = rng.normal(0.8, 0.05, (4, FOLDS))
tied = np.round(continuous * 50) / 50  # accuracies of folds of 50 rows
without, with_ties = seconds(continuous), seconds(tied)
for n in without:
    print(f"{n:2} folds: {without[n] * 1e3:8.2f} ms without ties, {with_ties[n] * 1e3:8.2f} ms with ties")
assert with_ties[13] > 20 * without[13], "ties cost little now"
assert with_ties[13] > 20 * with_ties[14], "the 14th fold is no quicker now"
assert with_ties[13] > 4 * with_ties[10], "the cost does not grow with the folds now"
print("Seen: with ties the cost of one decision doubles with each fold up to the 13th, and falls back at the 14th.")
PYTHON
