"""What `--backend` of `run` and `explain` takes: a name, with or without options."""

from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look

PROBLEM = """
import tunebridge as tb
problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
"""

RUN = ("run", "train.py:problem", "--n-trials", "3", "--seed", "0")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a problem."""
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_options_in_brackets_are_those_of_the_option(look: Look) -> None:
    stored = ("--storage", "sqlite:///t.db", "--study")
    assert look(*RUN, *stored, "a", "-b", "optuna:tpe(remember=500)")[0] == 0
    assert look(*RUN, *stored, "b", "-b", "optuna:tpe", "-o", "remember=500")[0] == 0
    inside, beside = (tb.load_study("sqlite:///t.db", name) for name in "ab")
    assert [trial.params for trial in inside.trials] == [trial.params for trial in beside.trials]
    shown = look("show", "sqlite:///t.db", "--study", "a")[1]
    assert "remember=500" in shown
    assert "remember must be an integer >= 60" in look(*RUN, "-b", "optuna:tpe(remember=3)")[2]


@pytest.mark.parametrize("words", [RUN, ("explain", "train.py:problem")], ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("name", "more", "told"),
    [
        ("optuna:tpe(grop=True)", (), "Did you mean 'group'?"),
        ("optuna:tpe(group)", (), "options are written NAME=VALUE"),
        ("optuna:tpe,optuna:gp", (), "--backend takes one name"),
        ("optuna:tpe(group=True)", ("-o", "multivariate=True"), "by --option"),
    ],
    ids=str,
)
def test_what_is_no_name_with_options_is_refused(
    look: Look, words: tuple[str, ...], name: str, more: tuple[str, ...], told: str
) -> None:
    status, _, printed = look(*words, "-b", name, *more)
    assert status == 1
    assert told in printed
    assert "Traceback" not in printed


def test_help_says_what_a_study_has_whose_backend_is_left_out(look: Look) -> None:
    said = " ".join(look("run", "--help")[1].replace("│", " ").split())
    assert "when left out, the one that proposed last, or auto" in said


def test_a_study_that_nothing_keeps_is_given_no_name(look: Look) -> None:
    status, _, printed = look(*RUN, "-b", "optuna:tpe", "--study", "a")
    assert status == 1
    assert "nothing keeps the study 'a'" in printed
    assert "give --storage sqlite:///tune.db as well, or leave --study out" in printed
