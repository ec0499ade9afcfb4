"""Reports by the command line, through its own entry point in a real process."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from pathlib import Path

import pytest

from tests.cli.command_line import command
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
