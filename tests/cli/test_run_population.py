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


@pytest.mark.parametrize("explore", ["perturb", "optuna:tpe(n_startup_trials=4)"])
def test_a_population_runs_from_the_command_line(explore: str, tmp_path: Path) -> None:
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
    done = command(tmp_path, *words, "--population", "4", "--every", "2", "--explore", explore)
    assert done.returncode == 0, done.stderr
    assert "4 trials on optuna:random, seed 0, ended by n_trials" in done.stdout


@pytest.mark.parametrize("words", [["--population", "4"], ["--every", "2"], ["--explore", "optuna:gp"]])
def test_a_part_of_a_population_is_refused(look: Look, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    code, _, printed = look("run", str(tmp_path / "train.py") + ":problem", "--n-trials", "4", *words)
    assert code != 0
    assert "--population 8 --every 5" in printed


@pytest.mark.parametrize(
    ("explore", "told"),
    [
        ("optuna:gp,optuna:tpe", "--explore takes one name"),
        ("optuna:gp(n_startup_trials)", "options are written NAME=VALUE"),
        ("optuna:gp(startup=4)", "has no option 'startup'"),
        ("optuna:pg(n_startup_trials=4)", "optuna:gp"),
    ],
)
def test_what_explores_is_read_as_a_name_with_options(
    look: Look, tmp_path: Path, explore: str, told: str
) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    words = ["--n-trials", "4", "--population", "4", "--every", "2", "--explore", explore]
    code, _, printed = look("run", str(tmp_path / "train.py") + ":problem", *words)
    assert code != 0
    assert told in printed


def test_a_stored_population_is_named_where_its_study_is_shown(look: Look, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'tune.db'}"
    words = ["--n-trials", "4", "--population", "4", "--every", "2", "--storage", url, "--study", "grown"]
    assert look("run", str(tmp_path / "train.py") + ":problem", "-b", "optuna:random", *words)[0] == 0
    assert "size=4, every=2" in look("show", url)[1]
    assert "population of 4" in look("studies", url)[1]
