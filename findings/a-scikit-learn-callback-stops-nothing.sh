#!/usr/bin/env bash
# scikit-learn 1.9.1: a callback that asks to stop is asked on and on, and most solvers never ask it in the middle of a fit.
# Guess: on_fit_task_end may return True to end the iterations, as its documentation (returns: stop) says, so that set_callbacks gives
# LogisticRegression early stopping; and ScoringMonitor gives a curve for each estimator that takes callbacks.
# What happens: of this release nothing reads the answer. LogisticRegression(solver="lbfgs") goes on to max_iter with the same coefficients to the
# last bit, GridSearchCV fits all its candidates, both without a warning. Only lbfgs has tasks within a fit: newton-cg,
# newton-cholesky, sag and saga call the hook once, at the end. liblinear calls it once without a fitted model, so that get_logs() of a
# fitted model says that the estimator may not be fitted yet. A monitor on a Pipeline or a search logs nothing, with the same error,
# as it is not passed on to the steps; it has to sit on the step itself. With sample_weight given to fit the monitored accuracy is weighted.
# Why it matters: an early stopping by callback costs what it was meant to save, and the missing curves look like a model that was not fitted.
# What to do: stop by max_iter and warm_start, or by another model; set monitors on the last step, and on lbfgs.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
from sklearn.callback import FitCallback, ScoringMonitor
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)


class Stop:
    """Says at the end of each task that no more of them are wanted."""

    def __init__(self):
        self.asked = 0

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.asked += 1
        return True


def model(solver="lbfgs"):
    return LogisticRegression(solver=solver, max_iter=10, tol=1e-12, random_state=0)


def rows(estimator, monitor, **given):
    estimator.fit(X, y, **given)
    try:
        return len(monitor.get_logs().data)
    except ValueError as error:
        return str(error)


assert isinstance(Stop(), FitCallback)
stop = Stop()
stopped, plain = model().set_callbacks(stop).fit(X, y), model().fit(X, y)
print("iterations with a callback that says stop:", stopped.n_iter_[0], "without:", plain.n_iter_[0], "asked:", stop.asked)
assert stopped.n_iter_[0] == plain.n_iter_[0] == 10 and stop.asked > 10, "the answer is heard now"
assert np.array_equal(stopped.coef_, plain.coef_), "the answer is heard now"

search = GridSearchCV(model(), {"C": [0.1, 1, 10]}, cv=2).set_callbacks(Stop()).fit(X, y)
print("candidates fitted by a search whose callback says stop:", len(search.cv_results_["params"]))
assert len(search.cv_results_["params"]) == 3 and np.isfinite(search.cv_results_["mean_test_score"]).all(), "a search stops now"

logged = {}
for solver in ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga", "liblinear"):
    monitor = ScoringMonitor(scoring="accuracy")
    logged[solver] = rows(model(solver).set_callbacks(monitor), monitor)
    print("scores logged in ten iterations,", solver, logged[solver])
assert logged["lbfgs"] > 10 and all(logged[one] == 1 for one in ("newton-cg", "newton-cholesky", "sag", "saga")), "other solvers report, too"
assert "not fitted" in logged["liblinear"], "liblinear is scored now"

monitor = ScoringMonitor(scoring="accuracy")
of_pipeline = rows(make_pipeline(StandardScaler(), model()).set_callbacks(monitor), monitor)
print("monitor on a pipeline:", of_pipeline)
assert "not fitted" in of_pipeline, "a pipeline passes its monitor on now"

monitor, weights = ScoringMonitor(scoring="accuracy"), np.where(y == 0, 50.0, 1.0)
weighted = model().set_callbacks(monitor)
rows(weighted, monitor, sample_weight=weights)
last = monitor.get_logs().data[-1]["accuracy"]
print("monitored with weights:", last, "weighted:", weighted.score(X, y, weights), "plain:", weighted.score(X, y))
assert last == weighted.score(X, y, weights) != weighted.score(X, y), "monitored scores are not weighted now"
print("Seen: a callback stops nothing, and most solvers never ask it.")
PYTHON
