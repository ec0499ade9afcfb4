#!/usr/bin/env bash
# scikit-learn 1.9.1 and numpy 2.4.6 under Optuna 5.0.0: set_config and seterr of the script are not in force in optimize(n_jobs=2).
# Guess: sklearn.set_config is global, as its name and "global configuration" in its docs say; threads share the process, so the
# objective sees the same settings at n_jobs=1 and n_jobs=2.
# What happens: scikit-learn keeps its settings per thread and numpy its error state per context; a new thread begins with the defaults of the
# library, not with those of the thread that started it. Optuna's workers are plain threads. scikit-learn's own Parallel carries the settings over; others do not.
# Why it matters: transform_output="pandas", metadata routing and np.seterr(all="raise") are on in the first test run and off in the long one.
# Here: with n_jobs=1 an overflow raises and the trial FAILs as it was asked to; with n_jobs=2 the same
# params are a COMPLETE trial with the value inf; and a weighted score that routing asks for becomes an error.
# What to do: set what the objective needs inside it (with sklearn.config_context(...), np.errstate(...)), never once at the top.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import optuna
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.CRITICAL)
sklearn.set_config(transform_output="pandas", enable_metadata_routing=True)
np.seterr(all="raise")
draw = np.random.default_rng(0)
rows = draw.normal(size=(90, 2))
labels = np.arange(90) % 2
weights = draw.uniform(size=90)


def routed():
    try:
        model = LogisticRegression().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        cross_validate(model, rows, labels, params={"sample_weight": weights}, error_score="raise")
    except Exception as error:
        return type(error).__name__
    return "weighted"


def objective(trial):
    trial.set_user_attr("output", type(StandardScaler().fit_transform(rows)).__name__)
    trial.set_user_attr("scores", routed())
    rate = trial.suggest_float("rate", 800, 900)
    return float(np.exp(np.float64(rate)))


def careful(trial):
    with sklearn.config_context(transform_output="pandas", enable_metadata_routing=True), np.errstate(all="raise"):
        return objective(trial)


def seen(function, n_jobs):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(function, n_trials=4, n_jobs=n_jobs, catch=(FloatingPointError,))
    found = {(trial.user_attrs["output"], trial.user_attrs["scores"], trial.state.name, trial.value) for trial in study.trials}
    print(f"{function.__name__}, n_jobs={n_jobs}:", sorted(found, key=str))
    return found


asked_for = {("DataFrame", "weighted", "FAIL", None)}
assert seen(objective, 1) == asked_for, "the settings are not in force in the main thread"
((output, scores, state, value),) = seen(objective, 2)
assert output == "ndarray" and scores != "weighted", "scikit-learn's settings reach the threads now"
assert state == "COMPLETE" and value == float("inf"), "numpy's error state reaches the threads now"
assert seen(careful, 2) == asked_for, "settings inside the objective do not help"
print("Seen: two settings of the script are lost with n_jobs=2, and a trial that has to fail is COMPLETE with inf.")
PYTHON
