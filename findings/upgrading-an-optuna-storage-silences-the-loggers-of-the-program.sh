#!/usr/bin/env bash
# Optuna 5.0.0 with alembic 1.20.1: RDBStorage.upgrade() turns off every logger that the program has made before.
# Guess: an upgrade of the tables of a storage touches the tables; logging stays as the program has set it up.
# What happens: the migrations read a logging configuration of their own through logging.config.fileConfig, which disables all
# loggers that exist and are not named in it. Errors of the program are lost, too: nothing is printed, nothing is raised.
# It happens only where the root logger has no handler, so not under pytest, and not after
# basicConfig: where handlers hang on the program's own loggers, as dictConfig is often used.
# Why it matters: a service that upgrades at its start and logs to a file of its own is silent from then on.
# What to do: give the root logger a handler (a NullHandler will do) before the upgrade, or run `optuna storage upgrade` by itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 alembic==1.20.1

cat >"$folder/upgrade.py" <<'PYTHON'
import io
import logging
import sys

import optuna

with_root = sys.argv[1] == "with"
heard = io.StringIO()
logger = logging.getLogger("service.training")
logger.addHandler(logging.StreamHandler(heard))
logger.propagate = False
if with_root:
    logging.getLogger().addHandler(logging.NullHandler())

storage = optuna.storages.RDBStorage("sqlite:///:memory:")
logger.error("before")
storage.upgrade()
logger.error("after")
print("heard", heard.getvalue().split(), "disabled", logger.disabled)
PYTHON
"$folder/venv/bin/python" "$folder/upgrade.py" without 2>/dev/null | tee "$folder/without"
"$folder/venv/bin/python" "$folder/upgrade.py" with 2>/dev/null | tee "$folder/with"
grep -qx "heard \['before'\] disabled True" "$folder/without"
grep -qx "heard \['before', 'after'\] disabled False" "$folder/with"
