"""Scripts of other libraries as code of tunebridge: what is said before they run, and what is written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.command_line import Look
from tests.cli.scripts import run, write

SKLEARN = """
    from scipy.stats import loguniform
    from sklearn.datasets import load_iris
    from sklearn.model_selection import RandomizedSearchCV, train_test_split
    from sklearn.svm import SVC

    X, y = load_iris(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    distributions = {"C": loguniform(1e-2, 1e2), "kernel": ["linear", "rbf"]}
    search = RandomizedSearchCV(SVC(gamma=0.1), distributions, n_iter=5, cv=3, random_state=0)
    search.fit(X, y)
    print(search.best_params_)
"""


@pytest.fixture
def look(tmp_path: Path, forgotten: None, look: Look, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Return a function that runs `tunebridge convert WORDS` in an empty folder, on a wide terminal."""
    monkeypatch.chdir(tmp_path)
    return partial(look, "convert", columns=300)


def test_a_search_of_sklearn_is_written_as_code_that_finds_the_same(look: Look) -> None:
    write(SKLEARN)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "train.py, line 11: search.fit(X, y): would fit the model 15 times (5 x 3)" in said
    assert "│ C" in said
    assert "exact" in said
    assert "RandomizedSearchCV" not in code
    assert "X_test, y, y_test = train_test_split(X, y, random_state=0)" in code
    names, before = run(code), run(dedent(SKLEARN))
    assert names["result"].best_params == before["search"].best_params_
    assert names["result"].best_value == before["search"].best_score_
    assert len(names["result"].trials) == 5


def test_a_grid_is_written_as_code_that_visits_the_same_points(look: Look) -> None:
    text = """
        from sklearn.datasets import load_iris
        from sklearn.model_selection import GridSearchCV
        from sklearn.svm import SVC

        def main(folds=3):
            X, y = load_iris(return_X_y=True)
            grid = {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]}
            search = GridSearchCV(SVC(), grid, cv=folds)
            search.fit(X, y)
            return search

        if __name__ == "__main__":
            main()
    """
    write(text)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "fit the model as often as 6 x folds says" in said
    names, before = run(code), run(dedent(text))["main"]()
    assert [trial.params for trial in names["result"].trials] == before.cv_results_["params"]
    assert names["result"].best_value == before.best_score_


def test_a_variable_is_read_and_nothing_else_is_written(look: Look) -> None:
    write(SKLEARN)
    status, code, said = look("train.py:distributions")
    assert status == 0, said
    assert run(code)["space"].sample(0).keys() == {"C", "kernel"}
    assert "tb.tune" not in code
    assert "exact" in said


def test_a_space_of_ours_is_written_again(look: Look) -> None:
    write("import tunebridge as tb\nspace = tb.Space(x=tb.Int(1, 3))\n")
    status, code, said = look("train.py:space")
    assert (status, code.splitlines()[-1]) == (0, "space = tb.Space(x=tb.Int(1, 3))"), said


def test_other_work_is_named_and_runs_only_when_it_is_allowed(look: Look) -> None:
    write(SKLEARN.replace("    search.fit", "    open('made', 'w').close()\n    search.fit"))
    status, code, said = look("train.py")
    assert (status, code) == (1, "")
    assert "train.py, line 11: open('made', 'w'): may write a file" in said
    assert "would fit the model 15 times" in said
    assert "with --run they run, up to the search" in said
    assert not Path("made").exists()
    status, code, said = look("train.py", "--run")
    assert status == 0, said
    assert "train.py, line 11: open('made', 'w'): may write a file" in said
    assert Path("made").exists()
    assert "tb.tune" in code


def test_a_search_that_another_file_begins_is_captured_when_it_is_allowed(look: Look) -> None:
    write("import other\nother.begin()\n")
    write("def begin():\n" + SKLEARN.replace("    print", "    raise AssertionError\n    print"), "other.py")
    assert look("train.py")[0] == 1
    status, code, said = look("train.py", "--run")
    assert status == 0, said
    assert "kernel=tb.Categorical" in code


MISTAKES = [
    (("tain.py",), "there is no tain.py", "Did you mean train.py?"),
    (("tain.py:space",), "there is no tain.py", "Did you mean train.py:space?"),
    (("train",), "names no Python file", "Did you mean train.py?"),
    (("note.ipynb",), "is a notebook", "jupyter nbconvert --to script note.ipynb"),
    (("text.txt",), "names no Python file", "write FILE.py"),
    (("broken.py",), "is no Python, line 1", "see whether `python` runs it"),
    (("empty.py",), "begins no search of", "name a variable that holds a space: empty.py:space"),
    (("empty.py", "--run"), "ran to its end, and began no search", "empty.py:space"),
    (("train.py:spaec",), "no variable called 'spaec'", "Did you mean 'space'?"),
    (("train.py:Made",), "is a class", "space = Made(...)"),
    (("train.py:function",), "is a function", "name the file alone"),
    (("train.py:number",), "train.py:number: expected a space", "what is read"),
    (("train.py:wrong",), "wrong", "C"),
    (("train.py", "--walks", "0"), "--walks", "0 is not in the range"),
    (("asks.py",), "exit status 2", "give them defaults"),
]


@pytest.mark.parametrize(("words", "wrong", "next_step"), MISTAKES, ids=lambda value: " ".join(value)[:30])
def test_a_mistake_ends_in_an_error_with_the_next_step(
    look: Look, words: tuple[str, ...], wrong: str, next_step: str
) -> None:
    lines = ["class Made:", "    pass", "def function():", "    pass", "number = 3", "space = {'C': [1, 2]}"]
    write("\n".join([*lines, "wrong = {'C': set()}"]))
    write("def broken(:\n", "broken.py")
    write("x = 1\n", "empty.py")
    write("", "note.ipynb")
    write("", "text.txt")
    asks = ["import argparse", "from hyperopt import fmin", "p = argparse.ArgumentParser()"]
    write("\n".join([*asks, "p.add_argument('x')", "p.parse_args()", "fmin(None, None)"]), "asks.py")
    status, code, said = look(*words)
    assert status in (1, 2)
    assert code == ""
    assert wrong in said
    assert next_step in said
    assert "Traceback" not in said


def test_a_space_whose_params_are_computed_stays_as_the_script_has_it(look: Look) -> None:
    text = SKLEARN.replace('"C": loguniform(1e-2, 1e2)', '"C": expon(scale=3)').replace(
        "import loguniform", "import expon"
    )
    write(text)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "emulated" in said
    assert "# C: emulated" in code
    with pytest.raises(ValueError, match="search with TuneSearchCV"):
        run(code)
    assert look("train.py:distributions")[1].count(".params(trial)") == 1


def test_a_list_of_dicts_is_searched_as_it_is(look: Look) -> None:
    dicts = '[{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf"], "C": [3]}]'
    text = SKLEARN.replace("distributions, n_iter=5, cv=3, random_state=0)", f"{dicts}, cv=3)").replace(
        "Randomized", "Grid"
    )
    write(text)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "would fit the model 9 times (3 x 3)" in said
    names, before = run(code), run(dedent(text))
    assert len(names["result"].trials) == 3
    assert names["result"].best_value == before["search"].best_score_


HYPEROPT = """
    import numpy as np
    from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, hp, tpe

    space = {"x": hp.uniform("x", -5, 5), "lr": hp.loguniform("lr", -9, -2)}
    SHIFT = 1

    def objective(params):
        if params["x"] > 4:
            return {"status": STATUS_FAIL}
        return {"loss": (params["x"] - SHIFT) ** 2 + params["lr"], "status": STATUS_OK}

    trials = Trials()
    options = {"trials": trials, "show_progressbar": False}
    best = fmin(objective, space, tpe.suggest, 25, rstate=np.random.default_rng(7), **options)
"""


def test_fmin_is_written_as_code_with_the_same_trials(look: Look) -> None:
    write(HYPEROPT)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "would call objective 25 times" in said
    assert "hp.uniform('x', -5, 5)" in said
    assert 'backend="hyperopt:tpe", n_trials=25, seed=7' in code
    names, before = run(code), run(dedent(HYPEROPT))
    assert [trial.value for trial in names["result"].trials] == before["trials"].losses()
    assert "Trials" not in code


def test_an_objective_gets_its_own_structure_where_that_is_not_flat(look: Look) -> None:
    write(
        """
        from functools import partial
        from hyperopt import fmin, hp, rand

        models = [{"kind": "svm", "C": hp.uniform("C", 0, 1)}, {"kind": "forest", "n": hp.uniform("n", 1, 2)}]

        def loss(model, scale):
            return scale * (model["C"] if model["kind"] == "svm" else model["n"])

        fmin(partial(loss, scale=2), hp.choice("model", models), algo=rand.suggest, max_evals=40)
        """
    )
    status, code, said = look("train.py")
    assert status == 0, said
    assert 'reading = tb.read_space(hp.choice("model", models))' in code
    result = run(code)["result"]
    assert {"C" in trial.params for trial in result.trials} == {True, False}
    for trial in result.trials:
        assert trial.value == 2 * trial.params.get("C", trial.params.get("n"))


def test_arguments_of_fmin_that_do_not_cross_are_named(look: Look) -> None:
    write(
        """
        from functools import partial
        import numpy as np
        from hyperopt import fmin, hp, tpe
        from hyperopt.early_stop import no_progress_loss

        drawn = np.random.default_rng(3)
        drawn.random()
        fmin(
            lambda x: x ** 2, hp.normal("x", 0, 1), partial(tpe.suggest, gamma=0.3, verbose=False), 9,
            timeout=5, rstate=drawn, early_stop_fn=no_progress_loss(4), loss_threshold=0.1,
            points_to_evaluate=[{"x": 0.5}],
        )
        """
    )
    status, code, said = look("train.py", "--on-lossy", "warn")
    assert status == 0, said
    for remark in ("verbose has no counterpart", "seed of rstate", "tb.Patience", "tb.Target"):
        assert remark in code
    assert 'tb.backend("hyperopt:tpe", gamma=0.3)' in code
    assert "max_seconds=5" in code
    result = run(code)["result"]
    assert result.trials[0].params == {"x": 0.5}


def test_points_of_fmin_that_name_places_of_choices_are_not_taken_for_values(look: Look) -> None:
    write(
        """
        from hyperopt import fmin, hp, tpe
        fmin(float, hp.choice("x", [1, 2]), tpe.suggest, 3, points_to_evaluate=[{"x": 1}])
        """
    )
    status, code, said = look("train.py")
    assert status == 0, said
    assert "initial=[...]" in code
    assert "initial=[{" not in code


NEWCOMERS = """
    import optuna
    from hyperopt import fmin, hp, tpe
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    one = optuna.distributions.FloatDistribution(0, 1)
    sampler = optuna.samplers.TPESampler()
    suggest = tpe.suggest
    twice = [hp.uniform("x", 0, 1), hp.uniform("x", 0, 2)]
    trials = {"x": "uniform(0, 1)"}
    model = SVC()
    search = GridSearchCV
    grid = {"C": []}

    def objective(trial):
        return trial.suggest_float("x", 0, 1)
"""
"""What people name who come from Optuna, hyperopt and scikit-learn."""


@pytest.mark.parametrize(
    ("name", "wrong", "next_step"),
    [
        ("study", "has no distributions", "give a trial that has suggested some"),
        ("one", "distribution without a name", "give a dict"),
        ("sampler", "expected a space", "what is read"),
        ("objective", "is a function", "name the file alone"),
        ("suggest", "is a function", "name the file alone"),
        ("twice", "x", "hint"),
        ("trials", "uniform(0, 1)", "hint"),
        ("model", "expected a space", "what is read"),
        ("search", "is a class", "space = search(...)"),
        ("grid", "C", "hint"),
    ],
)
def test_what_newcomers_name_that_is_no_space_ends_in_an_error_with_the_next_step(
    look: Look, name: str, wrong: str, next_step: str
) -> None:
    write(NEWCOMERS)
    status, code, said = look(f"train.py:{name}")
    assert (status, code) == (1, "")
    assert wrong in said.split("begins no search")[-1]
    assert next_step in said
    assert "Traceback" not in said


@pytest.mark.parametrize("target", ["train.py", "train.py:objective"])
def test_a_space_that_walks_have_seen_is_said_to_be_that_and_no_more(look: Look, target: str) -> None:
    write(
        """
        import optuna

        def objective(trial):
            n = trial.suggest_int("n", 1, 3)
            return sum(trial.suggest_float(f"x{i}", 0, 1) for i in range(n))

        if __name__ == "__main__":
            optuna.create_study().optimize(objective, n_trials=5)
        """
    )
    status, code, said = look(target, "--walks", "30")
    assert status == 0, said
    assert "calling the objective 30 times" in said
    assert "# x2: emulated: as seen in 30 walks: what none of them met is missing" in code
    assert {"n", "x0"} <= run(code)["space"].sample(0).keys()
