"""A study whose trials write checkpoints, killed at random moments, for `test_training_kills.py`.

One process loads all that is slow, and forks one after the other that goes on with the study. Each step that
a trial trains is one byte in a file; a process is killed a random number of them after it was started, and a
random time after that. When all kills are done, the last process runs to the end.

The exit status is 0, and stdout has the number of kills that hit a running study.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tunebridge as tb

SPACE = tb.Space(x=tb.Float(0, 1), rate=tb.Float(0.01, 1.0, log=True))
N_STEPS = 9
N_TRIALS = 24
STEP_SECONDS = 0.002
STARTED_SECONDS = 60.0

TRAINED = "TUNEBRIDGE_TEST_TRAINED"
"""The file of steps: no global, as a study is refused if one changes."""


BY_CALLS = "TUNEBRIDGE_TEST_BY_CALLS"
"""Set where trials are written by Optuna's calls, as to tables of a version that is not known."""


def walk(trial: tb.Trial) -> Iterator[float]:
    """Walk by steps of a random length; all that the next step needs is in the checkpoint."""
    state, place, first = trial.seed, 1.0, 0
    if trial.resumed:
        state, place = json.loads((trial.resumed / "state.json").read_text("utf-8"))
        first = trial.resumed.step + 1
    for _ in range(first, N_STEPS):
        state = (1103515245 * state + 12345) % 2**31
        place -= trial["rate"] * (place - trial["x"]) * state / 2**31
        time.sleep(STEP_SECONDS)
        note()
        yield place
        with trial.checkpoint() as folder:
            (folder / "state.json").write_text(json.dumps([state, place]), "utf-8")


def note() -> None:
    """Note that a step was trained."""
    path = os.environ.get(TRAINED)
    if path:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, b".")
        os.close(file)


def halving(**settings: Any) -> tb.Result:
    """Pause at rungs, and promote."""
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2, resume=True)
    return tuned(pruner=pruner, **settings)


def population(**settings: Any) -> tb.Result:
    """Copy checkpoints, and explore."""
    n_trials = settings.pop("n_trials", None)
    if n_trials is not None:
        settings.pop("explore", None)
        return tuned(n_trials=n_trials, **settings)
    members = tb.Population(size=4, every=2, explore=settings.pop("explore", "perturb"))
    return tuned(backend="optuna:random", population=members, n_trials=8, **settings)


def ruled(**settings: Any) -> tb.Result:
    """Copy checkpoints, with a rate that a rule lowers."""
    return population(adjust=[tb.Schedule("rate", {3: 0.5, 6: 0.1})], **settings)


def learned(**settings: Any) -> tb.Result:
    """Copy checkpoints, and let a backend explore."""
    return population(explore="optuna:tpe", **settings)


def plain(**settings: Any) -> tb.Result:
    """Train each trial to its end, with a rate that a rule lowers."""
    return tuned(adjust=[tb.Schedule("rate", {2: 0.5, 5: 0.1})], **settings)


def tuned(**settings: Any) -> tb.Result:
    settings = {"backend": "optuna:tpe", "n_trials": N_TRIALS, "seed": 5, "deterministic": True, **settings}
    return tb.tune(tb.Problem(walk, SPACE), study="killed", **settings)


STUDIES: Mapping[str, Callable[..., tb.Result]] = {
    "halving": halving,
    "learned": learned,
    "plain": plain,
    "population": population,
    "ruled": ruled,
}
"""What can be killed, by name."""


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("kind", choices=sorted(STUDIES))
    parser.add_argument("url")
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--n-kills", type=int, default=4)
    parser.add_argument("--steps", type=int, default=30, help="Between two kills, at most.")
    parser.add_argument("--checkpoints", help="The folder of checkpoints, where the store has none.")
    parser.add_argument("--trained", type=Path, required=True)
    given = parser.parse_args()
    rng = random.Random(f"{given.kind} {given.url.partition(':')[0]} {given.n_jobs}")
    STUDIES[given.kind](n_trials=1)
    if BY_CALLS in os.environ:
        patch("tunebridge_optuna.rdb.VERSIONS", frozenset()).start()
    os.environ[TRAINED] = str(given.trained)
    given.trained.touch()

    def run() -> None:
        STUDIES[given.kind](storage=given.url, n_jobs=given.n_jobs, checkpoints=given.checkpoints)

    n_hits, status = 0, -int(signal.SIGKILL)
    while n_hits < given.n_kills and status == -signal.SIGKILL:
        status = killed(run, given.trained, rng.randint(0, given.steps), rng.uniform(0.0, 0.02))
        n_hits += status == -signal.SIGKILL
    status = ended(forked(run)) if status == -signal.SIGKILL else status
    sys.stdout.write(f"{n_hits}\n")
    return status


def killed(run: Callable[[], None], trained: Path, n_steps: int, seconds: float) -> int:
    """Run a study, kill it when some steps more are trained, and return its exit status."""
    wanted = trained.stat().st_size + n_steps
    pid = forked(run)
    deadline = time.monotonic() + STARTED_SECONDS
    while trained.stat().st_size < wanted and time.monotonic() < deadline:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return ended(pid)
        time.sleep(0.001)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return ended(pid)


def forked(run: Callable[[], None]) -> int:
    """Return the process that runs something."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        run()
        status = 0
    finally:
        sys.stderr.flush()
        if status:
            import traceback

            traceback.print_exc()
        os._exit(status)


def ended(pid: int) -> int:
    """Return the exit status of a process when it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
