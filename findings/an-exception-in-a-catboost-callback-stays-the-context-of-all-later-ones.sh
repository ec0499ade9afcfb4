#!/usr/bin/env bash
# catboost 1.2.10: an exception that a callback raises is still "being handled" after fit has raised it and it was caught.
# Guess: after `try: model.fit(..., callbacks=[...])`, `except CatBoostError: pass`, the exception is gone; the next error has a traceback of its own.
# What happens: the thread goes on as if inside the except block. sys.exception() still returns it, and every exception raised later,
# in code that has nothing to do with catboost, gets it as __context__. The next fit that is stopped so chains on to the last: after n of them an
# ordinary error prints n tracebacks ("During handling of the above exception, another exception occurred"), and none of the frames,
# with the models and the data in them, can be freed.
# Why it matters: stopping by an exception is how pruners end a training (callbacks that raise TrialPruned); a study of a hundred pruned
# trials keeps a hundred models alive, and the first real error hides behind a hundred old ones. LightGBM and xgboost leave nothing behind.
# What to do: let the callback return False where catboost takes that as the end of the training, and raise afterwards; or fit in a thread or
# a process of its own.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check catboost==1.2.10 xgboost-cpu==3.2.0 lightgbm==4.7.0 numpy==2.4.6 scikit-learn==1.9.1

"$folder/venv/bin/python" - <<'PYTHON'
import sys
import threading
import traceback
import warnings

warnings.simplefilter("ignore")
import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import xgboost  # noqa: E402
from catboost import CatBoostError, CatBoostRegressor  # noqa: E402

rng = np.random.default_rng(0)
X, y = rng.normal(size=(50, 3)), rng.normal(size=50)


class Stop(Exception):
    """Ends a training."""


class CatStop:
    def after_iteration(self, info):
        raise Stop(f"catboost, iteration {info.iteration}")


class XgbStop(xgboost.callback.TrainingCallback):
    def after_iteration(self, model, epoch, evals_log):
        raise Stop("xgboost")


def lgb_stop(env):
    raise Stop("lightgbm")


def cat():
    CatBoostRegressor(iterations=3, verbose=False, allow_writing_files=False).fit(X, y, callbacks=[CatStop()])


def xgb():
    xgboost.train({"verbosity": 0}, xgboost.DMatrix(X, y), 3, callbacks=[XgbStop()])


def lgb():
    lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, y), 3, callbacks=[lgb_stop])


def stopped(fit, times):
    for _ in range(times):
        try:
            fit()
        except (Stop, CatBoostError):  # catboost raises its own error, with the text of ours
            pass


def later_tracebacks():
    try:
        int("no number")
    except ValueError as error:
        return "".join(traceback.format_exception(error)).count("Traceback (most recent call last)")


for name, fit in (("xgboost", xgb), ("lightgbm", lgb)):
    stopped(fit, 5)
    print(f"{name}: still handled: {sys.exception()!r}, tracebacks of a later ValueError: {later_tracebacks()}")
    assert sys.exception() is None and later_tracebacks() == 1, f"{name} leaves something behind now"

in_thread = []


def elsewhere():
    stopped(cat, 5)
    in_thread.append((repr(sys.exception()), later_tracebacks()))


thread = threading.Thread(target=elsewhere)
thread.start()
thread.join()
print("catboost in a thread, five times:", in_thread[0], "; after it, here:", repr(sys.exception()), later_tracebacks())
assert sys.exception() is None and later_tracebacks() == 1, "a thread does not keep it to itself"

for times in (1, 4):
    stopped(cat, times)
    print(f"catboost, {times} more: still handled: {sys.exception()!r}, tracebacks of a later ValueError: {later_tracebacks()}")
held = sys.exception()
assert isinstance(held, Stop), "nothing is left of a caught exception now"
assert later_tracebacks() > 3, "later errors do not chain to it now"
depth, kept = 0, held
while kept is not None:
    depth, kept = depth + 1, kept.__context__
assert depth >= 3, "the exceptions of the trainings are not chained"
print(f"Seen: {depth} exceptions that were caught are alive, and are the context of whatever is raised next.")
PYTHON
