#!/usr/bin/env bash
# xgboost 3.2.0 (scikit-learn interface): a fitted model with a list of metrics can neither predict nor be saved once any param of it is set.
# Guess: set_params(n_jobs=1) before a model is served, or set_params(verbosity=0), changes that setting and leaves the fitted trees alone;
# eval_metric matters for training only.
# What happens: set_params of a fitted model hands all params, not only the new one, to the trees' library, and a list of metrics
# travels as one text. Nothing is said at that moment. The next predict, predict_proba, score or save_model raises "Unknown metric function"
# with the whole list in it, and goes on raising it: setting eval_metric to one text afterwards does not help, and a pickle or a
# deep copy of the model cannot be made either, so that the trees are lost unless they were saved before. A list of one metric does it,
# too. One metric as a text is fine, and so is a list in a model that was loaded from a file and not touched. The same for XGBRegressor.
# Why it matters: two metrics are usual where a search prunes by one of them; setting n_jobs or device is what one does as search
# ends and serving begins; and the error speaks of training, two calls later.
# What to do: set params before fit; afterwards set eval_metric=None in the same call, or change the booster alone
# (get_booster().set_param({"nthread": 1})).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xgboost-cpu==3.2.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import pickle
import sys
from functools import partial

from sklearn.datasets import load_breast_cancer, load_diabetes
from xgboost import XGBClassifier, XGBRegressor
from xgboost.core import XGBoostError


def fitted(metrics, kind=XGBClassifier, load=load_breast_cancer):
    X, y = load(return_X_y=True)
    model = kind(n_estimators=5, eval_metric=metrics).fit(X, y, eval_set=[(X, y)], verbose=False)
    model.predict(X)
    return model, X, y


def works(call):
    try:
        call()
    except XGBoostError as error:
        assert "Unknown metric function" in str(error), error
        return False
    return True


path = sys.argv[1] + "/model.json"
TWO = ["logloss", "auc"]
seen = {}
model, X, y = fitted(TWO)
model.save_model(path)
model.set_params(n_jobs=1)
seen["two metrics, n_jobs set"] = [
    works(call) for call in (partial(model.predict, X), partial(model.score, X, y), partial(pickle.dumps, model))
]
model.set_params(eval_metric="logloss")
seen["then one metric set, too late"] = works(partial(model.predict, X))
model, X, y = fitted(TWO)
model.set_params(n_jobs=1, eval_metric=None)
seen["n_jobs and no metric set together"] = works(partial(model.predict, X))
loaded = XGBClassifier(eval_metric=TWO)
loaded.load_model(path)
seen["loaded"] = works(partial(loaded.predict, X))
loaded.set_params(verbosity=0)
seen["loaded, verbosity set"] = works(partial(loaded.predict, X))
listed, X, y = fitted(["auc"])
listed.set_params(n_jobs=1)
seen["a list of one metric, n_jobs set"] = works(partial(listed.predict, X))
single, X, y = fitted("auc")
single.set_params(n_jobs=1)
seen["one metric, n_jobs set"] = works(partial(single.predict, X))
regressor, X, y = fitted(["rmse", "mae"], XGBRegressor, load_diabetes)
regressor.set_params(n_jobs=1)
seen["regressor, n_jobs set"] = works(partial(regressor.predict, X))
for name, able in seen.items():
    print(f"{name}: works {able}")
assert seen == {
    "two metrics, n_jobs set": [False, False, False],
    "then one metric set, too late": False,
    "n_jobs and no metric set together": True,
    "loaded": True,
    "loaded, verbosity set": False,
    "a list of one metric, n_jobs set": False,
    "one metric, n_jobs set": True,
    "regressor, n_jobs set": False,
}, "a fitted model with two metrics takes new params otherwise now"
print("Seen: a fitted model with a list of metrics neither predicts nor pickles after set_params.")
PYTHON
