"""The command line over comparisons: compare and report, through their own entry point."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.cli.command_line import Look, command

FILE = """
import time
from pathlib import Path
import tunebridge as tb

space = tb.Space(x=tb.Float(-1.0, 1.0), y=tb.Float(-1.0, 1.0))

def bowl(trial):
    return (trial["x"] - 0.3) ** 2 + (trial["y"] + 0.5) ** 2

problem = tb.Problem(bowl, space)
def late(trial):
    Path("begun").touch()
    time.sleep(0.2)
    return bowl(trial)

slow = tb.Problem(late, space)
ridge = tb.Problem(lambda trial: -abs(trial["x"]), space, direction="maximize")
weighted = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Categorical(["a", "b"], weights=[1, 3])))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of problems, and one without."""
    (tmp_path / "train.py").write_text(FILE, encoding="utf-8")
    (tmp_path / "empty.py").write_text("other = 3\n", encoding="utf-8")
    return tmp_path


def test_compare_prints_the_verdict_and_goes_on_and_report_shows_it_again(folder: Path, look: Look) -> None:
    words = (
        "compare",
        "train.py:problem",
        "--backends",
        "optuna:tpe,optuna:qmc(scramble=True)",
        "--n-trials",
        "5",
    )
    stored = (*words, "--storage", "sqlite:///c.db", "--study", "mine")
    done = command(folder, *stored, "--seeds", "2", "--n-jobs", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No test is possible: with 2 seeds no difference can be significant")
    rows = [line.split("│")[0].strip() for line in done.stdout.splitlines() if "│" in line]
    assert [row for row in rows if row] == ["optuna:tpe", "optuna:qmc(scramble=True)", "optuna:random"]
    assert "6/6 cells" in done.stderr
    again = command(folder, *stored, "--seeds", "2", "--no-progress")
    assert (again.stdout, again.stderr) == (done.stdout, "")
    assert look("report", f"sqlite:///{folder}/c.db", columns=100) == (0, done.stdout, "")
    loaded = tb.load_comparison(f"sqlite:///{folder}/c.db", "mine")
    assert loaded.command.startswith(
        "tunebridge compare train.py:problem --backends 'optuna:tpe,optuna:qmc(scr"
    )
    assert loaded.seeds == (0, 1)
    more = command(folder, *stored, "--seeds", "0,1,7", "--no-progress")
    assert "problem: minimize, 3 seeds" in more.stdout


def test_studies_lists_a_comparison_once_and_its_cells_on_request(folder: Path, look: Look) -> None:
    url = f"sqlite:///{folder}/c.db"
    problem = tb.Problem(lambda trial: float(trial["x"]), tb.Space(x=tb.Float(0.0, 1.0)))
    for study in ("alone", "alone/1", "both/no cell"):
        tb.tune(problem, backend="optuna:random", n_trials=1, storage=url, study=study, seed=0)
    settings: dict[str, Any] = {"n_trials": 2, "seeds": [0, 1], "storage": url}
    tb.compare(problem, backends=["optuna:qmc"], study="compared/both", **settings)
    names = {"alone", "alone/1", "both/no cell", "compared/both"}
    cells = {
        f"compared/both/problem/{line}/{seed}" for line in ("optuna:qmc", "optuna:random") for seed in (0, 1)
    }
    for words, listed in (((), names), (("--cells",), names | cells)):
        status, shown, _ = look("studies", url, *words)
        rows = {line.split("│")[0].strip() for line in shown.splitlines() if "│" in line}
        assert (status, rows & (names | cells)) == (0, listed)
        assert ("4 cells of comparisons: --cells" in shown) == (not words)
    assert look("report", url, "--study", "compared/both")[0] == 0
    status, _, asked = look("report", url)
    assert (status, "--study" in asked) == (1, True)
    hint = look("show", url)[2].splitlines()[-1]
    assert hint.startswith(
        "  hint: name one: --study 'alone' | 'alone/1' | 'both/no cell' | 'compared/both' | "
    )
    assert hint.endswith(" | ...")


def test_an_interrupt_shows_what_there_is_and_the_same_command_goes_on(folder: Path) -> None:
    words = ["compare", "train.py:slow", "-b", "optuna:qmc", "--n-trials", "4", "--seeds", "4"]
    words += ["--n-jobs", "2", "--storage", "journal:///i.log"]
    line = [sys.executable, "-m", "tunebridge.cli", *words]
    running = subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    assert "cells in" in running.stderr.readline()
    while not (folder / "begun").exists():  # before that the study may still be opened, and has nothing
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    shown, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert shown.startswith(("So far, with ", "Nothing can be said yet: "))
    done = command(folder, *words)
    assert (done.returncode, done.stderr.splitlines()[-1].split(";")[1]) == (0, " 8 complete")
    assert done.stdout.startswith("No test is possible: with 4 seeds")


def test_compare_takes_several_problems_pruners_and_seeds(folder: Path) -> None:
    words = ("-b", "optuna:tpe", "--pruners", "none,threshold(upper=3)", "--seeds", "4,2", "--n-trials", "3")
    more = ("--shared-start", "1", "--reference", "optuna:tpe", "--target", "0.5", "--no-progress")
    done = command(folder, "compare", "train.py:problem", "train.py:ridge", *words, *more)
    assert done.returncode == 0, done.stderr
    assert "problem: minimize, 2 seeds" in done.stdout
    assert "ridge: maximize, 2 seeds" in done.stdout
    assert "optuna:tpe + threshold(upper=3)" in done.stdout
    assert "over 2 problems" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train.py", "-b", "optuna"), "hint: write train.py:problem"),
        (("empty.py", "-b", "optuna"), "hint: write empty.py:problem"),
        (("train.py:probem", "-b", "optuna"), "Did you mean 'problem'?"),
        (("train.py:problem", "train.py:problem", "-b", "optuna"), "a problem is named twice"),
        (("tain.py:problem", "-b", "optuna"), "names no Python file"),
        (("train.py:problem", "-b", "optuna:tep"), "Did you mean 'optuna:tpe'?"),
        (("train.py:problem", "-b", "optuna:random"), "a comparison needs two lines"),
        (("train.py:problem", "-b", "optuna:tpe,,"), "is no list of names"),
        (("train.py:problem", "-b", "optuna:tpe(grop=True)"), "Did you mean 'group'?"),
        (("train.py:problem", "-b", "optuna", "--seeds", "ten"), "--seeds takes a number or a list of them"),
        (("train.py:problem", "-b", "optuna", "--seeds", "0"), "--seeds takes at least one, got 0"),
        (
            ("train.py:problem", "-b", "optuna", "--shared-start", "9"),
            "--shared-start 9 is more than --n-trials 3",
        ),
        (("train.py:problem", "-b", "optuna", "--pruners", "asah"), "Did you mean 'asha'?"),
        (("train.py:weighted", "-b", "optuna"), "weighted: the translation to optuna:tpe is lossy"),
    ],
)
def test_mistakes_get_a_message_without_a_traceback(
    folder: Path,
    look: Look,
    forgotten: None,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    status, _, stderr = look("compare", *words, "--n-trials", "3")
    assert status == 1
    assert message in stderr
    assert "Traceback" not in stderr


def test_report_of_a_store_that_is_not_there_says_so(look: Look, new_store: Callable[[str], str]) -> None:
    status, _, stderr = look("report", f"{new_store('sqlite')}.none")
    assert status == 1
    assert "there is no store at" in stderr
