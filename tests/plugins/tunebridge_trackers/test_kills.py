"""A study that is killed at two trials, in two processes, with pruning and failures: what its trackers show.

`TUNEBRIDGE_TEST_TRIALS=100` runs it at full size.
"""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests import tracking
from tunebridge.testing import Tracked

N_TRIALS = int(os.environ.get("TUNEBRIDGE_TEST_TRIALS", "16"))

SCRIPT = """
import os, signal, sys
from pathlib import Path
import tunebridge as tb

folder, n_trials, name, options = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], eval(sys.argv[4])
study = os.getpid()

def train(trial):
    for step in range(trial.resumed.step + 1 if trial.resumed else 0, 6):
        yield trial["x"] / (step + 1)
        if trial.number % 2:
            with trial.checkpoint() as written:
                (written / "step").touch()
        if trial.number % 7 == 4:
            raise ValueError("as planned")
        for number, pid in ((n_trials // 3, study), (n_trials // 2, os.getpid()), (2 * n_trials // 3, study)):
            mark = folder / f"mark-{number}"
            if trial.number == number and not mark.exists():
                mark.touch()
                os.kill(pid, signal.SIGKILL)

tb.tune(
    tb.Problem(train, tb.Space(x=tb.Float(0.1, 1.0))), backend="sklearn:random", n_trials=n_trials, seed=0,
    n_jobs=2, pruner=tb.pruner("median", n_startup_trials=3, n_warmup_steps=2), study="s",
    storage=f"sqlite:///{folder}/study.db", max_failures=None, on_objective_change="accept",
    observers=[tb.observer(name, **options)],
)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlflow", "tensorboard", "wandb"])
def test_each_trial_has_one_run_in_its_state_after_kills_of_the_study_and_of_a_worker(
    name: str, tmp_path: Path
) -> None:
    options = tracking.OPTIONS[name](tmp_path / "tracked")
    script = tmp_path / "study.py"
    script.write_text(SCRIPT, encoding="utf-8")
    words = [sys.executable, str(script), str(tmp_path), str(N_TRIALS), name, repr(options)]
    codes: list[Any] = []
    while not codes or codes[-1] == -signal.SIGKILL:
        codes.append(subprocess.run(words, cwd=tmp_path, check=False).returncode)
    assert codes == [-signal.SIGKILL] * 2 + [0]
    trials = tb.load_study(f"sqlite:///{tmp_path}/study.db", "s").trials
    assert {trial.state.name for trial in trials} == {"COMPLETE", "PRUNED", "FAILED"}
    runs: dict[int, list[Tracked]] = defaultdict(list)
    for run in sorted(tracking.READERS[name](options), key=lambda run: run.attempt):
        runs[run.number].append(run)
    assert runs.keys() == {trial.number for trial in trials} == {*range(N_TRIALS)}
    for trial in trials:
        *earlier, last = runs[trial.number]
        assert (last.attempt, last.state) == (trial.attempt, trial.state)
        assert [step for step, _ in last.curve] == [report.step for report in trial.reports]
        assert (last.value is None) == (trial.value is None)
        assert {run.state for run in earlier} <= {tb.TrialState.INTERRUPTED}
        assert len(earlier) <= trial.attempt
