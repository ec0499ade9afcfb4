"""The suites run where tunebridge and one plugin are installed, and nothing else that it could lean on."""

import os
import subprocess
import sys
from pathlib import Path

PLUGIN = """
import tunebridge as tb
from dataclasses import replace
from functools import partial
from tunebridge.testing.proposers import Climber, translate
from tunebridge.testing import CLIMBER
from tunebridge.testing.executor_studies import Best


class Strict(Best):
    def __init__(self, request):
        super().__init__()
        self.sign = request.direction.sign

    def report(self, trial, step, value):
        return super().report(trial, step, self.sign * value)


@tb.hookimpl
def tunebridge_register_backends(register):
    name = "mine:climber"
    register(replace(CLIMBER.spec, name=name, translate=partial(translate, backend=name)))


@tb.hookimpl
def tunebridge_register_pruners(register):
    register(tb.PrunerSpec(name="mine", summary="worse than the best", open=Strict))
"""

TESTS = """
import sys
import pytest
import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing import BackendContract, ExecutorContract, PrunerContract


class TestBackend(BackendContract):
    n_trials = 6
    max_examples = 3

    @pytest.fixture
    def backend(self):
        return "mine:climber"


class TestPruner(PrunerContract):
    @pytest.fixture
    def pruner(self):
        return "mine"


class TestExecutor(ExecutorContract):
    @pytest.fixture
    def executor(self):
        return "inline"


def test_nothing_else_is_there():
    assert set(registry().backends) == {"mine:climber"}
    assert set(registry().pruners) == {"mine"}
    assert not {"optuna", "hyperopt", "sklearn", "scipy", "torch"} & {
        name for name, module in sys.modules.items() if module is not None
    }
"""

ALONE = """
import importlib.metadata, sys

for name in ("optuna", "hyperopt", "sklearn", "scipy", "torch", "tunebridge_halton", "cmaes"):
    sys.modules[name] = None
installed = importlib.metadata.entry_points


def entry_points(**given):
    found = installed(**given)
    hidden = given.get("group") == "tunebridge"
    return [one for one in found if one.name in ("executors", "mine")] if hidden else found


importlib.metadata.entry_points = entry_points
"""
"""Hides all other plugins and their libraries, before anything is imported."""

FILES = {
    "mine_plugin.py": PLUGIN,
    "test_mine.py": TESTS,
    "sitecustomize.py": ALONE,
    "pytest.ini": "[pytest]",
    "mine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
    "mine-1.0.dist-info/entry_points.txt": "[tunebridge]\nmine = mine_plugin\n",
}

SELECTED = "TestBackend or TestPruner or nothing_else or one_after_the_other or fixed_order or left_of"


def test_the_suites_need_no_other_plugin_and_no_library(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", SELECTED, "."]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TUNEBRIDGE_STRICT_PLUGINS": "1"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr
    assert " passed" in run.stdout
    assert "skipped" not in run.stdout
