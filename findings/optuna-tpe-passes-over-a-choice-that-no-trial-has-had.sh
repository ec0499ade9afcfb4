#!/usr/bin/env bash
# optuna 5.0.0: TPESampler, as it is made by default, does not come to a choice that no trial has had, for 60 trials and more, though it is by far the best.
# Guess: whatever the history, the sampler keeps a prior over all choices, so that one which was never tried comes soon, and sooner
# the worse the others are; Optuna 4 did so by itself.
# What happens: since 5.0 the sampler models all parameters together. In a space of five parameters it is given 20 complete
# trials (a history by add_trial, in which "kind" was "a" or "b" but may be "a", "b" or "c"). Of the next 60 trials none has "c", in
# any of five studies. multivariate=False, the default of before, has it in 54 of the 60. With two or three parameters the new choice comes, too.
# Why it matters: this is what one does after adding a choice to a search (a new optimizer, a new model): the old trials go into
# a study with the larger list, and the one thing that was to be tried is not. Nothing is logged.
# What to do: enqueue a few trials with the new choice, or go on with multivariate=False.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" - <<'PYTHON'
import random
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
KINDS = {"a": 0.5, "b": 0.4, "c": 0.0}
SPACE = {
    "kind": CategoricalDistribution(list(KINDS)),
    "x": FloatDistribution(0, 2),
    "mix": FloatDistribution(0, 1),
    "rate": FloatDistribution(1e-3, 1e-1, log=True),
    "n": IntDistribution(1, 8),
}


def loss(params):
    return (params["x"] - 1.6) ** 2 + (params["mix"] - 0.8) ** 2 + ((params["n"] - 5) / 8) ** 2 + KINDS[params["kind"]]


def old_trials(seed, space):
    draws = random.Random(seed)
    for _ in range(20):
        params = {
            "kind": draws.choice("ab"),
            "x": draws.uniform(0, 1),
            "mix": draws.random(),
            "rate": 10 ** draws.uniform(-3, -1),
            "n": draws.randint(1, 8),
        }
        params = {name: params[name] for name in space}
        yield params


def new_ones(seed, names, **options):
    """Return how many of 60 trials after the history have the choice that it lacks."""
    space = {name: SPACE[name] for name in names}
    fixed = {"x": 1.6, "mix": 0.8, "rate": 0.01, "n": 5}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **options))
    for params in old_trials(seed, space):
        study.add_trial(
            optuna.trial.create_trial(params=params, distributions=space, value=loss({**fixed, **params}))
        )
    for _ in range(60):
        trial = study.ask(space)
        study.tell(trial, loss({**fixed, **trial.params}))
    return sum(trial.params["kind"] == "c" for trial in study.trials[20:])


together = [new_ones(seed, SPACE) for seed in range(5)]
apart = [new_ones(seed, SPACE, multivariate=False) for seed in range(2)]
small = [new_ones(seed, ["kind", "x"]) for seed in range(2)]
print("trials of 60 with the new choice: five parameters", together, "one by one", apart, "two parameters", small)
assert sum(together) <= 5, "the sampler comes to the new choice now"
assert min(apart) > 40 and min(small) > 10, "the other samplers do not come to it any more"
print("Seen: the best choice, in the space but in no trial so far, is passed over in spaces of several parameters.")
PYTHON
