#!/usr/bin/env bash
# Optuna 5.0.0: enqueue_trial with GridSampler works or ends the study with KeyError: 'grid_id', by when the point is run.
# Guess: a point that is queued beside a grid is run first and the grid goes on; or the combination is refused.
# What happens: queued trials get no number of a grid point. After each trial the sampler counts the points that are left; when exactly one is
# left it looks up the number of the trial that has just ended, and a queued trial has none. So a point queued at the start is fine, and
# the same point queued when one grid point is open ends optimize with a KeyError. The queued trial itself is stored as COMPLETE before.
# A queued point that is on the grid is not counted as visited, too: its grid point is evaluated again.
# Why it matters: long grids are where one adds "my own point" late. The error names no cause, callbacks after it do
# not run, and as the trial is stored a second optimize goes on as if nothing had been.
# What to do: queue before the grid begins (and not in a grid of one point), or put the point into the grid; after the error call optimize again.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import optuna

optuna.logging.set_verbosity(optuna.logging.CRITICAL)
POINTS = [1, 2, 3, 4]


def objective(trial):
    return trial.suggest_int("x", 1, 9)


def run(before, seed):
    """Queue x=2 after `before` trials; return how the study ended and what it holds."""
    study = optuna.create_study(sampler=optuna.samplers.GridSampler({"x": POINTS}, seed=seed))
    study.optimize(objective, n_trials=before) if before else None
    study.enqueue_trial({"x": 2})
    try:
        study.optimize(objective)
    except KeyError as error:
        return study, f"KeyError {error}"
    return study, "fine"


for seed in range(3):
    for before in range(4):
        study, ended = run(before, seed)
        xs = [trial.params["x"] for trial in study.trials]
        print(f"seed {seed}, queued after {before} of {len(POINTS)}: {ended}; evaluated {xs}")
        assert ended == ("KeyError 'grid_id'" if before == 3 else "fine"), "a queued point ends otherwise now"
        if before == 3:
            assert study.trials[-1].state is optuna.trial.TrialState.COMPLETE and len(xs) == 4, "the queued trial is not stored"
            study.optimize(objective)
            xs = [trial.params["x"] for trial in study.trials]
            print("   optimize once more:", xs)
        assert sorted(xs) == [1, 2, 2, 3, 4], "the queued point counts as visited now"

single = optuna.create_study(sampler=optuna.samplers.GridSampler({"x": [1]}))
single.enqueue_trial({"x": 1})
try:
    single.optimize(objective)
except KeyError as error:
    print("a grid of one point, queued at the start: KeyError", error)
else:
    raise AssertionError("a grid of one point takes a queued trial now")
print("Seen: only a queued trial that ends while one grid point is open raises; queued grid points are evaluated twice.")
PYTHON
