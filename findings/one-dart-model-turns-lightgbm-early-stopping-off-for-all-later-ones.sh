#!/usr/bin/env bash
# lightgbm 4.7.0: one early_stopping callback that has met boosting "dart" once stops no later training any more, "gbdt" neither.
# Guess: a callback made by lightgbm.early_stopping is set up anew for each training (its records are), and "dart", for which early
# stopping is not to be had, costs that one training its early stop, with the warning that it prints.
# What happens: the switch is set to off, and nothing sets it on again. A search that hands one callback to all its candidates
# trains everything after the first "dart" to the last tree. The same holds after a training whose only evaluation set is the
# training set. The one warning comes at the "dart" candidate, where it is right; at the others there is none.
# Why it matters: scores depend on the order of candidates. In scikit-learn's GridSearchCV with one process candidates share the callback;
# with n_jobs=2 each gets a copy, so that the same search trains other models and finds other scores.
# What to do: make the callback where the model is fitted, one for each training; or leave "dart" to a search of its own.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, train_test_split

warnings.simplefilter("ignore")
X, y = load_breast_cancer(return_X_y=True)
X_train, X_valid, y_train, y_valid = train_test_split(X, y, random_state=0, stratify=y)
TREES = 150


def trees(boosting, callback, evaluated=(X_valid, y_valid)):
    model = lightgbm.LGBMClassifier(boosting_type=boosting, n_estimators=TREES, num_leaves=7, n_jobs=1, verbose=-1)
    model.fit(X_train, y_train, eval_set=[evaluated], callbacks=[callback])
    return model.booster_.current_iteration()


own = [trees(boosting, lightgbm.early_stopping(3, verbose=False)) for boosting in ("gbdt", "dart", "gbdt")]
shared = lightgbm.early_stopping(3, verbose=False)
together = [trees(boosting, shared) for boosting in ("gbdt", "dart", "gbdt")]
print("trees of gbdt, dart, gbdt: with a callback each", own, "with one for all", together)
assert own[0] == own[2] < TREES and own[1] == TREES, "a callback of its own does not stop gbdt alone"
assert together == [own[0], TREES, TREES], "a shared callback comes back after dart now"

shared = lightgbm.early_stopping(3, verbose=False)
trees("gbdt", shared, (X_train, y_train))
after = trees("gbdt", shared)
print("trees of gbdt after a training that was evaluated on its own training set:", after)
assert after == TREES, "a shared callback comes back after the training set now"


def search(order, n_jobs):
    model = lightgbm.LGBMClassifier(n_estimators=TREES, num_leaves=7, n_jobs=1, verbose=-1)
    found = GridSearchCV(model, {"boosting_type": order}, cv=3, n_jobs=n_jobs, refit=False)
    found.fit(X_train, y_train, eval_set=[(X_valid, y_valid)], callbacks=[lightgbm.early_stopping(3, verbose=False)])
    return dict(zip(order, found.cv_results_["mean_test_score"].round(4).tolist()))


first, last, parallel = search(["gbdt", "dart"], 1), search(["dart", "gbdt"], 1), search(["dart", "gbdt"], 2)
print("GridSearchCV, gbdt first:", first, "dart first:", last, "dart first, n_jobs=2:", parallel)
assert first["dart"] == last["dart"] and first["gbdt"] != last["gbdt"], "the order of candidates does not matter now"
assert parallel == first, "two processes find what one does in this order now"
print("Seen: early stopping is off for good once a shared callback has met dart, or the training set alone; scores depend on the order and on n_jobs.")
PYTHON
