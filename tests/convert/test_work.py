"""What a script would do at its top, read from its syntax tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunebridge.convert.source import Source
from tunebridge.convert.work import Outline
from tunebridge.errors import ProblemError
from tunebridge.registry.plugins import registry

OPTUNA = """
import optuna
def objective(trial):
    return trial.suggest_float("x", 0, 1)
study = optuna.create_study()
"""


def outline(folder: Path, text: str, *, as_main: bool = True) -> Outline:
    """Return what a script of a text would do."""
    path = folder / "train.py"
    path.write_text(text, encoding="utf-8")
    return Outline.of(Source.read(path), [*registry().captures.values()], as_main=as_main)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (f"{OPTUNA}study.optimize(objective, n_trials=50)", "objective 50 times"),
        (f"{OPTUNA}study.optimize(objective, 1)", "objective once"),
        (f"{OPTUNA}N = 30\nstudy.optimize(objective, N, n_jobs=2)", "objective 30 times"),
        (f"{OPTUNA}study.optimize(objective, timeout=60)", "until something else stops it"),
        (f"{OPTUNA}study.optimize(objective, n_trials=int(3))", "as often as int(3) says"),
        (f"{OPTUNA}study.optimize(lambda trial: 1.0, n_trials=5)", "the objective 5 times"),
        (f"{OPTUNA}trial = study.ask()", "as often as it is asked to"),
        (
            "from hyperopt import fmin as search, hp\nsearch(abs, hp.uniform('x', 0, 1), None, 7)",
            "abs 7 times",
        ),
        ("import hyperopt as h\nh.fmin(fn=abs, space=h.hp.uniform('x', 0, 1), max_evals=7)", "abs 7 times"),
        (
            "import hyperopt\nt = hyperopt.Trials()\nt.fmin(abs, hyperopt.hp.uniform('x', 0, 1), None, 7)",
            "7 times",
        ),
        (
            "from sklearn.model_selection import GridSearchCV\nfrom sklearn.svm import SVC\n"
            "grid = {'C': [1, 2, 3], 'kernel': ['rbf', 'poly']}\n"
            "s = GridSearchCV(SVC(), grid, cv=4)\ns.fit([[1]], [1])",
            "fit the model 24 times (6 x 4)",
        ),
        (
            "from sklearn import model_selection as ms\nms.RandomizedSearchCV(None, {}).fit([[1]], [1])",
            "fit the model 50 times (10 x 5)",
        ),
    ],
)
def test_searches_are_found_with_how_often_the_objective_would_run(
    tmp_path: Path, text: str, times: str
) -> None:
    found = outline(tmp_path, text)
    (search,) = found.searches
    assert times in str(search)
    assert found.work == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("subprocess.run(['ls'])", ""),
        ("open('log', 'w')", "may write a file"),
        ("pd.read_csv('https://data.example/x.csv')", "reads from a network"),
        ("SVC().fit([[1], [2]], [0, 1])", ""),
        ("fetch_openml('mnist')", ""),
        ("cross_val_score(SVC(), [[1]], [1])", ""),
        ("frame.to_csv('x.csv')", ""),
        ("np.save('x.npy', 3)", ""),
        ("objective(None)", "calls the objective"),
        ("optuna.load_study(study_name='s', storage='sqlite:///s.db')", ""),
        ("optuna.storages.RDBStorage('sqlite:///s.db')", ""),
        ("exec('1')", ""),
        ("prepare()", ""),
        ("Model()", ""),
        ("[os.remove(one) for one in 'ab']", ""),
        ("if len('a'):\n    os.remove('x')", ""),
        ("try:\n    x = 1\nexcept ValueError:\n    os.remove('x')", ""),
        ("with open('x') as file:\n    pickle.load(file)", ""),
        ("for n in range(3):\n    os.remove(str(n))", ""),
        ("@register\ndef decorated():\n    pass", ""),
        ("class Made:\n    os.remove('x')", ""),
        ("def late(x=os.remove('x')):\n    pass", ""),
        ("match 1:\n    case 1:\n        os.remove('x')", ""),
    ],
)
def test_other_work_before_the_search_is_named(tmp_path: Path, line: str, why: str) -> None:
    head = """
import os, pickle, subprocess
import numpy as np, pandas as pd
from register import register
from sklearn.datasets import fetch_openml
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
frame = pd.DataFrame()
def prepare():
    os.remove("x")
class Model:
    def __init__(self):
        os.remove("x")
"""
    found = outline(tmp_path, f"{head}{OPTUNA}{line}\nstudy.optimize(objective, n_trials=3)\nos.remove('y')")
    assert len(found.work) == 1, found.work
    assert found.work[0].endswith(why)
    assert found.work[0].startswith("train.py, line ")
    assert len(found.searches) == 1


@pytest.mark.parametrize(
    "line",
    [
        "X = np.zeros((3, 2)).reshape(2, 3).tolist()",
        "data = open('x').read()",
        "data = open('x', mode='rb')",
        "df = pd.read_csv('x.csv').dropna().sample(3)",
        "model = SVC(C=1.0)",
        "X, y = load_iris(return_X_y=True)",
        "logging.getLogger().setLevel('INFO')",
        "optuna.logging.set_verbosity(optuna.logging.WARNING)",
        "study.enqueue_trial({'x': 0.5})",
        "args = argparse.ArgumentParser().parse_args()",
        "rows = [str(n) for n in range(3)]",
        "late = lambda: os.remove('x')",
        "def late():\n    os.remove('x')",
        "print(helper(3))",
        "rng = np.random.RandomState(0).randn(3, 2)",
        "if not study:\n    raise ValueError('none')",
        "stop = optuna.study.MaxTrialsCallback(10)",
        "@functools.cache\ndef late():\n    os.remove('x')",
        "if __name__ != '__main__':\n    os.remove('x')",
    ],
)
def test_making_and_loading_values_is_no_work(tmp_path: Path, line: str) -> None:
    head = """
import argparse, functools, logging, os
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.svm import SVC
def helper(n):
    return [n] * 3
"""
    if "!=" in line:
        line = "if __name__ == '__main__':\n    pass\nelse:\n    os.remove('x')"
    found = outline(tmp_path, f"{head}{OPTUNA}{line}\nstudy.optimize(objective, n_trials=3)")
    assert found.work == []


def test_what_comes_after_a_search_that_is_surely_reached_never_runs(tmp_path: Path) -> None:
    sure = f"{OPTUNA}import os\nfor n in [1]:\n    study.optimize(objective, 3)\nos.remove('x')"
    assert outline(tmp_path, sure).work == []
    perhaps = f"{OPTUNA}import os\nif study:\n    study.optimize(objective, 3)\nos.remove('x')"
    assert len(outline(tmp_path, perhaps).work) == 1
    both = perhaps.replace("os.remove", "else:\n    study.ask()\nos.remove")
    found = outline(tmp_path, both)
    assert (found.work, len(found.searches)) == ([], 2)
    finally_ = f"{OPTUNA}import os\ntry:\n    study.optimize(objective, 3)\nfinally:\n    os.remove('x')"
    assert len(outline(tmp_path, finally_).work) == 1


def test_functions_that_are_called_are_followed_to_the_search_and_no_further(tmp_path: Path) -> None:
    text = f"{OPTUNA}import os\ndef main():\n    study.optimize(objective, 3)\n    os.remove('x')\n"
    found = outline(tmp_path, f"{text}if __name__ == '__main__':\n    main()")
    assert (len(found.searches), found.work) == (1, [])
    imported = outline(tmp_path, f"{text}if __name__ == '__main__':\n    main()", as_main=False)
    assert (imported.searches, imported.work) == ([], [])


def test_modules_beside_the_file_are_followed_and_those_that_are_installed_are_not(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import os\nos.remove('x')\nif __name__ == '__main__':\n    exit()")
    text = f"import helper\nimport pytest\n{OPTUNA}study.optimize(objective, 3)"
    assert outline(tmp_path, text).work == ["helper.py, line 2: os.remove('x')"]


def test_a_facade_is_followed_as_its_library_is(tmp_path: Path) -> None:
    text = OPTUNA.replace("import optuna", "import tunebridge_optuna as optuna")
    found = outline(tmp_path, f"{text}study.optimize(objective, 3)")
    assert (len(found.searches), found.work) == (1, [])


@pytest.mark.parametrize("content", [b"def broken(:\n", b"\xff\xfe", b"a\0b"])
def test_a_file_that_is_no_python_is_an_error_with_a_next_step(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.py"
    path.write_bytes(content)
    with pytest.raises(ProblemError, match="is no Python") as error:
        Source.read(path)
    assert "python" in error.value.hint
