"""A study in processes for `test_kills.py` to kill: each notes in a file how far it has come.

What is slow to load is loaded once; then one process is forked for each descriptor that is given. It waits
there for a line, its flags, and runs the study. A file gets the pids, then a pid and an exit status a line.

The file holds one JSON object a line: "opening" and "open" once per process, "began" and "ended" per trial,
"done" at the end. A trial is noted as ended when its store has it.

A process that is to be killed gets no further than where it holds: in a trial, in which it notes nothing, or
before or after the last write of one, where it notes "holding".
"""

import importlib
import json
import math
import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tunebridge as tb
from tunebridge.study import keepsakes

N_TRIALS = 60

TREE = tb.Space(
    x=tb.Float(-1, 1),
    rate=tb.Float(1e-4, 1.0, log=True),
    depth=tb.Int(1, 6),
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(
                momentum=tb.Float(0, 0.99),
                schedule=tb.Categorical({"flat": tb.Space(), "cosine": tb.Space(warmup=tb.Int(1, 5))}),
            ),
            "adam": tb.Space(beta=tb.Float(1e-3, 0.1, log=True), size=tb.Ordinal([16, 32, 64])),
        }
    ),
)
FINITE_TREE = tb.Space(
    depth=tb.Int(1, 5),
    optimizer=tb.Categorical(
        {
            "sgd": tb.Space(
                momentum=tb.Ordinal([0.0, 0.5, 0.9]),
                schedule=tb.Categorical({"flat": tb.Space(), "cosine": tb.Space(warmup=tb.Int(1, 2))}),
            ),
            "adam": tb.Space(size=tb.Ordinal([16, 32, 64])),
        }
    ),
)
FINITE = tb.Space(
    depth=tb.Int(1, 5), size=tb.Ordinal([16, 32, 64]), kind=tb.Categorical(["a", "b", "c", None])
)
"""The finite ones have as many points as a study has trials."""

SPACES = {"sklearn:grid": FINITE_TREE, "optuna:brute-force": FINITE_TREE, "optuna:grid": FINITE}
"""What is not `TREE`, by backend."""

OPTIONS = {"auto:credit": {"share": None, "members": ["hyperopt:anneal", "hyperopt:tpe", "optuna:tpe"]}}
"""What lets a study repeat by its seed alone, by backend."""

EXIT_INTERRUPTED = 130

HOLD_SECONDS = 60.0

BY_CALLS = "TUNEBRIDGE_TEST_BY_CALLS"
"""Set where trials are written by Optuna's calls, as to tables of a version that is not known."""

HOLDING = "TUNEBRIDGE_TEST_HOLDING"
"""The trials in which the process waits to be killed: no global, as a study is refused if one changes."""


def objective(trial: tb.Trial) -> Generator[float, None, float]:
    """Return a value, report on the way to it, or fail; what it does hangs on the trial alone."""
    if str(trial.number) in os.environ.get(HOLDING, "").split():
        time.sleep(HOLD_SECONDS)
    floor, kind = cost(trial), trial.seed % 8
    time.sleep(0.002)
    if kind == 0:
        raise FloatingPointError(f"seed {trial.seed}")
    if kind in {1, 2}:
        return floor
    for step in range(6):
        if (kind, step) == (3, 4):
            raise FloatingPointError(f"seed {trial.seed} in step {step}")
        time.sleep(0.0005)
        yield floor + math.exp(-step) * (1.0 + math.sin(7.0 * floor))
    return floor


def cost(params: Mapping[str, Any]) -> float:
    numbers = [value if isinstance(value, int | float) else len(str(value)) for value in params.values()]
    return math.fsum(math.cos(place + number) for place, number in enumerate(numbers))


def problem(backend: str) -> tb.Problem:
    return tb.Problem(objective, SPACES.get(backend, TREE))


def tune(backend: str, n_trials: int = N_TRIALS, **more: Any) -> tb.Result:
    pruner = tb.pruner("asha", min_resource=1, reduction_factor=2)
    chosen = tb.backend(backend, **OPTIONS.get(backend, {}))
    return tb.tune(problem(backend), backend=chosen, n_trials=n_trials, seed=0, pruner=pruner, **more)


class Evidence:
    """Notes what happens."""

    def __init__(self, path: str, space: tb.Space) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._space = space

    def note(self, what: str, **facts: Any) -> None:
        os.write(self._file, json.dumps({"what": what, **facts}).encode() + b"\n")

    @tb.hookimpl
    def tunebridge_study_started(self, study: tb.Study) -> None:
        carried = study.carried
        self.note("open", exact=carried.exact if carried else None, why=carried.reason if carried else "")

    @tb.hookimpl
    def tunebridge_trial_started(self, trial: tb.Trial) -> None:
        params = tb.to_natural(self._space, trial)
        self.note("began", number=trial.number, seed=trial.seed, params=params)

    @tb.hookimpl
    def tunebridge_trial_finished(self, trial: tb.TrialRecord) -> None:
        params, reports = tb.to_natural(self._space, trial.params), [report.value for report in trial.reports]
        self.note(
            "ended",
            number=trial.number,
            attempt=trial.attempt,
            seed=trial.seed,
            state=trial.state.name,
            values=trial.values and list(trial.values),
            params=params,
            reports=reports,
        )


def hold_in_write(number: int, evidence: Evidence, *, before: bool) -> None:
    """Let the process wait where a trial gets its last state, which is the last thing written of it."""
    from optuna.storages import JournalStorage, RDBStorage

    from tunebridge_optuna.statements import Statements
    from tunebridge_optuna.whole import WholeStatements

    numbers = count()

    def held(write: Callable[..., Any]) -> Callable[..., Any]:
        def writing(where: object, *arguments: Any) -> Any:
            is_held = next(numbers) == number
            written = False if is_held and before else write(where, *arguments)
            if is_held:
                evidence.note("holding")
                time.sleep(HOLD_SECONDS)
            return written

        return writing

    for kind in (JournalStorage, RDBStorage):
        patch.object(kind, "set_trial_state_values", held(kind.set_trial_state_values)).start()
    for rows in (Statements, WholeStatements):
        patch.object(rows, "end", held(rows.end)).start()


def forked(descriptors: list[int], path: Path) -> int | None:
    """Return, in a process for each descriptor, that descriptor; None here, when all of them have ended."""
    pids: list[int] = []
    for descriptor in descriptors:
        pids.append(os.fork())
        if pids[-1] == 0:
            return descriptor
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(pids)}\n")
        file.flush()
        for _ in pids:
            pid, status = os.wait()
            file.write(f"{json.dumps([pid, os.waitstatus_to_exitcode(status)])}\n")
            file.flush()
    return None


def flags_of(line: str) -> Namespace:
    """Read what a process is to do."""
    parser = ArgumentParser()
    parser.add_argument("--hold", type=int, nargs="*", default=[])
    parser.add_argument("--where", choices=["trial", "before", "after"], default="trial")
    parser.add_argument("--interrupted", default="retry")
    return parser.parse_args(line.split())


def main(url: str, backend: str, noted: str, ended: str, *descriptors: str) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tune(backend, n_trials=2)
    importlib.import_module("tunebridge_optuna.store")
    if BY_CALLS in os.environ:
        patch("tunebridge_optuna.rdb.VERSIONS", frozenset()).start()
    # All that is slow is loaded: what a kill hits from here on is the study.
    own = forked([*map(int, descriptors)], Path(ended))
    if own is None:
        return 0
    with open(own, encoding="utf-8") as lines:
        line = lines.readline()
    if not line:
        return 1
    given = flags_of(line)
    if [*map(int, descriptors)].index(own) % 2 == 0:  # the next one goes on from a state that is older
        keepsakes.MIN_SECONDS = keepsakes.SHARE = 0.0
    evidence = Evidence(noted, problem(backend).space)
    evidence.note("opening")
    if given.where == "trial":
        os.environ[HOLDING] = " ".join(map(str, given.hold))
    else:
        hold_in_write(given.hold[0], evidence, before=given.where == "before")
    result = tune(
        backend,
        storage=url,
        study="killed",
        interrupted=given.interrupted,
        observers=[evidence],
    )
    evidence.note("done", stop_reason=result.stop_reason)
    return EXIT_INTERRUPTED if result.stop_reason == "interrupted" else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
