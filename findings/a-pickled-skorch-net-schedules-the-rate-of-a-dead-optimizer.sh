#!/usr/bin/env bash
# skorch 1.4.0: a pickled net trains on, and its LRScheduler moves the rate of an optimizer that is not the net's.
# Guess: a net that comes back from a pickle (a worker of joblib, a checkpoint) and is trained on by partial_fit or fit_loop
# has the schedule that it had.
# What happens: __getstate__ pickles module, criterion and optimizer apart from the callbacks. The scheduler of a callback comes back with
# an optimizer of its own: its steps change that one's rate, the net's rate stays where it was, and no warning is given.
# Why it matters: training in stages in several processes, or going on from a pickle, silently trains at a constant rate.
# What to do: after loading, `callback.lr_scheduler_.optimizer = net.optimizer_` for each such callback.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check skorch==1.4.0 torch==2.13.0 scikit-learn==1.9.1

"$folder/venv/bin/python" - <<'PYTHON'
import pickle
import warnings

warnings.simplefilter("ignore")
import numpy as np  # noqa: E402
from skorch import NeuralNetRegressor  # noqa: E402
from skorch.callbacks import LRScheduler  # noqa: E402
from torch import nn  # noqa: E402

X = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
y = X.sum(1, keepdims=True)


def rates(travels):
    net = NeuralNetRegressor(
        nn.Linear, module__in_features=3, module__out_features=1, lr=0.1, train_split=None, verbose=0,
        callbacks=[LRScheduler("StepLR", step_size=1, gamma=0.5)],
    )
    net.initialize().notify("on_train_begin", X=X, y=y)
    found = []
    for _ in range(4):
        found.append(net.optimizer_.param_groups[0]["lr"])
        net.fit_loop(X, y, epochs=1)
        if travels:
            net = pickle.loads(pickle.dumps(net))
    return found


kept, travelled = rates(False), rates(True)
print("in one process:", kept, "pickled after each epoch:", travelled)
assert kept == [0.1, 0.05, 0.025, 0.0125], "the schedule is another one"
assert travelled == [0.1, 0.05, 0.05, 0.05], "a pickled net keeps its schedule now"
print("Seen: a pickled net trains on at the rate of its first pickle, whatever its schedule says.")
PYTHON
