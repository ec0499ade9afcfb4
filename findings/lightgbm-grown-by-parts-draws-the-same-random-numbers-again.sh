#!/usr/bin/env bash
# lightgbm 4.7.0: training that goes on from init_model draws the random features, rows and thresholds of the first trees again.
# Guess: a hundred rounds in parts draw on as a hundred rounds at once do, or each part draws afresh; scikit-learn's boosters with warm_start do
# the first, to the last bit.
# What happens: every part begins the stream of the same seed anew. Grown one tree at a time with feature_fraction=0.3, a model of a hundred trees
# knows three of ten features; with bagging_fraction=0.5 it sees the same half of the rows in every tree.
# LGBMRegressor.fit(init_model=...) does the same with a number for random_state. xgboost draws on where all parts run in one thread, and
# begins anew where each part has a new thread, as it has in a pool of workers. Nothing warns of it.
# Why it matters: halving, Hyperband and population based training grow models by parts: a candidate that came through all rungs was trained on
# fewer features and rows than the same candidate in one go, most of all with short rungs, and feature_fraction looks harmful.
# What to do: give each part a seed of its own (the round it begins at), hand LGBMRegressor a RandomState, or keep the Booster and call update.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 xgboost-cpu==3.2.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import threading
import warnings

import lightgbm
import numpy as np
import xgboost
from sklearn.datasets import make_friedman1
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor

warnings.simplefilter("ignore")
ROUNDS = 100
X, y = make_friedman1(1000, noise=1, random_state=0)
X_test, y_test = make_friedman1(1000, noise=1, random_state=1)
BASE = {"objective": "regression", "num_leaves": 8, "num_threads": 1, "verbose": -1}


def error(predicted):
    return float(np.sqrt(np.mean((predicted - y_test) ** 2)))


def grown(params, size, seeds=False, data=(X, y), rounds=ROUNDS):
    """Train `rounds` rounds in parts of `size`, each with a seed of its own where `seeds`."""
    model = None
    for begun in range(0, rounds, size):
        more = {"seed": begun} if seeds else {}
        model = lightgbm.train(params | more, lightgbm.Dataset(*data), size, init_model=model)
    return model


def features(model):
    return int((model.feature_importance() > 0).sum())


for name, params in {"feature_fraction": {"feature_fraction": 0.3}, "extra_trees": {"extra_trees": True}, "nothing random": {}}.items():
    whole, ones, fives, seeded = (grown(BASE | params, *how) for how in ((ROUNDS,), (1,), (5,), (1, True)))
    errors = [round(error(model.predict(X_test)), 2) for model in (whole, ones, fives, seeded)]
    print(f"{name}: error at once, in ones, in fives, in ones with seeds: {errors}; features at once and in ones: {features(whole)}, {features(ones)}")
    if not params:
        assert errors[0] == errors[1] == errors[2], "parts differ without anything random"
        continue
    assert errors[1] > 1.2 * errors[0] and errors[3] < 1.1 * errors[0], "a model that is grown by parts is as good as a whole one now"
    if name == "feature_fraction":
        assert (features(whole), features(ones), features(seeded)) == (10, 3, 10), "parts draw other features now"

booster = lightgbm.Booster(BASE | {"feature_fraction": 0.3}, lightgbm.Dataset(X, y))
for _ in range(ROUNDS):
    booster.update()
print("one Booster, update called for each round: features", features(booster))
assert features(booster) == 10


def known_by_wrapper(random_state):
    model = None
    for _ in range(20):
        part = lightgbm.LGBMRegressor(n_estimators=1, colsample_bytree=0.3, random_state=random_state, n_jobs=1, verbose=-1)
        model = part.fit(X, y, init_model=model)
    return features(model.booster_)


numbers, generator = known_by_wrapper(0), known_by_wrapper(np.random.RandomState(0))
print("LGBMRegressor in ones: features with a number as random_state and with a RandomState:", numbers, generator)
assert numbers == 3 and generator == 10

line = np.arange(400.0).reshape(-1, 1)
noise = np.random.default_rng(0).normal(size=400)
deep = BASE | {"num_leaves": 400, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0, "max_bin": 500, "min_data_in_bin": 1}
deep |= {"learning_rate": 1, "boost_from_average": False, "bagging_fraction": 0.5, "bagging_freq": 1}
learned = []
for size in (10, 1):
    model = grown(deep, size, data=(line, noise), rounds=10)
    learned.append(int((np.abs(model.predict(line) - noise) < 1e-4).sum()))
    print(f"rows of 400 learned by heart in 10 rounds by {size}: {learned[-1]}, trees: {model.current_iteration()}")
assert learned[0] > 350 and learned[1] < 250, "parts draw other rows now"

for kind, rounds in ((GradientBoostingRegressor, "n_estimators"), (HistGradientBoostingRegressor, "max_iter")):
    whole = kind(max_features=0.3, random_state=0, **{rounds: 30}).fit(X, y)
    parts = kind(max_features=0.3, random_state=0, warm_start=True)
    for n in range(1, 31):
        parts.set_params(**{rounds: n}).fit(X, y)
    same = np.array_equal(whole.predict(X_test), parts.predict(X_test))
    print(f"{kind.__name__}: in ones the same as at once: {same}")
    assert same


def xgboost_in_parts(size, new_threads):
    """Return the error of a model whose parts run in this thread, or each in a new one."""
    params, data, models = {"colsample_bytree": 0.3, "eta": 0.1, "nthread": 1}, xgboost.DMatrix(X, y), [None]

    def part():
        models.append(xgboost.train(params, data, size, xgb_model=models[-1]))

    for _ in range(ROUNDS // size):
        if new_threads:
            thread = threading.Thread(target=part)
            thread.start()
            thread.join()
        else:
            part()
    return round(error(models[-1].predict(xgboost.DMatrix(X_test))), 2)


at_once, here, elsewhere = xgboost_in_parts(ROUNDS, False), xgboost_in_parts(5, False), xgboost_in_parts(5, True)
print("xgboost, error at once, in fives in one thread, in fives in a thread each:", [at_once, here, elsewhere])
assert elsewhere > 1.2 * at_once > here, "a new thread draws on now"
print("Seen: lightgbm draws the same again in every part, xgboost in every new thread, scikit-learn's boosters never.")
PYTHON
