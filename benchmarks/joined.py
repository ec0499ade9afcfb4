"""Four processes on one study: ours against Optuna's own, on databases of one kind, one after the other.

`python benchmarks/joined.py sqlite:///FOLDER/{}.db`; of a server give the URLs of two empty databases whose
names differ where `{}` stands. The objective sleeps 10 ms.
"""

import argparse
import os
import time
import traceback
from collections.abc import Callable

import optuna

import tunebridge as tb
import tunebridge_optuna.store  # noqa: F401 - loaded once, before the forks

SPACE = tb.Space(x=tb.Float(-5.0, 5.0), y=tb.Float(-5.0, 5.0))


def valley(trial: tb.Trial) -> float:
    time.sleep(0.01)
    return float((trial["x"] - 1) ** 2 + (trial["y"] + 2) ** 2)


def ours(url: str, n_trials: int) -> None:
    problem = tb.Problem(valley, SPACE)
    tb.tune(problem, backend="optuna:tpe", n_trials=n_trials, seed=0, storage=url, study="s", join=True)


def native_valley(trial: optuna.Trial) -> float:
    x, y = (trial.suggest_float(name, -5.0, 5.0) for name in ("x", "y"))
    time.sleep(0.01)
    return float((x - 1) ** 2 + (y + 2) ** 2)


def native(url: str, n_trials: int) -> None:
    sampler = optuna.samplers.TPESampler(seed=os.getpid())
    study = optuna.load_study(study_name="s", storage=url, sampler=sampler)
    study.optimize(native_valley, callbacks=[optuna.study.MaxTrialsCallback(n_trials, states=None)])


def made(url: str, _: int) -> None:
    optuna.create_study(study_name="s", storage=url)


def prepared(url: str, _: int) -> None:
    """Make the tables, as `made` does."""
    optuna.create_study(study_name="another", storage=url)


def timed(run: Callable[[str, int], None], url: str, n_trials: int, n_processes: int) -> float:
    """Return the seconds that some processes take together."""
    begun = time.perf_counter()
    children = [os.fork() or alone(run, url, n_trials) for _ in range(n_processes)]
    if any([os.waitpid(child, 0)[1] for child in children]):  # noqa: C419 - all are waited for
        raise SystemExit("a process failed")
    return time.perf_counter() - begun


def alone(run: Callable[[str, int], None], url: str, n_trials: int) -> int:
    """Run in a fork, which ends here."""
    code = 1
    try:
        run(url, n_trials)
        code = 0
    except Exception:  # noqa: BLE001 - shown, and told by the code
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="with {} where the two databases differ")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--trials", type=int, default=400)
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tb.backends()  # plugins are loaded before the forks, as Optuna is
    timed(made, given.url.format("native"), 0, 1)
    timed(prepared, given.url.format("ours"), 0, 1)
    found = timed(ours, given.url.format("ours"), given.trials, given.processes)
    theirs = timed(native, given.url.format("native"), given.trials, given.processes)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"ours {found:.1f} s, Optuna {theirs:.1f} s: {found / theirs:.3f} (load {load})")


if __name__ == "__main__":
    main()
