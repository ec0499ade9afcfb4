"""The command line over stored studies: run, studies, show, dashboard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge import dependencies
from tunebridge.registry import store_url

FILE = """
import tunebridge as tb

def height(trial):
    return trial["x"]

space = tb.Space(x=tb.Float(0.0, 1.0), n=tb.Int(1, 3))
problem = tb.Problem(height, space, direction="maximize")

def reading(rate):
    def scaled(trial):
        return rate * trial["x"]
    return tb.Problem(scaled, space)

read, changed = reading(1), reading(2)
wider = tb.Problem(height, tb.Space(x=tb.Float(0.0, 2.0), n=tb.Int(1, 3)), direction="maximize")
"""

SPACE = tb.Space(
    x=tb.Float(0.0, 1.0),
    layers=tb.Int(1, 3),
    kind=tb.Categorical({"[b]deep": tb.Space(depth=tb.Int(1, 9)), "flat": tb.Space()}),
)


def height(trial: tb.Trial) -> float:
    """Fail twice."""
    if trial.number in (2, 5):
        raise RuntimeError(f"trial {trial.number} has no luck\nat all")
    return float(trial["x"])


PROBLEM = tb.Problem(height, SPACE, direction="maximize")
SMALL = tb.Problem(lambda trial: 1.0, tb.Space(x=tb.Float(0.0, 1.0)))
TWO = tb.Problem(
    lambda trial: (trial["x"], -trial["x"]),
    tb.Space(x=tb.Float(0.0, 1.0)),
    direction=["minimize", "minimize"],
)

NewStore = Callable[[str], str]


@pytest.fixture(params=["sqlite", "journal"])
def url(request: pytest.FixtureRequest, new_store: NewStore) -> str:
    """Return the URL of an empty store of each kind that is a file."""
    return new_store(request.param)


@pytest.fixture
def look(tmp_path: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Return a function that runs `tunebridge WORDS` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return partial(look, columns=160)


def made(url: str) -> None:
    """Make a store that holds no study: whoever claims one makes it."""
    store = store_url.open_store(url)
    store.claim("never begun")
    store.close()


def run_study(folder: Path, *words: str, problem: str = "problem") -> subprocess.CompletedProcess[str]:
    """Run `tunebridge run FILE:PROBLEM WORDS` in a process of its own."""
    (folder / "train.py").write_text(FILE, encoding="utf-8")
    line = [sys.executable, "-m", "tunebridge.cli", "run", f"train.py:{problem}", *words, "--no-progress"]
    environment = os.environ | {"COLUMNS": "300"}
    return subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def tune(
    url: str, name: str = "s", *, backend: str = "hyperopt:tpe", n_trials: int, problem: tb.Problem = PROBLEM
) -> tb.Result:
    """Go on with a stored study."""
    return tb.tune(problem, backend=backend, n_trials=n_trials, seed=3, storage=url, study=name)


def test_run_goes_on_with_a_stored_study_and_says_what_was_carried(tmp_path: Path, url: str) -> None:
    words = ("--storage", url, "--study", "s")
    first = run_study(tmp_path, *words, "-b", "hyperopt:tpe", "--seed", "3", "--n-trials", "8")
    assert first.stdout.splitlines()[-1] == "s: 8 trials on hyperopt:tpe, seed 3, ended by n_trials"
    assert "goes on" not in first.stdout
    second = run_study(tmp_path, *words, "-b", "hyperopt:tpe", "--n-trials", "11")
    assert second.stdout.splitlines()[0] == "hyperopt:tpe goes on exactly where it stopped, after 8 trials"
    assert second.stdout.splitlines()[-1] == "s: 11 trials on hyperopt:tpe, seed 3, ended by n_trials"
    third = run_study(tmp_path, *words, "-b", "sklearn:random", "--n-trials", "12")
    statement = "sklearn:random goes on with 0 of 11 earlier trials (hyperopt:tpe proposed before)"
    assert third.stdout.startswith(statement)
    assert [done.stderr for done in (first, second, third)] == ["", "", ""]


def test_run_takes_a_pruner_and_every_policy(tmp_path: Path, new_store: NewStore) -> None:
    words = ("--storage", new_store("sqlite"), "--study", "s", "-b", "optuna:random", "--n-trials", "3")
    policies = ("--on-duplicate", "reuse", "--interrupted", "drop", "--pruner", "median")
    first = run_study(tmp_path, *words, "--seed", "3", *policies)
    assert (first.returncode, first.stderr) == (0, "")
    carried = run_study(tmp_path, *words, "--on-space-change", "carry", problem="wider")
    assert "optuna:random goes on with 0 of 3 earlier trials" in carried.stdout
    assert "s@2: 3 trials on optuna:random, seed 3" in carried.stdout


def test_run_accepts_a_changed_objective_and_show_tells_so(
    tmp_path: Path, new_store: NewStore, look: Look
) -> None:
    url = new_store("sqlite")
    words = ("--storage", url, "--study", "s", "-b", "optuna:random", "--seed", "3")
    run_study(tmp_path, *words, "--n-trials", "2", problem="read")
    refused = run_study(tmp_path, *words, "--n-trials", "3", problem="changed")
    assert refused.returncode != 0
    assert "rate is not what it was: was 1, is 2" in refused.stderr
    accepted = run_study(
        tmp_path, *words, "--n-trials", "3", "--on-objective-change", "accept", problem="changed"
    )
    assert "s: 3 trials on optuna:random" in accepted.stdout
    _, shown, _ = look("show", url)
    assert "accepted: objective: rate is not what it was: was 1, is 2" in " ".join(shown.split())


def test_studies_lists_who_proposed_how_many_and_the_best(look: Look, url: str) -> None:
    tune(url, n_trials=8)
    best = tune(url, backend="optuna:random", n_trials=10).best_value
    tune(url, "pair", backend="optuna:nsga2", n_trials=3, problem=TWO)
    status, shown, _ = look("studies", url, columns=80)
    assert status == 0
    assert max(map(len, shown.splitlines())) <= 80
    rows = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines()[3:]]
    assert rows[0][:4] == ["s", "hyperopt:tpe", "8 complete", f"{best:.6g}"]
    assert rows[1][:4] == ["height", "optuna:random", "2 failed", ""]
    assert rows[3][:4] == ["pair", "optuna:nsga2", "3 complete", "front of 3"]
    assert all(row[4].startswith("20") for row in (rows[0], rows[1], rows[3]))


def test_show_tells_what_a_study_is_who_proposed_and_what_came_out(look: Look, url: str) -> None:
    tune(url, n_trials=8)
    result = tune(url, backend="optuna:random", n_trials=10)
    status, shown, _ = look("show", url, "--limit", "2")
    assert status == 0
    header, backends, best, failures = shown.split("\n\n")
    assert [line.split()[-1] for line in header.splitlines()[:3]] == ["s", "maximize", "3"]
    assert f"tunebridge {dependencies.installed_version('tunebridge')}" in header
    assert "8 complete, 2 failed" in header
    assert "4 parameters, infinite" in header
    assert "kind.[b]deep.depth  Int(1, 9)" in header
    segments = [line.split("│") for line in backends.splitlines() if line.startswith("│")]
    assert [row[1].strip() for row in segments if row[1].strip()] == ["0", "8"]
    assert f"hyperopt {dependencies.installed_version('hyperopt')}" in segments[0][3]
    assert "prior_weight=1.0" in backends
    rows = [line.split("│") for line in best.splitlines() if line.startswith("│")]
    assert rows[0][1].strip() == str(result.best_trial.number)
    assert float(rows[0][2]) == pytest.approx(result.best_value, rel=1e-5)
    assert len(rows) == 2
    assert best.endswith("6 more: --limit 8")
    assert "RuntimeError: trial 2 has no luck" in failures
    assert "Traceback" not in failures


def test_show_prints_whole_tracebacks_when_asked(look: Look, url: str) -> None:
    tune(url, n_trials=8)
    _, shown, _ = look("show", url, "--study", "s", "--errors")
    assert shown.count("Traceback (most recent call last):") == 2
    assert "RuntimeError: trial 5 has no luck\nat all" in shown


def test_show_counts_the_attempts_at_interrupted_trials(look: Look, url: str) -> None:
    for _ in range(3):
        with tb.open_study(SMALL, backend="hyperopt", seed=0, storage=url, study="s") as study:
            study.ask()
    with tb.open_study(SMALL, backend="hyperopt", storage=url, study="s") as study:
        first = study.ask()
        assert first is not None
        study.tell(first, 1.0)
        study.ask()
        _, running, _ = look("show", url)
    cells = [[cell.strip() for cell in line.split("│")[1:4]] for line in running.splitlines()[-3:-1]]
    assert cells == [["0", "4", "complete"], ["1", "1", "running"]]
    assert "1 complete, 1 interrupted" in look("show", url)[1]


def test_params_share_a_column_where_the_terminal_is_narrow(look: Look, new_store: NewStore) -> None:
    url = new_store("journal")
    tune(url, n_trials=2)
    assert "x=" in look("show", url, columns=44)[1].partition("best trials")[2]
    assert "x=" not in look("show", url, columns=90)[1].partition("best trials")[2]


def test_a_study_that_was_carried_names_its_parent_and_what_it_was_told(look: Look, url: str) -> None:
    tune(url, n_trials=4)
    wider = tb.Space(dict(SPACE.entries) | {"x": tb.Float(0.0, 2.0)})
    tb.tune(
        tb.Problem(height, wider, direction="maximize"),
        backend="hyperopt",
        n_trials=2,
        storage=url,
        study="s",
        on_space_change="carry",
    )
    lines = [line.split() for line in look("show", url, "--study", "s@2")[1].splitlines()]
    assert ["carried", "from", "s"] in lines
    assert ["told", "first", "4", "trials", "of", "other", "studies"] in lines


def test_a_study_without_trials_is_shown(look: Look, url: str) -> None:
    tb.open_study(SMALL, backend="hyperopt", seed=0, storage=url, study="s").close()
    assert "none" in look("studies", url)[1]
    status, shown, _ = look("show", url)
    assert status == 0
    assert "best trials" not in shown


def test_an_empty_store_lists_nothing(look: Look, url: str) -> None:
    made(url)
    assert look("studies", url) == (0, "this store holds no study\n", "")


def test_a_study_that_cannot_be_read_leaves_the_others_listed(look: Look, new_store: NewStore) -> None:
    url = new_store("sqlite")
    tune(url, n_trials=2)
    tune(url, "t", n_trials=1)
    make_newer(url, "s")
    status, shown, _ = look("studies", url)
    assert status == 0
    assert "was written by a newer tunebridge" in shown
    assert "1 complete" in shown
    assert "upgrade tunebridge" in look("show", url, "-s", "s")[2]


def make_newer(url: str, name: str) -> None:
    """Make a stored study one of a later format."""
    import optuna

    storage = optuna.storages.RDBStorage(url)
    study_id = storage.get_study_id_from_name(name)
    notes = storage.get_study_user_attrs(study_id)["tunebridge"]
    storage.set_study_user_attr(study_id, "tunebridge", {**notes, "format": 99})
    storage.remove_session()
    storage.engine.dispose()


def test_a_study_that_has_a_writer_is_refused_with_its_process(tmp_path: Path, look: Look, url: str) -> None:
    with tb.open_study(SMALL, backend="hyperopt", seed=0, storage=url, study="s") as study:
        study.ask()
        words = ("--storage", url, "--study", "s", "-b", "hyperopt", "--n-trials", "9")
        refused = run_study(tmp_path, *words)
        assert "1 running" in look("studies", url)[1]
    assert refused.returncode == 1
    assert f"process {os.getpid()}" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "URL"), "this store holds 2 studies\n  hint: name one: --study 'svm' | 'pair'"),
        (("show", "URL", "--study", "svn"), "there is no study 'svn'\n  hint: Did you mean 'svm'?"),
        (("show", "NONE"), "there is no store at 'sqlite:///none.db'\n  hint: check the URL"),
        (("show", "EMPTY"), "this store holds no study\n  hint: check its URL"),
        (("show", "EMPTY", "--study", "svm"), "there is no study 'svm'\n  hint: there are none"),
        (("studies", "sqlit:///tune.db"), "no store is called 'sqlit'\n  hint: Did you mean 'sqlite'?"),
        (
            ("studies", "tune.db"),
            "got 'tune.db'\n  hint: write 'sqlite:///tune.db'; for example: ",
        ),
        (
            ("studies", "/a/t.log"),
            "got '/a/t.log'\n  hint: write 'journal:////a/t.log'; ",
        ),
        (("studies", "tune"), "a store is named by a URL, got 'tune'\n  hint: for example: journal:"),
        (("studies", "sqlite:///no/folder/tune.db"), "there is no store at"),
        (("studies", "sqlite:///train.py"), "file is not a database"),
        (("dashboard", "tune.db"), "a store is named by a URL, got 'tune.db'"),
        (
            ("dashboard", "jsonlines:x"),
            "the store 'jsonlines' has no dashboard\n  hint: these have one: jour",
        ),
        (("dashboard", "URL", "--host", "203.0.113.1"), "nothing can listen at 203.0.113.1:8080"),
    ],
)
def test_mistakes_get_a_message_without_a_traceback(
    tmp_path: Path, look: Look, new_store: NewStore, words: tuple[str, ...], message: str
) -> None:
    (tmp_path / "train.py").write_text(FILE, encoding="utf-8")
    names = {"URL": new_store("sqlite"), "EMPTY": new_store("journal"), "NONE": "sqlite:///none.db"}
    made(names["EMPTY"])
    if "URL" in words:
        tune(names["URL"], "svm", n_trials=1)
        tune(names["URL"], "pair", n_trials=1)
    status, _, error = look(*(names.get(word, word) for word in words), columns=300)
    assert status == 1
    assert message in error


def test_a_dashboard_that_is_not_installed_is_named_with_its_command(
    look: Look, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(url)
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    status, _, error = look("dashboard", url, "--port", "0")
    assert status == 2
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        taken = look("dashboard", url, "--port", str(port))
    assert f"nothing can listen at 127.0.0.1:{port}: Address already in use" in taken[2]
    status, _, error = look("dashboard", url, "--port", str(port))
    assert status == 1
    assert 'hint: run: pip install "tunebridge[dashboard]"' in error


@pytest.mark.parametrize(
    ("problem", "words", "message"),
    [
        (
            "wider",
            (),
            "the study 's' was made for another problem:\nx: was Float(0.0, 1.0), is Float(0.0, 2.0)",
        ),
        ("problem", ("--seed", "4"), "was made with seed 3, not 4"),
        ("problem", ("--pruner", "medan"), "Did you mean 'median'?"),
        ("problem", ("--study", ""), "a study's name must be a string that is not empty"),
    ],
)
def test_run_refuses_what_does_not_fit_the_study(
    tmp_path: Path,
    look: Look,
    forgotten: None,
    new_store: NewStore,
    problem: str,
    words: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "train.py").write_text(FILE, encoding="utf-8")
    always = ("--storage", new_store("journal"), "-b", "hyperopt", "--n-trials", "1", "--study", "s")
    assert look("run", "train.py:problem", *always, "--seed", "3")[0] == 0
    status, _, stderr = look("run", f"train.py:{problem}", *always, *words, columns=300)
    assert status == 1
    assert message in stderr
    assert "Traceback" not in stderr
