"""What `--observer` of `run` and `confirm` takes: names, with or without options."""

from pathlib import Path

import pytest
import tunebridge_lines

from tests.cli.command_line import Look

PROBLEM = """
import tunebridge as tb
problem = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
"""

RUN = ("run", "train.py:problem", "--n-trials", "3", "--seed", "0", "-b", "sklearn:random")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a problem."""
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_observers_follow_the_study_each_with_its_options(look: Look) -> None:
    assert look(*RUN, "--observer", "lines", "--observer", "lines(folder='others')")[0] == 0
    for place in ("runs", "others"):
        files = [*Path(place).iterdir()]
        assert len(files) == 3
        assert {[*tunebridge_lines.read(file)][-1]["state"] for file in files} == {"COMPLETE"}


def test_several_stand_in_one_list(look: Look) -> None:
    assert look(*RUN, "--observer", "lines, lines(folder='others')")[0] == 0
    assert [len([*Path(place).iterdir()]) for place in ("runs", "others")] == [3, 3]


def test_they_follow_a_confirmation_too(look: Look) -> None:
    assert look(*RUN, "--storage", "sqlite:///tune.db")[0] == 0
    line = ("confirm", "sqlite:///tune.db", "train.py:problem", "--top", "2", "--seeds", "2")
    assert look(*line, "--no-progress", "--observer", "lines")[0] == 0
    assert len([*Path("runs").iterdir()]) == 4


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("line", "no observer is called 'line'"),
        ("lines(foldr='x')", "Did you mean 'folder'?"),
        ("lines(folder)", "options are written NAME=VALUE"),
        ("lines(folder=runs)", "text stands in quotes"),
        ("lines folder='x'", "write mlflow(experiment='svm'),tensorboard"),
        ("", "--observer names no observer"),
    ],
)
def test_what_is_no_observer_is_refused(look: Look, name: str, told: str) -> None:
    status, _, printed = look(*RUN, "--observer", name)
    assert status == 1
    assert told in printed
    assert "Traceback" not in printed


def test_the_list_of_backends_names_the_observers_too(look: Look) -> None:
    printed = look("backends")[1]
    assert "a file of JSON lines per trial" in printed
    assert "options: folder" in printed
