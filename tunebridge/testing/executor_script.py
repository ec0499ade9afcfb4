"""A script that tunes functions and classes of its own, for the contract of executors."""

from __future__ import annotations

SCRIPT = """
import base64, sys, cloudpickle
import tunebridge as tb

class Mine(Exception):
    pass

SCALE = 2.0

def scaled(x):
    return SCALE * x

def train(trial):
    trial.report(scaled(trial["x"]))
    if trial.number == 1:
        raise Mine("by hand")
    trial.keep("error", Mine("kept"))
    return scaled(trial["x"])

def run():
    name, options, backend = cloudpickle.loads(base64.b64decode(sys.argv[1]))
    problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
    settings = dict(backend=backend, executor=tb.executor(name, **options), n_jobs=1, seed=3)
    result = tb.tune(problem, n_trials=3, **settings)
    assert [trial.state.name for trial in result.trials] == ["COMPLETE", "FAILED", "COMPLETE"], result.trials
    assert all(trial.value == 2 * trial.params["x"] for trial in result.complete_trials)
    assert isinstance(result.trials[0].artifact("error"), Mine)
    try:
        tb.tune(problem, n_trials=2, on_error="raise", **settings)
    except Mine as error:
        print(error, flush=True)

"""
"""Tunes functions and classes of its own."""

STARTS = {
    "when it is imported": "run()",
    "in a spawned child": """
import multiprocessing

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=run)
    child.start()
    child.join()
    sys.exit(child.exitcode)
""",
}
"""Where it does so."""
