#!/usr/bin/env bash
# optuna 5.0.0, optuna-dashboard 0.21.0: what trial.set_constraint has stored is not there for the dashboard.
# Guess: the dashboard marks infeasible trials, as Optuna's own plots do, whichever of the two ways a study has of saying so.
# What happens: set_constraint keeps each constraint under a key of its own, "constraints:NAME"; the dashboard reads the one list
# "constraints", which a sampler's constraints_func still writes. So of two equal studies one has its constraints there, and in the other no
# trial has any: those that broke the bound look like all others, with the best values of all. Optuna itself sees both.
# Why it matters: constraints_func is deprecated in favour of set_constraint; who follows the warning loses the marks without a word, and
# the dashboard is where people look for the trial to take.
# What to do: read study.best_trial and trial.constraints; for the dashboard, note the violation as a user attribute of the trial, too.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 optuna-dashboard==0.21.0

"$folder/venv/bin/python" - <<'PYTHON'
import io
import json
import warnings

import optuna
from optuna_dashboard import wsgi

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def shown(storage):
    """Return the constraints of all trials, as the dashboard hands them to its page."""
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/studies/0",
        "QUERY_STRING": "after=0",
        "SERVER_NAME": "here",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    answer = b"".join(wsgi(storage)(asked, lambda *_: None))
    return [trial["constraints"] for trial in json.loads(answer)["trials"]]


def new(**settings):
    storage = optuna.storages.InMemoryStorage()
    return storage, optuna.create_study(storage=storage, **settings)


def far(number):
    return number - 0.5


def named(trial):
    trial.set_constraint("size", far(trial.number))
    return plain(trial)


def plain(trial):
    return trial.suggest_float("x", 0, 1) - trial.number


storage, study = new()
study.optimize(named, n_trials=3)
sampler = optuna.samplers.TPESampler(seed=0, constraints_func=lambda trial: [far(trial.number)])
other_storage, other = new(sampler=sampler)
other.optimize(plain, n_trials=3)
by_name, by_function = shown(storage), shown(other_storage)
for one in (study, other):
    print("Optuna: constraints", [[*trial.constraints.values()] for trial in one.trials], "best", one.best_trial.number)
print("the dashboard: by set_constraint", by_name, "by constraints_func", by_function)
expected = [[far(number)] for number in range(3)]
assert all([[*trial.constraints.values()] for trial in one.trials] == expected for one in (study, other))
assert study.best_trial.number == other.best_trial.number == 0
assert by_function == expected, "the dashboard does not see those of constraints_func any more"
assert by_name == [[], [], []], "the dashboard sees those of set_constraint now"
print("Seen: the dashboard knows of no constraint that set_constraint has stored.")
PYTHON
