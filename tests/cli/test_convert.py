"""Scripts of other libraries as code of tunebridge: what is said before they run, and what is written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.cli.command_line import Look

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


def write(text: str, name: str = "train.py") -> None:
    Path(name).write_text(dedent(text), encoding="utf-8")


def run(code: str) -> dict[str, Any]:
    """Return what the names of a script stand for once it has run."""
    names: dict[str, Any] = {"__name__": "converted"}
    exec(compile(code, "converted.py", "exec"), names)
    return names


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
    (("train.py:function",), "is a function", "name the file alone: train.py"),
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

        fmin(partial(loss, scale=2), hp.choice("model", models), algo=rand.suggest, max_evals=8)
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


OPTUNA = """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    TARGET = 1

    def objective(trial):
        x = trial.suggest_float("x", -5, 5)
        kind = trial.suggest_categorical("kind", ["near", "far"])
        return (x - TARGET) ** 2 + (kind == "far")

    if __name__ == "__main__":
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=3, multivariate=True))
        study.optimize(objective, n_trials=15)
"""


def test_a_study_is_written_as_code_with_the_same_trials(look: Look) -> None:
    write(OPTUNA)
    status, code, said = look("train.py")
    assert status == 0, said
    assert "train.py, line 14: study.optimize(objective, n_trials=15): would call objective 15 times" in said
    assert "FloatDistribution" in said
    assert 'backend=tb.backend("optuna:tpe", multivariate=True)' in code
    assert "import optuna" not in code
    before: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(dedent(OPTUNA), "train.py", "exec"), before)
    assert [trial.params for trial in run(code)["result"].trials] == [
        trial.params for trial in before["study"].trials
    ]


LAYERS = """
    import optuna

    def note(name):
        with open(name, "a") as file:
            file.write("x")

    def layers(trial):
        return [trial.suggest_int(f"units_{i}", 4, 128) for i in range(trial.suggest_int("n_layers", 1, 3))]

    def objective(trial):
        units = layers(trial)
        note("called")
        for step in range(4):
            trial.report(sum(units) + step, step)
            if trial.should_prune():
                raise optuna.TrialPruned()
        note("trained")
        return sum(units)

    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.PercentilePruner(25.0, 2))
    study.optimize(objective, n_trials=12)
"""


def test_a_space_that_is_seen_only_by_calling_is_left_open_until_walks_are_asked_for(look: Look) -> None:
    write(LAYERS)
    status, code, said = look("train.py")
    assert status == 0, said
    assert not Path("called").exists()
    assert "# tunebridge convert train.py --walks 20" in code
    with pytest.raises(NameError, match="space"):
        run(code)
    status, code, said = look("train.py", "--walks", "30")
    assert status == 0, said
    assert "calling the objective 30 times" in said
    assert len(Path("called").read_text()) == 30
    assert not Path("trained").exists()
    assert 'units_2=tb.Int(4, 128, when={"n_layers": ' in code
    assert 'pruner=tb.pruner("percentile", percentile=25.0, n_startup_trials=2)' in code
    result = run(code)["result"]
    assert len(result.trials) == 12
    assert {trial.params.keys() >= {"units_2"} for trial in result.trials} == {True, False}


def test_everything_of_a_study_that_has_a_counterpart_crosses_and_the_rest_is_named(look: Look) -> None:
    write(
        """
        import optuna

        class Objective:
            def __init__(self, scale):
                self.scale = scale

            def __call__(self, trial):
                x = trial.suggest_float("x", 0, 1)
                return x * self.scale, trial.suggest_int("n", 1, 3)

        sampler = optuna.samplers.NSGAIISampler(seed=1, population_size=10, crossover_prob=0.8, mutation=None)
        study = optuna.create_study(
            directions=["minimize", "maximize"], sampler=sampler, storage="sqlite:///s.db", study_name="s"
        )
        study.enqueue_trial({"x": 0.5, "n": 2})
        study.enqueue_trial({"x": 0.25})
        goes_on = {"callbacks": [print], "catch": (ValueError,)}
        study.optimize(Objective(2.0), n_trials=9, timeout=30, n_jobs=2, **goes_on)
        """
    )
    status, code, said = look("train.py")
    assert status == 0, said
    assert 'Objective(2.0), space, direction=["minimize", "maximize"]' in code
    assert 'tb.backend("optuna:nsga2", population_size=10, crossover_prob=0.8)' in code
    for setting in ('initial=[{"x": 0.5, "n": 2}]', 'storage="sqlite:///s.db"', 'study="s"', "n_jobs=2",
                    'executor="threads"', "max_seconds=30", "seed=1"):  # fmt: skip
        assert setting in code
    for remark in ("no whole point of the space", "callbacks are observers", "every exception is recorded"):
        assert remark in code
    assert not Path("s.db").exists()
    result = run(code)["result"]
    assert len(result.trials) == 9
    assert result.trials[0].params == {"x": 0.5, "n": 2}
    assert Path("s.db").exists()


def test_a_study_of_a_facade_keeps_its_backend_and_its_space(look: Look) -> None:
    text = OPTUNA.replace("import optuna", "import tunebridge as tb\n    import tunebridge_optuna as optuna")
    made = "space=tb.Space(x=tb.Float(-5, 5), kind=tb.Categorical(['near', 'far']))"
    write(text.replace("sampler=optuna.samplers.TPESampler(seed=3, multivariate=True)",
                       f"backend='hyperopt:tpe', seed=4, {made}"))  # fmt: skip
    status, code, said = look("train.py")
    assert status == 0, said
    assert 'backend="hyperopt:tpe", n_trials=15, seed=4' in code
    assert run(code)["result"].backend == "hyperopt:tpe"


def test_a_loop_that_asks_and_tells_is_ended_at_its_first_question(look: Look) -> None:
    write(
        """
        import optuna
        study = optuna.create_study()
        for _ in range(20):
            trial = study.ask()
            study.tell(trial, trial.suggest_float("x", 0, 1))
        """
    )
    status, code, said = look("train.py")
    assert status == 0, said
    assert "study.ask(): would begin a trial as often as it is asked to" in said
    assert "# objective = ...  # write it here: a function of a trial" in code
    assert "asks and tells itself" in code


NEWCOMERS = """
    import optuna
    from hyperopt import fmin, hp, tpe
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

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


@pytest.mark.parametrize("name", ["study", "distributions"])
def test_variables_of_optuna_are_read(look: Look, name: str) -> None:
    write(
        """
        import optuna
        distributions = {"x": optuna.distributions.FloatDistribution(0, 1, step=0.5)}
        study = optuna.create_study()
        study.add_trial(optuna.create_trial(params={"x": 0.5}, distributions=distributions, value=1.0))
        """
    )
    status, code, said = look(f"train.py:{name}")
    assert status == 0, said
    assert "space = tb.Space(x=tb.Float(0.0, 1.0, step=0.5))" in code
