#!/usr/bin/env bash
# xgboost 3.2.0 (package xgboost-cpu), scikit-learn API: with a RandomState as random_state, looking at a model changes it.
# Guess: repr(model), get_params() and clone() only read; scikit-learn's rule is that a clone copies the generator, so that
# all candidates and folds of a search start from the same state.
# What happens: each call of get_params draws a number from the generator and shows that number as
# random_state. repr and clone go through get_params. So a model that was printed (by a notebook, a log line, a tracker) trains
# another ensemble than one that was not; every clone gets an integer seed of its own; and the original, untouched by fit,
# has moved on, too. The same goes for a numpy Generator.
# Why it matters: a search over one fixed model compares candidates on different seeds, cross-validation has a different seed in each
# fold, and adding a log line changes scores. Nothing warns.
# What to do: give xgboost integers only.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xgboost-cpu==3.2.0 scikit-learn==1.9.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

draw = np.random.default_rng(0)
rows = draw.normal(size=(400, 5))
labels = (rows[:, 0] + draw.normal(size=400) > 0).astype(int)


def trained(model, look):
    look(model)
    return model.fit(rows, labels).predict_proba(rows)[:, 1]


def xgboost_model(state):
    return XGBClassifier(n_estimators=5, subsample=0.5, random_state=state)


looks = {"nothing": lambda model: None, "repr": repr, "get_params": lambda model: model.get_params(), "clone": clone}
for kind in (np.random.RandomState, np.random.default_rng):
    for seed in range(3):
        results = {name: trained(xgboost_model(kind(seed)), look) for name, look in looks.items()}
        again = trained(xgboost_model(kind(seed)), looks["nothing"])
        assert np.array_equal(results["nothing"], again), "the same state does not give the same model"
        changed = [name for name in ("repr", "get_params", "clone") if not np.allclose(results[name], again)]
        print(f"{kind.__name__}({seed}): the model differs after", changed)
        assert changed == ["repr", "get_params", "clone"], "looking at a model does not change it any more"

model = xgboost_model(np.random.RandomState(0))
seeds = [clone(model).random_state for _ in range(3)]
print("random_state of three clones of one model:", seeds)
assert len(set(seeds)) == 3, "clones share their state now"

forest = RandomForestClassifier(5, random_state=np.random.RandomState(0))
first, second = (clone(forest).random_state.get_state()[1] for _ in range(2))
assert np.array_equal(first, second), "scikit-learn's own clones differ, too"
fixed = [trained(xgboost_model(7), look) for look in looks.values()]
assert all(np.array_equal(fixed[0], other) for other in fixed), "an integer does not mend it"
print("Seen: printing or cloning changes the trained model; scikit-learn's forest and an integer seed are not touched.")
PYTHON
