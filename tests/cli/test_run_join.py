"""`run --join`: real processes of the command line share one study."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import command

PROBLEM = """
import os, pathlib, time
import tunebridge as tb

def valley(trial):
    pathlib.Path(f"began-{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while len([*pathlib.Path().glob("began-*")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # until the other process has a trial, too
    return (trial["x"] - 3) ** 2

problem = tb.Problem(valley, tb.Space(x=tb.Ordinal([*range(12)])))
"""

RUN = ("run", "train.py:problem", "--storage", "sqlite:///shared.db", "--study", "valley", "--seed", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a problem."""
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    return tmp_path


def together(folder: Path, *words: str, n: int = 2) -> Sequence[tuple[int, str, str]]:
    """Run one command in several processes at a time; give the exit status, stdout and stderr of each."""
    line, environment = [sys.executable, "-m", "tunebridge.cli", *words], os.environ | {"COLUMNS": "160"}
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(line, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)
        for _ in range(n)
    ]
    said = [one.communicate(timeout=120) for one in running]
    return [(one.returncode, *both) for one, both in zip(running, said, strict=True)]


@pytest.mark.parametrize("backend", ["sklearn:grid", "optuna:tpe"])
def test_commands_share_the_trials_and_each_prints_the_whole_study(backend: str, folder: Path) -> None:
    ends = together(folder, *RUN, "-b", backend, "--n-trials", "12", "--join")
    assert [status for status, _, _ in ends] == [0, 0], ends
    assert all(f"12 trials on {backend}, seed 0, ended by" in shown for _, shown, _ in ends)
    assert len([*folder.glob("began-*")]) == 2, "each has run a part"
    trials = tb.load_study(f"sqlite:///{folder}/shared.db", "valley").trials
    assert [one.number for one in trials] == [*range(12)]
    if backend == "sklearn:grid":
        assert sorted(one.params["x"] for one in trials) == [*range(12)]


def test_a_study_that_others_could_not_find_is_refused_with_the_next_step(folder: Path) -> None:
    words = ("run", "train.py:problem", "--storage", "sqlite:///shared.db", "--n-trials", "3", "--join")
    done = command(folder, *words, columns=200)
    assert done.returncode != 0
    assert "name the study that all of them share" in done.stderr
    assert not (folder / "shared.db").exists()
