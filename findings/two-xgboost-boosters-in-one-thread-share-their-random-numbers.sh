#!/usr/bin/env bash
# xgboost 3.2.0 (package xgboost-cpu): row sampling draws from a source that belongs to the thread, not to the Booster.
# Guess: a Booster with a seed is a trajectory of its own. Growing two of them in turns, a round each (folds in lockstep, members of
# a population, a callback that trains a probe), gives what each gives alone.
# What happens: with `subsample` the rows of a round come from one generator per thread. `train` for another model in the middle of
# growing the first, or a round of the other in between, moves it, and both end as other models than alone. Two Boosters of one seed
# in turns differ from each other. Making one, without training it, changes nothing; nor does another thread; nor does sampling columns,
# by tree or by node.
# Why it matters: scores of a fold depend on which other folds were open, and the same seed gives another model. Nothing warns.
# What to do: one thread for each Booster that grows with others, or one call of `train` for all of its rounds.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xgboost-cpu==3.2.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import xgboost

draw = np.random.default_rng(0)
rows = draw.normal(size=(400, 5))
labels = (rows[:, 0] + draw.normal(size=400) > 0).astype(int)


def begun(seed, **sampling):
    data = xgboost.DMatrix(rows, labels)
    return xgboost.Booster({"seed": seed, "objective": "binary:logistic", "nthread": 1, **sampling}, [data]), data


def grow(growing, rounds):
    booster, data = growing
    for number in rounds:
        booster.update(data, number)
    return booster.save_raw("json")


def interrupted(between, **sampling):
    growing = begun(1, **sampling)
    grow(growing, range(5))
    between()
    return grow(growing, range(5, 10))


def in_turns(*seeds):
    growing = [begun(seed, subsample=0.5) for seed in seeds]
    for number in range(10):
        models = [grow(one, [number]) for one in growing]
    return models


def another():
    grow(begun(2, subsample=0.5), range(10))


def another_elsewhere():
    with ThreadPoolExecutor(1) as threads:
        threads.submit(another).result()


alone = {seed: grow(begun(seed, subsample=0.5), range(10)) for seed in (1, 2)}
assert interrupted(lambda: None, subsample=0.5) == alone[1], "a Booster is not repeatable at all"
first, second = in_turns(1, 2)
print("two in turns are what they are alone:", first == alone[1], second == alone[2])
assert first != alone[1] and second != alone[2]
twins = in_turns(1, 1)
print("two of one seed, in turns, are equal:", twins[0] == twins[1])
assert twins[0] != twins[1]
seen = {
    "another is trained": interrupted(another, subsample=0.5) == alone[1],
    "another is made": interrupted(lambda: begun(2, subsample=0.5), subsample=0.5) == alone[1],
    "another is trained in a thread": interrupted(another_elsewhere, subsample=0.5) == alone[1],
}
print("the same model where in the middle", seen)
assert list(seen.values()) == [False, True, True]
for columns in ("colsample_bytree", "colsample_bynode"):
    assert interrupted(another, **{columns: 0.5}) == interrupted(lambda: None, **{columns: 0.5}), columns
print("Seen: rows are drawn from the thread's generator, columns from the Booster's own.")
PYTHON
