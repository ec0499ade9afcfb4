#!/usr/bin/env bash
# scikit-learn 1.9.1: HistGradientBoosting that goes on (warm_start) with other sample weights gets worse with each tree, and records that it gets better.
# Guess: the same X and y with new weights (upweighted rows, class_weight set late, weights only for the second part) is a common way to go on;
# the old trees stay, and the new ones follow the new weights, as in GradientBoosting, and in this class up to 1.8.0.
# What happens: since 1.9 the bins of features depend on the weights, so the second fit cuts X at other places. It then runs the old trees over the
# new bins by the numbers of the old ones, hence starts from predictions that the model never makes, and fits the new trees to their errors.
# predict uses the cuts themselves and is right for the old trees, so that what the new ones add is a correction of something else.
# train_score_ is computed from the wrong predictions: it falls while the error of the model on the same rows grows tenfold.
# A constant factor on all weights does no harm; early stopping watches the wrong score, too.
# Why it matters: there is no warning, "the same data" (the docs ask for it) is given, and all that one looks at during training looks right.
# What to do: keep weights and class_weight as they were in a warm start, or train anew.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import mean_squared_error, roc_auc_score

HALF, ALL = 50, 100
X, y = make_friedman1(500, noise=1, random_state=0)
weights = np.where(X[:, 3] > 0.5, 20.0, 1.0)


def losses(model, second):
    """Return the loss on the training rows after half of the trees and after all, as predictions have it."""
    staged = [mean_squared_error(y, predicted, sample_weight=second) / 2 for predicted in model.staged_predict(X)]
    return round(staged[HALF - 1], 3), round(staged[ALL - 1], 3)


def grown(first, second):
    model = HistGradientBoostingRegressor(max_iter=HALF, warm_start=True, early_stopping=True, validation_fraction=None, n_iter_no_change=ALL)
    model.fit(X, y, sample_weight=first)
    before = model.predict(X)
    model.set_params(max_iter=ALL).fit(X, y, sample_weight=second)
    assert np.array_equal(before, list(model.staged_predict(X))[HALF - 1]), "the old trees have changed"
    return *losses(model, second), round(float(-model.train_score_[-1]), 3)


ones = np.ones(len(y))
cases = {"none, then none": (None, None), "weights twice": (weights, weights), "weights, then 2 x weights": (weights, 2 * weights)}
cases |= {"none, then weights": (None, weights), "weights, then none": (weights, None), "weights, then ones": (weights, ones)}
for name, (first, second) in cases.items():
    half, full, recorded = grown(first, second)
    print(f"{name}: loss of the predictions at {HALF} trees {half}, at {ALL} trees {full}; recorded by the model at {ALL} trees {recorded}")
    if list(cases).index(name) < 3:
        assert full < half and abs(full - recorded) < 0.002, "equal weights do harm"
    else:
        assert full > 2 * half and recorded < half, "new weights do no harm now"

exact = GradientBoostingRegressor(n_estimators=HALF, warm_start=True, random_state=0).fit(X, y)
exact.set_params(n_estimators=ALL).fit(X, y, sample_weight=weights)
half, full = losses(exact, weights)
print(f"GradientBoostingRegressor, none, then weights: {half}, {full}")
assert full < half

X, y = make_classification(3000, n_informative=8, weights=[0.95], flip_y=0.02, random_state=0)
late = HistGradientBoostingClassifier(max_iter=HALF, warm_start=True, random_state=0).fit(X[:1500], y[:1500])
scores = [round(roc_auc_score(y[1500:], late.predict_proba(X[1500:])[:, 1]), 3)]
late.set_params(max_iter=ALL, class_weight="balanced").fit(X[:1500], y[:1500])
scores.append(round(roc_auc_score(y[1500:], late.predict_proba(X[1500:])[:, 1]), 3))
print(f'classifier, class_weight="balanced" set for the second half: ROC AUC on other rows {scores[0]}, then {scores[1]}')
assert scores[1] < scores[0], "a late class_weight does no harm now"
print("Seen: only where the weights change, the loss of the model grows while the loss that it records falls.")
PYTHON
