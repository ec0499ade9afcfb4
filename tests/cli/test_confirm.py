"""Confirming by the command line, through its own entry point in a real process."""

from __future__ import annotations

from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look, command
from tunebridge.stores.loading import opened

PROBLEM = """
import numpy as np
import tunebridge as tb

def noisy(trial):
    return trial["x"] + np.random.default_rng(trial.seed).normal()

problem = tb.Problem(noisy, tb.Space(x=tb.Float(0, 1)))
both = tb.Problem(lambda trial: (1, 2), tb.Space(x=tb.Float(0, 1)), direction=["minimize", "minimize"])
"""


def test_a_stored_study_is_confirmed_in_its_store_and_its_report_says_so(tmp_path: Path, look: Look) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    url = f"sqlite:///{tmp_path}/c.db"
    words = ("train.py:problem", "-b", "sklearn:random", "--n-trials", "9", "--seed", "0", "--no-progress")
    assert command(tmp_path, "run", *words, "--storage", url, "--study", "mine").returncode == 0
    line = (
        "confirm",
        url,
        "train.py:problem",
        "--top",
        "3",
        "--seeds",
        "4",
        "--no-progress",
        "--report",
        "p.md",
    )
    done = command(tmp_path, *line)
    assert done.returncode == 0, done.stderr
    found = tb.load_confirmation(url, "mine")
    assert (len(found.finalists), found.seeds) == (3, (0, 1, 2, 3))
    shown = " ".join(done.stdout.split())
    assert found.verdict in shown
    assert "cannot be told apart" in shown
    assert "Confirmed" in (tmp_path / "p.md").read_text("utf-8")
    status, stdout, _ = look("report", url, str(tmp_path / "r.md"))
    assert status == 0
    assert found.verdict in " ".join(stdout.split())
    assert "## Confirmed" in (tmp_path / "r.md").read_text("utf-8")


def test_fewer_seeds_show_their_verdict_and_keep_all_repeats(tmp_path: Path, look: Look) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    url, target = f"sqlite:///{tmp_path}/c.db", f"{tmp_path / 'train.py'}:problem"
    look("run", target, "-b", "sklearn:random", "--n-trials", "5", "--seed", "0", "--storage", url)
    line = ("confirm", url, target, "--top", "3", "--seeds")
    assert look(*line, "5")[0] == 0
    status, stdout, _ = look(*line, "1,2,3")
    assert status == 0
    assert "The store keeps 6 more repeats" in " ".join(stdout.split())
    report = " ".join(look("report", url)[1].split())
    assert "on the mean of 3 seeds" in report
    assert "The store keeps 6 more repeats" in report
    with opened(url) as store:
        assert sorted(store.studies()) == ["tunebridge-0", "tunebridge-0/confirmed"]


def test_a_store_and_a_problem_that_have_changed_places_are_put_in_order(tmp_path: Path, look: Look) -> None:
    status, _, stderr = look("confirm", "train.py:problem", "sqlite:///c.db")
    assert status == 1
    assert "the store and the problem have changed places" in stderr
    assert "tunebridge confirm sqlite:///c.db train.py:problem" in " ".join(stderr.split())


def test_mistakes_end_with_the_next_step(tmp_path: Path, look: Look) -> None:
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    url, target = f"sqlite:///{tmp_path}/c.db", f"{tmp_path / 'train.py'}:problem"
    status, _, stderr = look("confirm", url, target)
    assert status == 1
    assert "there is no store" in stderr
    look("run", target, "-b", "sklearn:random", "--n-trials", "2", "--seed", "0", "--no-progress",
         "--storage", url)  # fmt: skip
    assert "--seeds takes at least one" in look("confirm", url, target, "--seeds", "0")[2]
    assert "range(10)" in look("confirm", url, target, "--seeds", "1")[2]
    assert "train.py:problem" in look("confirm", url, str(tmp_path / "train.py"))[2]


def test_repeats_run_where_the_executor_of_run_would_with_options_and_devices(
    tmp_path: Path, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    problem = ("train.py:problem", "--no-progress")
    url = f"sqlite:///{tmp_path}/c.db"
    look("run", *problem, "-b", "sklearn:random", "--n-trials", "4", "--seed", "0", "--storage", url)
    line = ("confirm", url, *problem, "--top", "2", "--seeds", "2")
    assert look(*line, "--executor", "threads(devices=['cuda:7'])")[0] == 0
    name = tb.load_confirmation(url, "tunebridge-0").name
    assert {trial.device for trial in tb.load_study(url, name).trials} == {"cuda:7"}
    more = ("--executor", "threads", "--devices", "cuda:8")
    assert look(*line, "--name", "more", *more)[0] == 0
    assert {trial.device for trial in tb.load_study(url, "more").trials} == {"cuda:8"}
    changed = PROBLEM.replace('trial["x"] +', '2 * trial["x"] +')
    (tmp_path / "train.py").write_text(changed, encoding="utf-8")
    run = ("run", *problem, "-b", "sklearn:random", "--n-trials", "5", "--storage", url, "--study")
    assert look(*run, "tunebridge-0", "--on-objective-change", "accept")[0] == 0
    status, _, said = look(*line, "--seeds", "3")
    assert (status, "was made for another problem" in said) == (1, True)
    assert "--on-objective-change accept" in said
    assert look(*line, "--seeds", "3", "--on-objective-change", "accept")[0] == 0
