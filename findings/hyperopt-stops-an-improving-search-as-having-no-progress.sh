#!/usr/bin/env bash
# hyperopt 0.3.0: early_stop_fn=no_progress_loss(10) stops a search that improves in nearly every trial.
# Guess: it stops when the best loss of all trials has not become better in 10 trials.
# What happens: (1) after each batch it looks at the last trial of the batch only. With max_queue_len=4 the other three are never
# seen, whatever they found, and 10 means 10 batches, 40 trials. (2) Its first best is the first loss as it is: if that is NaN (which hyperopt
# stores as ok) nothing is ever smaller, and the search stops after 10 trials. A NaN later does no harm.
# (3) On a Trials that is continued, the first best is that of the first new trial, not the best of the history.
# Why it matters: the two ways to stop early are common in scripts with a queue and with diverging first trials
# (a large learning rate), and the stop looks like any other: no word of NaN or of trials that were not looked at.
# What to do: a stop function of one's own over trials.losses(), NaN left out; it is a few lines, below.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hyperopt==0.3.0 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import logging
import math

import numpy as np
from hyperopt import Trials, fmin, hp, rand
from hyperopt.early_stop import no_progress_loss

logging.disable(logging.CRITICAL)


def no_better(patience):
    def stop(trials, *_):
        losses = [math.inf if loss is None or math.isnan(loss) else loss for loss in trials.losses()]
        return len(losses) - 1 - losses.index(min(losses)) >= patience, []

    return stop


def n_run(loss_of, queue, stop, trials=None, n_most=120):
    trials = Trials() if trials is None else trials
    numbers = iter(range(1, 10_000))
    fmin(
        lambda params: loss_of(next(numbers)), {"x": hp.uniform("x", -5, 5)}, algo=rand.suggest, max_evals=n_most, trials=trials,
        max_queue_len=queue, early_stop_fn=stop, rstate=np.random.default_rng(0), show_progressbar=False, return_argmin=False,
    )
    return len(trials.trials)


def improves(number):
    return 1000.0 - number


def improves_but_every_fourth(number):
    return 1000.0 if number % 4 == 0 else improves(number)


def first_is_nan(number):
    return math.nan if number == 1 else improves(number)


def third_is_nan(number):
    return math.nan if number == 3 else improves(number)


found = {
    "all improve": n_run(improves, 1, no_progress_loss(10)),
    "queue of 4, each fourth is bad": n_run(improves_but_every_fourth, 4, no_progress_loss(10)),
    "first loss NaN": n_run(first_is_nan, 1, no_progress_loss(10)),
    "third loss NaN": n_run(third_is_nan, 1, no_progress_loss(10)),
    "flat, queue of 4": n_run(lambda number: 1.0, 4, no_progress_loss(10)),
}
print("trials run of 120, patience 10:", found)
assert found["all improve"] == 120 and found["third loss NaN"] == 120, "an improving search is stopped without a reason"
assert found["queue of 4, each fourth is bad"] == 40, "the whole batch is looked at now"
assert found["first loss NaN"] == 10, "a NaN at first does no harm now"
assert found["flat, queue of 4"] == 40, "patience counts trials now"

history = Trials()
n_run(lambda number: 1.0, 1, None, history, n_most=1)
continued = n_run(improves, 1, no_progress_loss(10), history)
print("continued after a trial with the loss 1, new losses from 999 down to 880:", continued)
assert continued == 120, "the history of a continued search counts now"

mended = {
    "queue of 4, each fourth is bad": n_run(improves_but_every_fourth, 4, no_better(10)),
    "first loss NaN": n_run(first_is_nan, 1, no_better(10)),
    "flat, queue of 4": n_run(lambda number: 1.0, 4, no_better(10)),
}
print("with a stop function over all losses:", mended)
assert mended == {"queue of 4, each fourth is bad": 120, "first loss NaN": 120, "flat, queue of 4": 12}
print("Seen: searches that improve in three of four trials, or in all but the first, end as having no progress.")
PYTHON
