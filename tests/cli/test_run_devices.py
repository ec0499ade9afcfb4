"""What `--executor`, `--n-jobs` and `--devices` of `run` and `compare` take."""

from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look

PROBLEM = """
import os
import tunebridge as tb

def train(trial):
    trial.note("inside", [trial.device, os.environ.get("CUDA_VISIBLE_DEVICES")])
    return trial["x"]

problem = tb.Problem(train, tb.Space(x=tb.Float(0.0, 1.0)))
"""

RUN = ("run", "train.py:problem", "--n-trials", "4", "--seed", "0", "-b", "sklearn:random")
STORED = ("--storage", "sqlite:///tune.db", "--study", "s")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a problem, where all devices are visible."""
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("HIP_VISIBLE_DEVICES", raising=False)


def ran() -> dict[str | None, list[str | None]]:
    """Return what trials saw, by device."""
    trials = tb.load_study("sqlite:///tune.db", "s").trials
    assert len(trials) == 4
    return {trial.device: trial.notes["inside"] for trial in trials}


def test_devices_alone_are_given_to_processes_with_a_slot_for_each(look: Look) -> None:
    assert look(*RUN, *STORED, "--devices", "cuda:1, cuda:2")[0] == 0
    assert ran() == {"cuda:1": ["cuda:0", "1"], "cuda:2": ["cuda:0", "2"]}


def test_devices_are_an_option_of_the_executor_that_is_named(look: Look) -> None:
    assert look(*RUN, *STORED, "--executor", "threads", "--devices", "cuda:3", "--n-jobs", "2")[0] == 0
    assert ran() == {"cuda:3": ["cuda:3", None]}


def test_without_them_an_executor_takes_its_options_in_brackets(look: Look) -> None:
    assert look(*RUN, *STORED, "--executor", "inline(devices=['mps'])")[0] == 0
    assert ran() == {"mps": ["mps", None]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--devices", "0,1"), "write --devices cuda:0,cuda:1"),
        (("--devices", '["cuda:0", "cuda:1"]'), "write --devices cuda:0,cuda:1"),
        (("--devices", "['mps']"), "write --devices mps"),
        (("--devices", "(cuda:0,cuda:1)"), "write --devices cuda:0,cuda:1"),
        (("--devices", "cuda:0 cuda:1"), "with commas between, got 'cuda:0 cuda:1'"),
        (("--devices", ""), "name each as its library does"),
        (("--executor", "inline(devices=[0])"), "write --devices cuda:0"),
        (("--devices", "cuda:0,cuda:1", "--n-jobs", "1"), "no trial would run on 'cuda:1'"),
        (("--executor", "queue", "--devices", "cuda:0"), "'devices' is an option of dask, inline, processes"),
        (("--executor", "proceses"), "Did you mean 'processes'?"),
        (("--executor", "threads,inline"), "--executor takes one name"),
        (("--executor", "dask(address)"), "options are written NAME=VALUE"),
    ],
)
def test_what_cannot_be_is_refused(look: Look, given: tuple[str, ...], told: str) -> None:
    status, _, printed = look(*RUN, *given)
    assert status == 1
    assert told in " ".join(printed.split())
    assert "Traceback" not in printed


def test_a_comparison_takes_them_too(look: Look) -> None:
    lines = ("-b", "sklearn:random,optuna:random", "--n-trials", "2", "--seeds", "2")
    status, printed, errors = look("compare", "train.py:problem", *lines, "--devices", "cuda:0,cuda:1")
    assert status == 0, errors
    assert "optuna:random" in printed
