#!/usr/bin/env bash
# Optuna 5.0.0: a stored categorical writes its whole list of choices again with every trial, and reads it again with every load.
# Guess: a study keeps what a parameter may be once, and a trial keeps which choice it took, a few bytes; a long list costs at the start.
# What happens: each row of trial_params holds the distribution as JSON, choices and all. With 5,000 names of ten letters a trial
# takes 70 kB of the database instead of a few hundred bytes, and the library parses that list for each trial when it loads.
# The journal does the same, line by line. In MySQL the column is TEXT, which ends at 65,535 bytes.
# Why it matters: a search over words, features or file names for 1,000 trials is a database of 70 MB; the dashboard and
# every worker that joins read and parse all of it. A few choices more and the same study no longer fits into MySQL.
# What to do: keep the list in the program and suggest its index by suggest_int, if order means nothing to the sampler anyway
# (random, grid); or group the choices into a first and a second categorical.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 numpy==2.4.6

FOLDER="$folder" "$folder/venv/bin/python" - <<'PYTHON'
import os
import sqlite3
from pathlib import Path
from time import process_time

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)
folder, TRIALS = Path(os.environ["FOLDER"]), 40
NAMES = [f"name{number:06}" for number in range(5_000)]


def by_name(trial):
    return len(trial.suggest_categorical("name", NAMES))


def by_index(trial):
    return len(NAMES[trial.suggest_int("name", 0, len(NAMES) - 1)])


def run(objective, storage, path):
    study = optuna.create_study(study_name="s", storage=storage, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=1)
    before = path.stat().st_size
    study.optimize(objective, n_trials=TRIALS)
    return (path.stat().st_size - before) / TRIALS


def load(path):
    begun = process_time()
    assert len(optuna.load_study(study_name="s", storage=f"sqlite:///{path}").trials) == TRIALS + 1
    return process_time() - begun


sizes, seconds = {}, {}
for objective in (by_name, by_index):
    name = objective.__name__
    database, journal = folder / f"{name}.db", folder / f"{name}.log"
    sizes[name] = run(objective, f"sqlite:///{database}", database)
    sizes[name, "journal"] = run(objective, JournalStorage(JournalFileBackend(str(journal))), journal)
    load(database)
    seconds[name] = load(database)
print("bytes a trial:", {str(key): round(size) for key, size in sizes.items()})
print("seconds to load:", {key: round(value, 3) for key, value in seconds.items()})
with sqlite3.connect(folder / "by_name.db") as connection:
    rows = connection.execute("SELECT length(distribution_json), count(DISTINCT distribution_json) FROM trial_params").fetchone()
print("characters of a distribution, and how many different ones there are:", rows)
assert rows[0] > 65_535 and rows[1] == 1, "a distribution is stored in another form now"
assert sizes["by_name"] > 60_000 > 50 * sizes["by_index"], "SQLite keeps the choices once now"
assert sizes["by_name", "journal"] > 60_000 > 50 * sizes["by_index", "journal"], "the journal keeps the choices once now"
print("Seen: every trial stores all choices again, and a distribution of 5,000 short names is longer than MySQL's column.")
PYTHON
