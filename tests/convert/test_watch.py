"""Scripts that run until their first search begins, with the entry points of libraries watched."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import optuna
import pytest

import tunebridge as tb
from tunebridge.convert.source import Source
from tunebridge.convert.watch import Watched, watch
from tunebridge.convert.work import Outline
from tunebridge.errors import ProblemError
from tunebridge.registry.plugins import registry
from tunebridge.registry.registry import Registry, new_manager


def watched(folder: Path, text: str, name: str = "__main__") -> Watched:
    """Return what a script of a text did."""
    path = folder / "train.py"
    path.write_text(dedent(text), encoding="utf-8")
    return watch(path, registry().captures.values(), name=name)


def test_a_study_is_captured_with_its_arguments_and_nothing_is_called_or_written(tmp_path: Path) -> None:
    text = f"""
        import optuna
        called = []
        def objective(trial):
            called.append(trial)
        def main(n):
            study = optuna.create_study(
                storage="sqlite:///{tmp_path}/s.db", study_name="s", load_if_exists=True
            )
            try:
                study.optimize(objective, n_trials=n)
            except Exception:
                pass
            called.append("after")
        if __name__ == "__main__":
            main(40)
            called.append("later")
    """
    did = watched(tmp_path, text)
    assert did.search is not None
    assert did.spec is registry().captures["optuna"]
    assert did.search.arguments["n_trials"] == 40
    assert did.search.arguments["catch"] == ()
    assert set(did.search.given) == {"self", "func", "n_trials"}
    assert did.names["called"] == []
    assert did.names["n"] == 40  # a name of the function that was running
    assert did.lines == {6: 11, 0: 16}
    assert not (tmp_path / "s.db").exists()
    (created,) = [one for one in did.noted if one.entry.name == "create_study"]
    assert created.arguments["storage"].startswith("sqlite://")


@pytest.mark.parametrize(
    "line",
    [
        "fmin(f, s, None, 9)",
        "hyperopt.fmin(f, s, max_evals=9)",
        "sys.modules['hyperopt.fmin'].fmin(f, s, None, 9)",
        "hyperopt.Trials().fmin(f, s, max_evals=9)",
        "fmin(f, s, max_evals=9, trials=hyperopt.Trials())",
        "tunebridge_hyperopt.fmin(f, s, 'optuna:gp', 9)",
    ],
)
def test_every_way_into_fmin_is_captured(tmp_path: Path, line: str) -> None:
    text = f"""
        import sys
        import hyperopt, tunebridge_hyperopt
        from hyperopt import fmin, hp
        s = hp.uniform("x", 0, 1)
        def f(x):
            raise AssertionError
        {line}
    """
    did = watched(tmp_path, text)
    assert did.search is not None
    assert did.search.arguments["max_evals"] == 9
    assert did.search.arguments["algo"] in (None, "optuna:gp")


@pytest.mark.parametrize("made", ["RandomizedSearchCV(SVC(), {'C': [1]})", "GridSearchCV(SVC(), {'C': [1]})"])
def test_a_search_of_sklearn_is_captured_and_other_models_are_fitted(tmp_path: Path, made: str) -> None:
    text = f"""
        from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
        from sklearn.svm import SVC
        model = SVC().fit([[1], [2]], [0, 1])
        search = {made}
        search.fit([[1], [2]], y=[0, 1])
    """
    did = watched(tmp_path, text)
    assert did.search is not None
    assert did.search.arguments["self"] is did.names["search"]
    assert did.search.arguments["y"] == [0, 1]
    assert did.names["model"].n_features_in_ == 1


def test_everything_is_as_before_when_the_script_has_ended(tmp_path: Path) -> None:
    before = (optuna.create_study, optuna.Study.optimize, sys.argv, sys.path, sys.modules["__main__"])
    watched(tmp_path, "import optuna\noptuna.create_study().optimize(lambda trial: 1.0, n_trials=2)")
    assert (optuna.create_study, optuna.Study.optimize, sys.argv, sys.path, sys.modules["__main__"]) == before
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert len(study.trials) == 2


def test_what_a_script_prints_goes_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    watched(tmp_path, "print('loading')")
    assert capfd.readouterr() == ("", "loading\n")


def test_a_script_that_ends_itself_is_an_error_and_one_that_ends_well_is_none(tmp_path: Path) -> None:
    assert watched(tmp_path, "import sys\nx = 1\nsys.exit(0)").names["x"] == 1
    with pytest.raises(ProblemError, match="exit status 2"):
        watched(
            tmp_path, "import argparse\np = argparse.ArgumentParser()\np.add_argument('data')\np.parse_args()"
        )


def test_a_call_that_the_library_refuses_is_refused_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        watched(tmp_path, "import optuna\noptuna.create_study().optimize(None, n_trails=3)")


def test_a_plugin_from_elsewhere_brings_its_own_searches(tmp_path: Path, forgotten: None) -> None:
    (tmp_path / "mysearch.py").write_text("def hunt(goal, box, rounds=3):\n    raise AssertionError\n")
    sys.path.insert(0, str(tmp_path))
    hunt = tb.EntryPoint(
        module="mysearch",
        name="hunt",
        objective=tb.Argument(name="goal", position=0),
        times=(tb.Argument(name="rounds", position=2, default=3),),
    )

    def read(search: tb.Called, noted: Sequence[tb.Called]) -> tb.CapturedSearch:
        return tb.CapturedSearch(
            objective=search.arguments["goal"], space=search.arguments["box"], settings={"n_trials": 3}
        )

    class Plugin:
        @staticmethod
        @tb.hookimpl
        def tunebridge_register_captures(register: Callable[[tb.CaptureSpec], None]) -> None:
            register(
                tb.CaptureSpec(
                    name="mysearch", summary="mine", libraries=("mysearch",), entries=(hunt,), read=read
                )
            )

    mine = Registry(new_manager())
    mine.add("mine:mine", Plugin, "mine")
    path = tmp_path / "train.py"
    path.write_text("import mysearch\ndef f(x):\n    return x\nmysearch.hunt(f, {'x': [1, 2]})\n")
    outline = Outline.of(Source.read(path), [*mine.captures.values()], as_main=True)
    assert str(outline.searches[0]).endswith("would call f 3 times")
    did = watch(path, mine.captures.values(), name="__main__")
    assert did.search is not None
    assert did.search.arguments["box"] == {"x": [1, 2]}
