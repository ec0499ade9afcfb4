"""Populations by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import Look, command

PROBLEM = """
import tunebridge as tb

def train(trial):
    total, first = 0.0, 0
    if trial.resumed:
        total, first = float((trial.resumed / "total").read_text()), trial.resumed.step + 1
    for step in range(first, 6):
        total += trial["x"]
        yield total
        with trial.checkpoint() as folder:
            (folder / "total").write_text(str(total))

problem = tb.Problem(train, tb.Space(x=tb.Float(0, 1)), direction="maximize")
"""


def test_a_population_runs_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    words = [
        "run",
        "train.py:problem",
        "-b",
        "optuna:random",
        "--n-trials",
        "4",
        "--seed",
        "0",
        "--no-progress",
    ]
    done = command(tmp_path, *words, "--population", "4", "--every", "2", "--explore", "perturb")
    assert done.returncode == 0, done.stderr
    assert "4 trials on optuna:random, seed 0, ended by n_trials" in done.stdout


@pytest.mark.parametrize("words", [["--population", "4"], ["--every", "2"], ["--explore", "optuna:gp"]])
def test_a_part_of_a_population_is_refused(look: Look, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    code, _, printed = look("run", str(tmp_path / "train.py") + ":problem", "--n-trials", "4", *words)
    assert code != 0
    assert "--population 8 --every 5" in printed
