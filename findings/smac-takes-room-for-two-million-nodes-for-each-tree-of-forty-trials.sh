#!/usr/bin/env bash
# smac 2.4.1 with scikit-learn 1.9.1: most of the time of a proposal goes into trees that are nearly empty.
# Guess: a forest of ten trees over forty trials is made in some milliseconds; SMAC's seconds are its search.
# What happens: RandomForest has max_leaf_nodes=2**20, meant as "no limit". With any limit scikit-learn grows a tree best
# first, and takes the room for all the nodes it may come to have beforehand: 2,097,151 of 64 bytes, 130 MB, for each tree of
# each model, whatever the number of trials. The pages are touched and given back, ten times a model. With a limit of 8,192
# the trees, the predictions and the proposals are the same to the last bit, as no tree of fewer trials reaches it.
# Why it matters: a new model is made every eighth proposal. Making it takes twenty times as long and more, and 130 MB at
# once in each worker; one takes SMAC for slower than it is.
# What to do: HyperparameterOptimizationFacade(scenario, model=RandomForest(..., max_leaf_nodes=2**13)), the rest as in
# get_model, and n_jobs=1.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    smac==2.4.1 ConfigSpace==1.2.2 numpy==2.4.6 scikit-learn==1.9.1

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import resource
import time

import numpy as np
from ConfigSpace import ConfigurationSpace
from smac import HyperparameterOptimizationFacade as Facade
from smac import Scenario
from smac.model.random_forest.random_forest import RandomForest

space = ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
scenario = Scenario(space, deterministic=True, n_trials=100, seed=0)
points = np.random.default_rng(0).random((40, 2))
costs = ((points - 0.3) ** 2).sum(axis=1, keepdims=True)
elsewhere = np.random.default_rng(1).random((500, 2))


def trained(model):
    """Return predictions, seconds of training, and by how many MB it raised the peak of the process."""
    peak, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    model.train(points, costs)
    seconds = time.process_time() - begun
    risen = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    return model.predict(elsewhere), seconds, risen


same = {"ratio_features": 1.0, "min_samples_split": 2, "min_samples_leaf": 1, "log_y": True, "seed": 0, "n_jobs": 1}
trained(RandomForest(space, n_trees=10, max_leaf_nodes=2**13, **same))
small, small_seconds, small_risen = trained(RandomForest(space, n_trees=10, max_leaf_nodes=2**13, **same))
whole, whole_seconds, whole_risen = trained(Facade.get_model(scenario))
print(f"SMAC's own forest over 40 trials: {whole_seconds:.3f} s of processor time, {whole_risen:.0f} MB more at its peak")
print(f"with room for 8,192 leaves:       {small_seconds:.3f} s, {small_risen:.0f} MB; the same predictions:", end=" ")
print(all(np.array_equal(one, other) for one, other in zip(whole, small)))
assert all(np.array_equal(one, other) for one, other in zip(whole, small))
assert whole_risen > 100, "a tree no longer takes room for 2**20 leaves"
assert whole_seconds > 5 * small_seconds
PYTHON
