"""What is to be seen of a stored study."""

from time import sleep

import tunebridge as tb
from tunebridge.cli.overview import read_overview
from tunebridge.testing import MemoryStore


def test_trials_that_ran_out_of_time_are_among_the_failures() -> None:
    def slow(trial: tb.Trial) -> float:
        sleep(60.0 * (trial.number == 1))
        return float(trial["x"])

    store, problem = MemoryStore(), tb.Problem(slow, tb.Space(x=tb.Float(0, 1)))
    tb.tune(
        problem, backend="sklearn:random", n_trials=3, seed=0, trial_timeout=0.5, storage=store, study="s"
    )
    assert [trial.number for trial in read_overview(store, "s").failed] == [1]
