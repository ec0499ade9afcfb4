"""The command line, through its own entry point; but for mistakes in a real process."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look, command
from tunebridge import dependencies
from tunebridge.registry import plugins

PROBLEM = """
import tunebridge as tb

lr = tb.Float(1e-4, 1e-1, log=True)
space = tb.Space(lr=lr, act=tb.Categorical(["relu", "[bold]tanh"], weights=[1, 3]))
problem = tb.Problem(lambda trial: trial["lr"], space)
flat = tb.Problem(lambda trial: trial["lr"], tb.Space(lr=lr), direction="maximize")
two = tb.Problem(lambda trial: (trial["lr"], -trial["lr"]), flat.space, direction=["minimize", "minimize"])
failing = tb.Problem(lambda trial: None, flat.space)
other = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of problems."""
    (tmp_path / "train.py").write_text(PROBLEM, encoding="utf-8")
    (tmp_path / "empty.py").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def look(folder: Path, forgotten: None, look: Look, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Return a function that runs `tunebridge WORDS` in that folder, on a wide terminal."""
    monkeypatch.chdir(folder)
    return partial(look, columns=300)


def test_backends_lists_every_backend_with_its_version(folder: Path) -> None:
    done = command(folder, "backends", columns=100)
    assert done.returncode == 0
    for name in plugins.registry().backends:
        assert name in done.stdout
    assert f"optuna {dependencies.installed_version('optuna')}" in done.stdout


def test_backends_breaks_no_word_on_eighty_columns(folder: Path) -> None:
    lines = command(folder, "backends", columns=80).stdout.splitlines()
    assert {len(line) for line in lines} == {80}
    words = {word.strip(",;") for line in lines for word in line.split()}
    for spec in plugins.registry().backends.values():
        said = [*spec.options, *spec.summary.split(), spec.name]
        said += [
            name for name in type(spec.capabilities).__dataclass_fields__ if getattr(spec.capabilities, name)
        ]
        assert {word.strip(",;") for word in said} <= words


def test_backends_says_of_each_what_it_means_to_share_a_study(look: Look) -> None:
    said = [line.split("│")[1:3] for line in look("backends")[1].splitlines() if line.startswith("│")]
    name, joins = "", {}
    for first, able in said:
        name = first.strip() or name
        if able.strip().startswith("joins: "):
            joins[name] = able.strip().removeprefix("joins: ")
    assert joins.keys() == plugins.registry().backends.keys()
    assert (joins["sklearn:grid"], joins["optuna:tpe"]) == ("exact", "learning")
    assert joins["optuna:cmaes"] == "refused, as it learns from its own proposals alone"
    assert joins["optuna:qmc"].startswith("refused, as each session makes the same proposals")


def test_explain_prints_the_translation(folder: Path) -> None:
    done = command(folder, "explain", "train.py:problem", "--backend", "hyperopt", columns=160)
    assert done.returncode == 0
    assert "hp.loguniform('lr', log(0.0001), log(0.1))" in done.stdout
    assert "hp.pchoice('act', [(0.25, \"'relu'\"), (0.75, \"'[bold]tanh'\")])" in done.stdout
    lossy = command(folder, "explain", "train.py:problem", "--backend", "optuna:tpe", columns=160)
    assert "lossy: Optuna has no weighted choices" in lossy.stdout


def test_explain_says_in_a_shell_whatever_it_says_in_python(folder: Path) -> None:
    words = ("explain", "train.py:flat", "--backend")
    plain = command(folder, *words, "optuna:tpe", columns=400).stdout
    said = {
        "--join": "of processes that share a study",
        "--limits": "limits of trials are told as",
        "--explore": "step of the copy",
    }
    for option, note in said.items():
        assert note not in plain
        assert note in command(folder, *words, "optuna:tpe", option, columns=400).stdout
    every = command(folder, *words, "optuna:cmaes", *said, columns=400).stdout
    problem = tb.Space(lr=tb.Float(1e-4, 1e-1, log=True))
    told = tb.explain(problem, "optuna:cmaes", join=True, limits=True, explore=True)
    assert all(note in every for note in told.notes)


def test_run_prints_the_best_trials_and_repeats_with_a_seed(folder: Path) -> None:
    words = ("run", "train.py:flat", "--backend", "optuna:tpe", "--n-trials", "12", "--seed", "4")
    done, again = command(folder, *words), command(folder, *words)
    assert done.returncode == 0
    assert "12 trials on optuna:tpe, seed 4, ended by n_trials" in done.stdout
    values = [float(line.split("│")[2]) for line in done.stdout.splitlines() if line.startswith("│")]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    assert done.stdout == again.stdout


def test_run_takes_options_of_the_backend(folder: Path) -> None:
    words = ("run", "train.py:flat", "--backend", "sklearn:grid", "-o", "points=7")
    assert "7 trials on sklearn:grid" in command(folder, *words).stdout


def test_run_takes_options_of_the_pruner_in_brackets(folder: Path) -> None:
    words = ("run", "train.py:flat", "-b", "sklearn:random", "--n-trials", "3", "--pruner")
    assert "3 trials" in command(folder, *words, "threshold(upper=3)").stdout
    assert "Did you mean 'upper'" in command(folder, *words, "threshold(uper=3)").stderr


def test_run_shows_the_pareto_front_of_several_objectives(folder: Path) -> None:
    done = command(folder, "run", "train.py:two", "-b", "optuna:nsga2", "--n-trials", "4", "--seed", "0")
    assert done.returncode == 0
    assert "4 trials on optuna:nsga2" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "train.py:flat", "-b", "optuna:tep", "--n-trials", "3"), "Did you mean 'optuna:tpe'?"),
        (("run", "train.py:flt", "-b", "optuna", "--n-trials", "3"), "Did you mean 'flat'?"),
        (("run", "train.py:other", "-b", "optuna", "--n-trials", "3"), "no Problem called 'other'"),
        (
            ("run", "tain.py:flat", "-b", "optuna", "--n-trials", "3"),
            "names no Python file: there is no tain.py",
        ),
        (("run", "tain.py:flat", "-b", "optuna", "--n-trials", "3"), "Did you mean train.py:flat?"),
        (("run", "train:flat", "-b", "optuna", "--n-trials", "3"), "Did you mean train.py:flat?"),
        (("run", "package.train:flat", "-b", "optuna", "--n-trials", "3"), "write FILE.py:problem"),
        (("run", "empty.py:flat", "-b", "optuna", "--n-trials", "3"), "write flat = tunebridge.Problem("),
        (("run", "train.py", "-b", "optuna", "--n-trials", "3"), "write train.py:problem"),
        (("run", "train.py:flat", "-b", "optuna"), "give --n-trials or --max-seconds"),
        (("run", "train.py:flat", "-b", "optuna", "--n-trials", "0"), "n_trials must be an integer >= 1"),
        (("run", "train.py:flat", "-b", "optuna", "-o", "points", "--n-trials", "3"), "-o points=VALUE"),
        (("run", "train.py:flat", "-b", "optuna", "--n-trials", "3", "--pruner", "medain"), "mean 'median'?"),
        (
            ("run", "train.py:flat", "--n-trials", "3", "--storage", "t.db", "--study", "a"),
            "sqlite:///tune.db",
        ),
        (("run", "train.py:flat", "--n-trials", "3", "--storage", "sqlit:///t", "--study", "a"), "'sqlite'?"),
        (("studies", "sqlite:///none.db"), "check the URL"),
        (("studies", "sqlite://none.db"), "after three slashes: sqlite:///none.db"),
        (("compare", "train.py:flat", "-b", "optuna:tep", "--n-trials", "3"), "Did you mean 'optuna:tpe'?"),
        (
            ("run", "train.py:flat", "-b", "optuna", "-o", "grop=True", "--n-trials", "3"),
            "Did you mean 'group'?",
        ),
        (("run", "train.py:problem", "-b", "optuna", "--n-trials", "3"), "is lossy"),
        (("run", "train.py:failing", "-b", "optuna", "--n-trials", "30"), "10 trials in a row failed"),
        (("explain", "train.py:flat", "-b", "nothing"), "no backend is called 'nothing'"),
    ],
)
def test_mistakes_get_a_message_without_a_traceback(look: Look, words: tuple[str, ...], message: str) -> None:
    status, _, stderr = look(*words)
    assert status == 1
    assert message in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rnu", "train.py:flat"), "No such command 'rnu'. Did you mean 'run'?"),
        (
            ("run", "train.py:flat", "--n-trial", "3"),
            "No such option '--n-trial'. Did you mean '--n-trials'?",
        ),
        (("run", "train.py:flat", "--n-trials", "3.5"), "'--n-trials': '3.5' is not a valid integer"),
        (("run", "train.py:flat", "--on-lossy", "stop"), "'stop' is not one of 'error', 'warn'"),
        (("run",), "Missing argument 'FILE.py:problem'"),
        (("show", "sqlite:///t.db", "--limit", "0"), "0 is not in the range x>=1"),
        (("compare", "train.py:flat"), "Missing option '--backends' / '-b'"),
    ],
)
def test_words_that_are_no_command_get_one_line_and_the_way_to_help(
    look: Look, words: tuple[str, ...], message: str
) -> None:
    status, stdout, stderr = look(*words)
    usage, help_line, empty, error = stderr.splitlines()
    assert (status, stdout, empty) == (2, "", "")
    assert usage.startswith("Usage: tunebridge ")
    assert help_line.startswith("Try 'tunebridge ")
    assert error.startswith("Error: ")
    assert message in error


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("show", "URL", "svm"), "Got unexpected extra argument (svm)", "a study is named by --study NAME"),
        (("dashboard", "URL", "svm"), "Got unexpected extra argument (svm)", None),
        (("show", "--storage", "URL"), "No such option '--storage'.", "it is given by its place: URL"),
        (
            ("exclude", "URL", "--trials", "3"),
            "No such option '--trials'.",
            "it is given by its place: URL TRIAL...",
        ),
        (
            ("report", "URL", "--report", "a.html"),
            "No such option '--report'.",
            "it is given by its place: URL [FILE]",
        ),
        (
            ("run", "--problem", "train.py:flat"),
            "No such option '--problem'.",
            "it is given by its place: FILE.py:problem",
        ),
    ],
)
def test_a_word_in_a_wrong_place_is_answered_with_the_right_one(
    look: Look, words: tuple[str, ...], error: str, hint: str | None
) -> None:
    status, stdout, stderr = look(*words)
    assert (status, stdout) == (2, "")
    said, *rest = stderr.partition("Error: ")[2].splitlines()
    assert said.startswith(error)
    assert rest == ([] if hint is None else [f"  hint: {hint}"])


def test_a_report_whose_store_stands_behind_its_page_says_the_order(look: Look) -> None:
    status, _, stderr = look("report", "a.html", "sqlite:///tune.db")
    assert status == 1
    assert "the store and the page have changed places" in stderr
    assert "the store comes first: tunebridge report sqlite:///tune.db a.html" in stderr


def test_the_command_line_tells_its_version(look: Look) -> None:
    assert look("--version")[1] == f"tunebridge, version {version('tunebridge')}\n"


def test_help_has_a_short_name_too(look: Look) -> None:
    assert look("run", "-h")[1] == look("run", "--help")[1]


def test_a_process_ends_with_the_status_and_the_message_of_a_mistake(folder: Path) -> None:
    done = command(folder, "run", "train.py:flt", "-b", "optuna", "--n-trials", "3")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Did you mean 'flat'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_fault_of_the_users_own_file_keeps_its_traceback(folder: Path) -> None:
    (folder / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    done = command(folder, "run", "broken.py:problem", "-b", "optuna", "--n-trials", "3")
    assert done.returncode == 1
    first, place, *_, last = done.stderr.splitlines()
    assert (first, last) == ("Traceback (most recent call last):", "ZeroDivisionError: division by zero")
    assert 'broken.py", line 1' in place


def test_a_file_that_is_no_python_shows_its_line_alone(look: Look, folder: Path) -> None:
    (folder / "broken.py").write_text("def f(:\n", encoding="utf-8")
    status, _, stderr = look("run", "broken.py:problem", "-b", "optuna", "--n-trials", "3")
    assert status == 1
    assert stderr.splitlines()[0].endswith('broken.py", line 1')
    assert stderr.splitlines()[-1] == "SyntaxError: invalid syntax"
