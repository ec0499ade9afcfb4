#!/usr/bin/env bash
# scikit-learn 1.9.1, HalvingGridSearchCV (HalvingRandomSearchCV alike): a rung on few samples has lost the stratified folds.
# Guess: with cv=StratifiedKFold each rung, too, keeps the share of classes; a candidate is dropped because its score is low.
# What happens: the rung takes the folds and then draws a plain random subset of each train and test part. With 10 % positives and
# 22 test rows a fold may hold no positive, its ROC AUC is NaN, and one such fold makes the mean of EVERY candidate NaN.
# Then the NaNs are all treated as the lowest score; since all are, the last candidates in the order of the grid are promoted.
# Why it matters: the search ends at the largest C of the grid, chosen by its place in the list (the same grid turned round keeps
# the smallest ones); the only signs are warnings about an undefined metric and non-finite scores.
# What to do: set min_resources so that a fold holds tens of the rarest class, or halve over another resource (trees, epochs);
# look for NaN in cv_results_ before the winner is trusted.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingGridSearchCV, StratifiedKFold

warnings.simplefilter("ignore")
draw = np.random.default_rng(0)
rows = draw.normal(size=(1000, 3))
labels = draw.permutation(np.arange(1000) < 100).astype(int)
rows[:, 0] += 2 * labels
grid = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000]


def search(values, seed, **options):
    halving = HalvingGridSearchCV(
        LogisticRegression(), {"C": values}, scoring="roc_auc", cv=StratifiedKFold(5), random_state=seed, **options
    )
    return halving.fit(rows, labels)


blind = 0
for seed in range(5):
    done = search(grid, seed)
    results = done.cv_results_
    first = results["iter"] == 0
    lost = int(np.isnan(results["mean_test_score"][first]).sum())
    folds = [int(np.isnan(results[f"split{fold}_test_score"][first]).all()) for fold in range(5)]
    promoted = [params["C"] for params, rung in zip(results["params"], results["iter"]) if rung == 1]
    print(f"seed {seed}: folds without a positive {sum(folds)} of 5, NaN means {lost} of 9, promoted {promoted}, best {done.best_params_['C']}")
    assert lost in (0, 9), "a lost fold no longer hits all candidates"
    if lost:
        blind += 1
        assert promoted == grid[-3:], "NaN candidates are not promoted by their place any more"
        turned = search(grid[::-1], seed).cv_results_
        assert {params["C"] for params, rung in zip(turned["params"], turned["iter"]) if rung == 1} == set(grid[:3])
assert blind >= 2, "the folds of a rung seem to be stratified now"

enough = search(grid, 0, min_resources=300).cv_results_
assert np.isfinite(enough["mean_test_score"]).all(), "300 samples in the first rung are not enough"
print(f"Seen: in {blind} of 5 searches the first rung chose by the order of the grid alone; turned round, it keeps the other end.")
PYTHON
