#!/usr/bin/env bash
# nevergrad 1.0.12: DE, TwoPointsDE and NoisyDE that are told 30 earlier trials never propose another value where all of these have the same.
# Guess: earlier trials steer a search; a parameter that had its default in all of them (it is new in the space) is explored after them, as
# the optimizer still makes its own random starting points, or at least mutates.
# What happens: told trials are taken as members of the first population. 30 of them fill it, no point of its own is drawn any more, and each
# proposal adds differences of members to a member: where all agree, the difference is zero for good. With 29 told trials one point of its own is
# drawn, which is enough. 300 trials later the shared value is the only one, whatever its scores. It makes no odds whether trials
# are told or go in by suggest. A Choice is still drawn, but with the odds that its shared value gave it: half of the trials repeat that value to
# the end, though another one is better. RotatedTwoPointsDE, OnePlusOne, PSO, CMA and ES move on.
# Why it matters: "add a parameter and go on with the history" is the reason to tell old trials, and one trial more turns a search that
# works into one that cannot.
# What to do: tell at most 29 (the best ones), leave the parameter at random values in some told trials, or take another optimizer.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    nevergrad==1.0.12 cma==4.5.0 numpy==2.4.6 scikit-learn==1.9.1

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import nevergrad as ng  # noqa: E402
import numpy as np  # noqa: E402


def loss(value):
    return (value["rate"] - 0.3) ** 2 + (value["decay"] - 0.9) ** 2 + (value["solver"] != "adam")


def search(name, n_told, by_suggest=False):
    """Give trials that share decay and solver, run 300 more; return how many decays, how often the shared solver, and the best loss."""
    space = ng.p.Dict(rate=ng.p.Scalar(lower=0, upper=1), decay=ng.p.Scalar(lower=0, upper=1), solver=ng.p.Choice(["sgd", "adam", "rmsprop"]))
    space.random_state.seed(0)
    optimizer = ng.optimizers.registry[name](space, budget=400)
    for rate in np.random.default_rng(0).uniform(size=n_told):
        value = {"rate": float(rate), "decay": 0.5, "solver": "sgd"}
        if by_suggest:
            optimizer.suggest(value)
            candidate = optimizer.ask()
            assert candidate.value["solver"] == "sgd"
        else:
            candidate = space.spawn_child(new_value=value)
        optimizer.tell(candidate, loss(value))
    values = []
    for _ in range(300):
        candidate = optimizer.ask()
        values.append(candidate.value)
        optimizer.tell(candidate, loss(candidate.value))
    return len({round(value["decay"], 9) for value in values}), sum(value["solver"] == "sgd" for value in values), min(map(loss, values))


NAMES = ("DE", "TwoPointsDE", "NoisyDE", "RotatedTwoPointsDE", "OnePlusOne", "PSO", "CMA", "ES")
cases = [(name, n_told, False) for name in NAMES for n_told in (29, 30)] + [("DE", 60, False), ("DE", 29, True), ("DE", 30, True)]
for name, n_told, by_suggest in cases:
    decays, shared, best = search(name, n_told, by_suggest)
    print(f"{name}, {n_told} {'suggested' if by_suggest else 'told'}: {decays} values of decay, sgd {shared} times of 300, best loss {best:.4f}")
    stuck = name in NAMES[:3] and n_told >= 30
    assert (decays == 1) == stuck, "what is proposed after told trials has changed"
    assert not stuck or (best > 0.159 and shared > 100), "a stuck search gets on now"
print("Seen: 30 trials that share a value fix it for good in three kinds of DE; 29 do not, and the other optimizers are not held.")
PYTHON
