#!/usr/bin/env bash
# pandas 3.1.1 with scikit-learn 1.9.1 (cv_results_) and Optuna 5.0.0 (trials_dataframe): the choice None is lost.
# Guess: a column of choices such as None and "balanced" is an object column; None stays None, and a parameter that a trial
# does not have is NaN, so the two can be told apart.
# What happens: pandas 3 sees an object array of None and strings and makes a column of its new string type of it, whose only mark for
# "nothing" is NaN. class_weight=None and "no class_weight in this trial" become the same cell, and None is a float afterwards.
# A choice of None and numbers, or of None, strings and a number, is left alone: one more choice changes what None becomes.
# Why it matters: the best row, put back by set_params, is refused; a groupby drops the None trials without a word;
# counts and means per choice lack one choice.
# What to do: take params from cv_results_["params"] or trial.params; or build the frame under
# pandas.option_context("future.infer_string", False), which is deprecated already.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 scikit-learn==1.9.1 optuna==5.0.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import optuna
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

optuna.logging.set_verbosity(optuna.logging.ERROR)
rows, labels = make_classification(200, random_state=0)
search = GridSearchCV(LogisticRegression(), [{"class_weight": [None, "balanced"]}, {"C": [0.5]}], cv=3).fit(rows, labels)
assert search.cv_results_["param_class_weight"].data[0] is None
column = pd.DataFrame(search.cv_results_)["param_class_weight"]
print("scikit-learn: candidates", search.cv_results_["params"], "-> column", column.tolist(), column.dtype)
assert column.dtype == "str" and isinstance(column[0], float) and isinstance(column[2], float), "None and missing differ now"

model = LogisticRegression(class_weight=column[0])
try:
    model.fit(rows, labels)
except ValueError as error:
    print("the first row, trained again:", type(error).__name__, str(error)[:90])
else:
    raise AssertionError("NaN is accepted as class_weight now")


def objective(trial):
    if trial.suggest_categorical("kind", ["linear", "tree"]) == "linear":
        trial.suggest_categorical("weight", [None, "balanced"])
    return 0.0


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
study.optimize(objective, n_trials=40)
with_none = sum(trial.params.get("weight", "absent") is None for trial in study.trials)
absent = sum("weight" not in trial.params for trial in study.trials)
frame = study.trials_dataframe(attrs=("number", "value", "params"))
counts = frame.groupby("params_weight")["value"].count().to_dict()
print(f"Optuna: {with_none} trials with None, {absent} without the parameter; missing cells {frame.params_weight.isna().sum()}; groups {counts}")
assert with_none > 0 and frame.params_weight.isna().sum() == with_none + absent and list(counts) == ["balanced"]

kept = pd.Series(np.array([None, "balanced", 1], dtype=object))
assert kept[0] is None and kept.dtype == object, "one number in the column does not keep None any more"
with pd.option_context("future.infer_string", False):
    column = pd.DataFrame(search.cv_results_)["param_class_weight"]
    print("without the new strings:", column.tolist(), column.dtype)
    assert column[0] is None and isinstance(column[2], float), "the option does not keep None"
print("Seen: None and 'no such parameter' are one NaN in a frame; with a number among the choices None is kept.")
PYTHON
