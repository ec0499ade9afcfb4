"""Reports by the command line, through its own entry point in a real process."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look, command
from tunebridge.comparison.report.write import check_report

PROBLEM = """
import tunebridge as tb

problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
"""


COMPARE: Sequence[str] = (
    "compare", "train.py:problem", "-b", "optuna:random,sklearn:random", "--n-trials", "4", "--seeds", "2",
    "--storage", "sqlite:///c.db", "--no-progress",
)  # fmt: skip


def test_the_command_line_writes_reports_of_new_and_of_stored_comparisons(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    done = command(tmp_path, *COMPARE, "--report", "new.html")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "report: new.html"
    page = unescape((tmp_path / "new.html").read_text("utf-8"))
    assert f"tunebridge {' '.join(COMPARE)} --report new.html" in page.replace("'", "")
    stored = command(tmp_path, "report", "sqlite:///c.db", "stored.md")
    assert stored.returncode == 0, stored.stderr
    assert stored.stdout.splitlines()[:-1] == done.stdout.splitlines()[:-1]
    assert (tmp_path / "stored.md").read_text("utf-8").startswith("# Which backend finds better values")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("nowhere/new.html", "there is no folder 'nowhere'"),
        ("/proc/new.html", "the report cannot be written"),
    ],
)
def test_a_report_that_cannot_be_written_stops_the_command_before_it_runs(
    tmp_path: Path, file: str, message: str
) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    done = command(tmp_path, *COMPARE, "--report", file)
    assert done.returncode == 1
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "c.db").exists()


def test_what_was_only_tried_is_not_left(tmp_path: Path) -> None:
    assert not check_report(tmp_path / "new.html").exists()


STUDY: Sequence[str] = (
    "run", "train.py:problem", "-b", "optuna:random", "--n-trials", "5", "--seed", "1", "--storage", "sqlite:///c.db",
    "--study", "alone", "--no-progress",
)  # fmt: skip


def test_the_command_line_writes_the_page_of_a_stored_study(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    assert command(tmp_path, *STUDY).returncode == 0
    done = command(tmp_path, "report", "sqlite:///c.db", "study.html")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "report: study.html"
    stored = tb.load_study(f"sqlite:///{tmp_path}/c.db", "alone")
    page = unescape((tmp_path / "study.html").read_text("utf-8"))
    assert f"The best value is {stored.best_value:.6g} (minimize), found by trial" in page
    shown = command(tmp_path, "show", "sqlite:///c.db")
    assert done.stdout.splitlines()[:-1] == shown.stdout.splitlines()
    assert command(tmp_path, "report", "sqlite:///c.db").stdout == shown.stdout


def test_of_a_study_and_a_comparison_in_one_store_one_is_to_be_named(tmp_path: Path, look: Look) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="optuna:random", n_trials=3, seed=0, storage=url, study="alone")
    seeds = [[0], [0, 1]]  # with more seeds the comparison goes on under a name of its own
    for some in seeds:
        tb.compare(
            {"slope": problem},
            backends=["optuna:random", "sklearn:random"],
            n_trials=3,
            seeds=some,
            storage=url,
            study="both",
        )
    status, _, error = look("report", url)
    assert (status, "this store holds 2 studies and comparisons" in error) == (1, True)
    assert "name one: --study 'alone' | 'both'" in error
    files = {name: tmp_path / f"{name}.md" for name in ("alone", "both")}
    for name, file in files.items():
        status, _, error = look("report", url, str(file), "--study", name)
        assert (status, error) == (0, "")
    assert files["alone"].read_text("utf-8").startswith("# alone")
    assert files["both"].read_text("utf-8").startswith("# Which backend finds better values on slope")
    status, _, error = look("report", url, "--study", "bot")
    assert status == 1
    assert "there is no study 'bot'" in error
    assert "Did you mean 'both'?" in error


def test_of_a_store_without_studies_there_is_nothing_to_report(tmp_path: Path, look: Look) -> None:
    url = f"journal:///{tmp_path}/c.log"
    problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0, 1)))
    tb.tune(problem, backend="optuna:random", n_trials=1, seed=0, storage=url, study="gone")
    status, _, error = look("report", url, str(tmp_path / "study.txt"))
    assert (status, "a .html or .md file" in error) == (1, True)
    status, _, error = look("report", f"journal:///{tmp_path}/other.log")
    assert status == 1
    assert not (tmp_path / "other.log").exists()


def test_run_writes_the_page_of_its_study_and_that_of_one_that_fails(tmp_path: Path, look: Look) -> None:
    code = f"{PROBLEM}\nbroken = tb.Problem(lambda trial: 1 / 0, tb.Space(x=tb.Float(0, 1)))\n"
    (tmp_path / "train.py").write_text(code, encoding="utf-8")
    words = ("-b", "optuna:random", "--n-trials", "30", "--seed", "1", "--no-progress", "--report")
    page = tmp_path / "study.md"
    status, out, _ = look("run", f"{tmp_path}/train.py:problem", *words, str(page))
    assert (status, out.splitlines()[-1]) == (0, f"report: {page}")
    assert "found by trial" in page.read_text("utf-8")
    status, out, error = look("run", f"{tmp_path}/train.py:broken", *words, str(page))
    assert (status, "ZeroDivisionError" in error) == (1, True)
    assert "None of the 10 trials is complete: 10 failed." in page.read_text("utf-8")
    status, _, error = look("run", f"{tmp_path}/train.py:problem", *words, str(tmp_path / "no/study.md"))
    assert (status, "there is no folder" in error) == (1, True)
