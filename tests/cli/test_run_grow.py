"""`tunebridge run --grow`: a study that goes on in a larger space."""

from pathlib import Path
from typing import Any

import pytest

import tunebridge as tb
from tests.cli.command_line import Look

SMALL = """
import tunebridge as tb

def score(trial):
    return (trial["x"] - 1.5) ** 2

problem = tb.Problem(score, tb.Space(x=tb.Float(0, 1)))
"""
LARGE = SMALL.replace(
    "tb.Float(0, 1)", "tb.Float(0, 2), momentum=tb.Float(0, 0.99), flag=tb.Ordinal(['a', 'b'])"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look) -> Any:
    monkeypatch.chdir(tmp_path)

    def run(script: str, n_trials: int, *more: str) -> tuple[int, str, str]:
        (tmp_path / "net.py").write_text(script)
        stored = ("--storage", "sqlite:///s.db", "--study", "net", "--seed", "0", "--n-trials", str(n_trials))
        return look("run", "net.py:problem", "-b", "optuna:random", *stored, "--no-progress", *more)

    return run


def test_a_study_grows_with_what_new_params_were(run: Any) -> None:
    assert run(SMALL, 3)[0] == 0
    status, _, err = run(LARGE, 5)
    assert status != 0
    assert "--grow --had momentum=... --had flag=..." in " ".join(err.split())
    had = ("--had", "momentum=0.9", "--had", "flag=a")
    status, _, err = run(LARGE, 5, *had)
    assert status != 0
    assert "--grow --had momentum=0.9 --had flag=a" in err
    status, out, err = run(LARGE, 5, "--grow", *had)
    assert (status, err) == (0, "")
    assert "its space has grown: x: was Float(0.0, 1.0)" in " ".join(out.split())
    result = tb.load_study("sqlite:///s.db", "net")
    assert [trial.params["momentum"] == 0.9 for trial in result.trials] == [True] * 3 + [False] * 2
    assert [trial.params["flag"] for trial in result.trials[:3]] == ["a"] * 3


def test_show_says_when_a_study_grew_and_by_what(run: Any, look: Look) -> None:
    run(SMALL, 3)
    run(LARGE, 5, "--grow", "--had", "momentum=0.9", "--had", "flag=a")
    status, out, _ = look("show", "sqlite:///s.db", "-s", "net")
    assert status == 0
    assert "has grown before trial 3: x: was Float(0.0, 1.0), is Float(0.0, 2.0)" in " ".join(out.split())
