"""Runs one study in several processes, some of which are killed: KIND URL --processes N --trials N --kills N.

What each process has run goes to stdout as JSON, a line a process, with the kills that hit in the last one.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from typing import Any

import tunebridge as tb
from tunebridge_optuna.store import OptunaStore  # loaded once, before the forks

TRAINED = "TUNEBRIDGE_TEST_TRAINED"
"""Names the file that gets a byte for each step that was trained."""

SPACE = tb.Space(x=tb.Float(-5.0, 5.0), k=tb.Int(0, 3))
POINTS = tb.Space(x=tb.Ordinal([*range(50)]), k=tb.Int(0, 8))


def plain(trial: tb.Trial) -> float:
    time.sleep(0.01)
    return float((trial["x"] - 1) ** 2 + trial["k"])


def stepwise(trial: tb.Trial) -> float:
    """Train five steps with a checkpoint each, and note how many were trained in all."""
    first = 0
    if trial.resumed is not None:
        first = trial.resumed.step + 1
    for step in range(first, 5):
        time.sleep(0.02)
        with open(os.environ[TRAINED], "ab") as file:
            file.write(b".")
        trial.report((trial["x"] - 1) ** 2 + trial["k"], step=step)
        with trial.checkpoint() as folder:
            (folder / "step").write_text(str(step))
    trial.note("first", first)
    return float((trial["x"] - 1) ** 2 + trial["k"])


def tpe(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(plain, SPACE), backend="optuna:tpe", **where)


def grid(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(plain, POINTS), backend="sklearn:grid", **where)


def draws(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(plain, SPACE), backend="optuna:random", **where)


def pruned(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(stepwise, SPACE), backend="optuna:tpe", pruner="median", **where)


def deadly(trial: tb.Trial) -> float:
    """Kill the process that runs trial 2."""
    if trial.number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(trial)


def kills(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(deadly, SPACE), backend="optuna:tpe", **where)


def sleepy(trial: tb.Trial) -> float:
    """Note which process runs trial 5, which is then stopped, and when that begins again."""
    if trial.number == 5 and trial.attempt == 0:
        Path(os.environ[TRAINED]).write_text(str(os.getpid()))
        time.sleep(0.5)
    elif trial.number == 5:
        begun_again().write_text(str(time.monotonic()))
    return plain(trial)


def begun_again() -> Path:
    """Return the file that says when a trial has begun again."""
    return Path(os.environ[TRAINED]).with_suffix(".again")


def stops(**where: Any) -> tb.Result:
    return tb.tune(tb.Problem(sleepy, SPACE), backend="optuna:random", **where)


def steps(**where: Any) -> tb.Result:
    """Run trials with checkpoints, in a folder that every process sees."""
    folder = Path(os.environ[TRAINED]).parent / "checkpoints"
    return tb.tune(tb.Problem(stepwise, SPACE), backend="optuna:random", checkpoints=folder, **where)


STUDIES: dict[str, Callable[..., tb.Result]] = {
    one.__name__: one for one in (tpe, grid, draws, pruned, kills, stops, steps)
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=STUDIES)
    parser.add_argument("url")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--silence", type=float, help="stop the process that has noted its id for longer")
    parser.add_argument("--kill", action="store_true", help="kill the process that has noted its id")
    given = parser.parse_args()
    if given.silence is not None:
        join = partialmethod(OptunaStore.join, silence=given.silence)
        OptunaStore.join = join  # type: ignore[assignment, method-assign]
    children = [begin(given) for _ in range(given.processes)]
    hits = 0
    for _ in range(given.kills):
        wait_for(trained() + random.randint(1, 6))
        victim = children.pop(random.randrange(len(children)))
        os.kill(victim, signal.SIGKILL)
        hits += os.waitpid(victim, 0)[1] == signal.SIGKILL
        children.append(begin(given))
    is_stopped = given.silence is not None
    struck = strike(signal.SIGSTOP if is_stopped else signal.SIGKILL) if is_stopped or given.kill else None
    stopped = [] if struck is None or not is_stopped else [struck]
    at = time.monotonic()
    ends = [os.waitpid(child, 0)[1] for child in children if child not in stopped]
    for child in stopped:
        os.kill(child, signal.SIGCONT)
        ends.append(os.waitpid(child, 0)[1])
    seconds = None if struck is None else float(begun_again().read_text()) - at
    sys.stdout.write(json.dumps({"hits": hits, "ends": ends, "seconds": seconds}) + "\n")


def strike(how: signal.Signals) -> int:
    """Send a signal to the process that has noted its id, and return that."""
    wait_for(1)
    time.sleep(0.1)
    with open(os.environ[TRAINED], encoding="utf-8") as file:
        found = int(file.read())
    os.kill(found, how)
    return found


def trained() -> int:
    """Return how many steps were trained up to now."""
    path = os.environ[TRAINED]
    return os.path.getsize(path) if os.path.exists(path) else 0


def wait_for(n_steps: int) -> None:
    """Wait until so many steps were trained."""
    while trained() < n_steps:
        time.sleep(0.005)


def begin(given: argparse.Namespace) -> int:
    """Fork a process that runs its part of the study."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        result = STUDIES[given.kind](
            n_trials=given.trials, seed=3, storage=given.url, study="shared", join=True
        )
        states = sorted({trial.state.name for trial in result.trials})
        said = {"trials": len(result.trials), "stop": result.stop_reason, "states": states}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        code = 0
    except Exception:  # noqa: BLE001 - shown, and told by the code
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
