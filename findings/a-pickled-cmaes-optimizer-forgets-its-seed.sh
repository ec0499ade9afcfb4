#!/usr/bin/env bash
# cmaes 0.13.1: a seeded optimizer that was pickled, or copied by deepcopy, has no seed any more.
# Guess: a checkpoint holds the whole state, so a search that is stopped and loaded goes on as if nothing had happened; and
# copies of one optimizer make the same next proposals.
# What happens: CMA and SepCMA leave their generator out of the pickle and make a new one from the system's entropy when they are
# loaded. Mean, covariance and step size are right, so nothing looks wrong, but each load of one file draws other points.
# deepcopy goes the same way. XNES of the same library keeps its generator and goes on exactly.
# Why it matters: a resumed run cannot be repeated, although seed= was given; two workers that load one checkpoint
# go apart; on a function with several valleys they end in different ones.
# What to do: keep what was told, not the optimizer: a new one with the same seed that asks and is told again ends in the
# same state, generator included, and that costs milliseconds. Keep a copy: tell sorts the list it is given, in place.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cmaes==0.13.1 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import copy
import pickle

import cmaes
import numpy as np


def value(point):
    return float(20 + np.sum(point**2 - 10 * np.cos(2 * np.pi * point)))


def advance(optimizer, generations, history=None):
    for _ in range(generations):
        told = [(point, value(point)) for point in (optimizer.ask() for _ in range(optimizer.population_size))]
        if history is not None:
            history.append(list(told))
        optimizer.tell(told)
    return optimizer


for kind in (cmaes.CMA, cmaes.SepCMA):
    make = lambda: kind(mean=np.full(2, 3.0), sigma=2.0, seed=1)  # noqa: E731
    whole = advance(make(), 6).ask()
    assert np.array_equal(whole, advance(make(), 6).ask()), "the seed does not fix an uninterrupted run"
    history = []
    stopped = advance(make(), 6, history)
    file = pickle.dumps(stopped)
    loaded = [pickle.loads(file).ask() for _ in range(3)]
    copied = copy.deepcopy(stopped).ask()
    print(f"{kind.__name__}: next point of the whole run {whole.round(3)}, of three loads", [p.round(3).tolist() for p in loaded])
    assert not any(np.array_equal(whole, point) for point in (*loaded, copied)), "a load goes on as the whole run now"
    assert not np.array_equal(loaded[0], loaded[1]), "two loads of one file agree now"

    rebuilt = make()
    for told in history:
        again = [(rebuilt.ask(), known) for _, known in told]
        assert all(np.array_equal(point, old) for (point, _), (old, _) in zip(again, told)), "a replay proposes other points"
        rebuilt.tell(again)
    assert np.array_equal(rebuilt.ask(), whole), "a replay does not end where the whole run is"

keeps = advance(cmaes.XNES(mean=np.full(2, 3.0), sigma=2.0, seed=1), 6)
loaded = pickle.loads(pickle.dumps(keeps)).ask()
assert np.array_equal(loaded, keeps.ask()), "XNES forgets its generator, too"

file = pickle.dumps(advance(cmaes.CMA(mean=np.full(2, 3.0), sigma=2.0, seed=1), 1))
ends = [round(value(advance(pickle.loads(file), 60).mean), 2) for _ in range(8)]
print("value at the end of eight resumed runs of one file:", ends)
print("Seen: the seed of CMA and SepCMA does not survive pickle or deepcopy, that of XNES does; a replay of the history does what a load should.")
PYTHON
