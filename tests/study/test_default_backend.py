"""One function says which backend a call has that names none, wherever it is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import tunebridge as tb
from tests.cli.command_line import Look
from tunebridge import dependencies
from tunebridge.registry import store_url
from tunebridge_sklearn import TuneSearchCV

PROBLEM = tb.Problem(lambda trial: trial["x"], tb.Space(x=tb.Float(0.0, 1.0)))
WIDER = tb.Problem(PROBLEM.objective, tb.Space(x=tb.Float(0.0, 2.0)))

FILE = """
import tunebridge as tb
def height(trial): return trial["x"]
problem = tb.Problem(height, tb.Space(x=tb.Float(0.0, 1.0)))
"""

Hide = Callable[..., None]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Return a function that makes distributions look as if they were not installed."""

    def hidden(*names: str) -> None:
        known = dependencies.installed_version
        monkeypatch.setattr(
            dependencies, "installed_version", lambda name: None if name in names else known(name)
        )

    return hidden


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/tune.db"


def by(result: tb.Result) -> list[str]:
    return [trial.backend for trial in result.trials]


def test_a_new_study_has_the_default_and_goes_as_if_it_were_named(url: str) -> None:
    found = tb.tune(PROBLEM, n_trials=15, seed=3)
    named = tb.tune(PROBLEM, backend="optuna:tpe", n_trials=15, seed=3)
    assert found.backend == tb.default_backend().spec.name == "optuna:tpe"
    assert [trial.values for trial in found.trials] == [trial.values for trial in named.trials]
    with tb.open_study(PROBLEM, n_trials=2, seed=3) as study:
        assert study.backend == "optuna:tpe"
    assert tb.tune(PROBLEM, n_trials=1, storage=url, study="s").backend == "optuna:tpe"


@pytest.mark.parametrize(("hidden", "name"), [
    ((), "optuna:tpe"), (("optuna",), "hyperopt:tpe"), (("optuna", "hyperopt"), "sklearn:random"),
])  # fmt: skip
def test_the_default_is_what_is_installed(hide: Hide, hidden: tuple[str, ...], name: str) -> None:
    hide(*hidden)
    assert tb.default_backend().spec.name == name


def test_without_any_library_it_is_said_what_to_install(hide: Hide) -> None:
    hide("optuna", "hyperopt", "scikit-learn", "scipy", "nevergrad", "smac")
    with pytest.raises(tb.MissingLibraryError, match="no backend is installed") as caught:
        tb.tune(PROBLEM, n_trials=1)
    assert "pip install" in caught.value.hint


def test_a_stored_study_goes_on_with_the_backend_that_proposed_last_and_its_options(url: str) -> None:
    first = tb.backend("optuna:tpe", n_startup_trials=2)
    named: dict[str, Any] = {"storage": url, "study": "s"}
    tb.tune(PROBLEM, backend="hyperopt:tpe", n_trials=2, seed=0, **named)
    assert by(tb.tune(PROBLEM, n_trials=4, **named)) == ["hyperopt:tpe"] * 4
    tb.tune(PROBLEM, backend=first, n_trials=6, **named)
    chosen = tb.default_backend(url, "s")
    assert (chosen.spec.name, dict(chosen.options)) == ("optuna:tpe", {"n_startup_trials": 2})
    result = tb.tune(PROBLEM, n_trials=10, **named)
    assert by(result) == ["hyperopt:tpe"] * 4 + ["optuna:tpe"] * 6
    assert result.carried is not None
    assert result.carried.exact


def test_an_option_that_is_an_object_has_to_be_named_again(url: str) -> None:
    chosen = tb.backend("scipy:halton", scramble=object())
    tb.tune(PROBLEM, backend=chosen, n_trials=3, seed=0, storage=url, study="s")
    with pytest.raises(tb.StoreError, match=r"scramble of scipy:halton, .* is not stored") as caught:
        tb.tune(PROBLEM, n_trials=4, storage=url, study="s")
    assert "backend=tunebridge.backend('scipy:halton', scramble=...)" in caught.value.hint
    assert len(tb.tune(PROBLEM, backend="scipy:halton", n_trials=4, storage=url, study="s").trials) == 4


def test_a_study_named_by_its_seed_goes_on_with_its_backend(url: str) -> None:
    tb.tune(PROBLEM, backend="sklearn:random", n_trials=2, seed=5, storage=url)
    assert by(tb.tune(PROBLEM, n_trials=3, seed=5, storage=url)) == ["sklearn:random"] * 3
    assert tb.tune(PROBLEM, n_trials=1, seed=6, storage=url).backend == "optuna:tpe"


def test_a_study_that_is_carried_into_another_space_keeps_its_backend(url: str) -> None:
    named: dict[str, Any] = {"storage": url, "study": "s", "on_space_change": "carry"}
    tb.tune(PROBLEM, backend="optuna:random", n_trials=2, seed=0, **named)
    assert by(tb.tune(WIDER, n_trials=2, **named)) == ["optuna:random"] * 2
    tb.tune(WIDER, backend="hyperopt:tpe", n_trials=3, **named)
    assert tb.default_backend(url, "s").spec.name == "optuna:random"
    assert tb.default_backend(url, "s", newest=True).spec.name == "hyperopt:tpe"


def test_an_open_store_serves_as_its_url_does(url: str) -> None:
    tb.tune(PROBLEM, backend="sklearn:random", n_trials=2, seed=0, storage=url, study="s")
    store = store_url.open_store(url)
    try:
        assert tb.default_backend(store, "s").spec.name == "sklearn:random"
        assert tb.default_backend(store, "t").spec.name == "optuna:tpe"
    finally:
        store.close()


def test_looking_for_the_default_makes_no_store(url: str, tmp_path: Path) -> None:
    assert tb.default_backend(url, "s").spec.name == "optuna:tpe"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("hidden", "name"), [
    ((), "auto:credit"), (("hyperopt",), "auto:credit"), (("hyperopt", "torch"), "optuna:tpe"),
    (("optuna",), "auto:credit"), (("optuna", "hyperopt"), "sklearn:random"),
])  # fmt: skip
def test_a_new_study_may_be_left_to_auto_where_two_of_its_members_are_installed(
    hide: Hide, hidden: tuple[str, ...], name: str
) -> None:
    hide(*hidden)
    assert tb.default_backend(asks_others=True).spec.name == name


def test_a_stored_study_keeps_its_backend_although_it_could_be_left_to_auto(url: str) -> None:
    tb.tune(PROBLEM, backend="optuna:random", n_trials=2, storage=url, study="s")
    assert tb.default_backend(url, "s", asks_others=True).spec.name == "optuna:random"
    auto = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"])
    tb.tune(PROBLEM, backend=auto, n_trials=4, storage=url, study="s")
    assert tb.default_backend(url, "s").options == {"members": {"optuna:tpe": {}, "hyperopt:tpe": {}}}


def test_a_study_of_which_one_member_was_able_goes_on_with_it(url: str) -> None:
    weighted = tb.Space(x=tb.Float(0.0, 1.0), k=tb.Categorical(["a", "b"], weights=[1, 3]))
    problem = tb.Problem(lambda trial: trial["x"], weighted)
    auto = tb.backend("auto", members=["optuna:tpe", "hyperopt:tpe"])
    tb.tune(problem, backend=auto, n_trials=2, storage=url, study="s")
    result = tb.tune(problem, n_trials=4, storage=url, study="s")
    assert {trial.proposer for trial in result.trials} == {"hyperopt:tpe"}
    assert result.carried is not None
    assert result.carried.exact


def test_commands_leave_a_new_study_to_auto(url: str, tmp_path: Path, look: Look) -> None:
    (tmp_path / "train.py").write_text(FILE, encoding="utf-8")
    file = f"{tmp_path / 'train.py'}:problem"

    def said(*words: str) -> str:
        return look(*words)[1]

    explained = said("explain", file)
    assert "auto:credit" in explained
    for member in ("optuna:tpe: ", "hyperopt:tpe: ", "without optuna:cmaes: "):
        assert member in explained
    store = ["--storage", url, "--study", "s", "--no-progress"]
    assert "2 trials on hyperopt:tpe" in said("run", file, "-b", "hyperopt:tpe", "--n-trials", "2", *store)
    assert "3 trials on hyperopt:tpe" in said("run", file, "--n-trials", "3", *store)
    assert "1 trials on auto:credit" in said("run", file, "--n-trials", "1", "--seed", "0", "--no-progress")


def test_search_estimators_have_the_same_default(url: str) -> None:
    X, y = make_classification(60, random_state=0)
    settings: dict[str, Any] = {"n_trials": 3, "cv": 2, "random_state": 0}
    space = tb.Space(C=tb.Float(0.1, 10.0, log=True))

    def fitted(**named: Any) -> Any:
        return clone(TuneSearchCV(LogisticRegression(), space, **settings, **named)).fit(X, y)

    named = fitted(backend="optuna:tpe")
    assert list(fitted().cv_results_["param_C"]) == list(named.cv_results_["param_C"])
    fitted(backend="hyperopt:tpe", storage=url, study="s")
    settings["n_trials"] = 5
    fitted(storage=url, study="s")
    assert set(by(tb.load_study(url, "s"))) == {"hyperopt:tpe"}
