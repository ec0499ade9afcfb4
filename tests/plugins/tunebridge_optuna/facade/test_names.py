"""`import tunebridge_optuna as optuna`: what it does not define comes from Optuna."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import optuna as plain
import pytest

import tunebridge_optuna as optuna


def test_what_is_not_defined_comes_from_optuna() -> None:
    own = {"create_study", "integration", "load_study", "study"}
    for name in set(plain.__all__) - own:
        assert getattr(optuna, name) is getattr(plain, name), name
    assert set(plain.__all__) <= set(dir(optuna))
    assert optuna.study.create_study is optuna.create_study
    assert optuna.study.MaxTrialsCallback is plain.study.MaxTrialsCallback
    with pytest.raises(AttributeError, match="no_such_name"):
        optuna.no_such_name  # noqa: B018


def test_no_module_of_ours_hides_one_of_optuna() -> None:
    ours = {module.name for module in pkgutil.iter_modules(optuna.__path__)}
    theirs = {module.name for module in pkgutil.iter_modules(plain.__path__)}
    assert ours & theirs == {"integration", "study"}


@pytest.mark.parametrize("name", ["samplers", "pruners", "visualization", "storages.journal", "trial"])
def test_a_submodule_is_optunas_own_under_both_names(name: str) -> None:
    theirs = importlib.import_module(f"optuna.{name}")
    assert importlib.import_module(f"tunebridge_optuna.{name}") is theirs
    assert theirs.__spec__ is not None
    assert theirs.__spec__.name == f"optuna.{name}"
    with pytest.raises(ModuleNotFoundError, match=r"tunebridge_optuna\.no_such_module"):
        importlib.import_module("tunebridge_optuna.no_such_module")


def test_importing_it_loads_no_library() -> None:
    script = "import sys, tunebridge_optuna; sys.exit('optuna' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.filterwarnings("ignore:`optuna.integration")
def test_integrations_are_optunas_own_but_for_the_search() -> None:
    assert optuna.integration.XGBoostPruningCallback is plain.integration.XGBoostPruningCallback
    theirs = importlib.import_module("optuna.integration.lightgbm")
    assert importlib.import_module("tunebridge_optuna.integration.lightgbm") is theirs
    assert issubclass(optuna.integration.OptunaSearchCV, plain.integration.OptunaSearchCV)
