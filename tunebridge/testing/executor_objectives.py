"""What every executor promises about the objectives and the params that it takes."""
# ruff: noqa: S101 - asserting is this module's purpose

from __future__ import annotations

import base64
import functools
import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest

import tunebridge as tb
from tunebridge import ChosenExecutor, Space, Trial
from tunebridge.testing.executor_script import SCRIPT, STARTS
from tunebridge.testing.executor_studies import Objective, Running


class ObjectivesContract(Running):
    """The promises about objectives; `ExecutorContract` includes them."""

    @pytest.mark.parametrize("kind", ["lambda", "closure", "partial", "method", "instance"])
    def test_every_kind_of_callable_is_an_objective(self, chosen: ChosenExecutor, kind: str) -> None:
        """Wrap the same sum in each."""
        summand = 10.0

        class Holder:
            def method(self, trial: Trial) -> float:
                return float(trial["x"] + summand)

            def __call__(self, trial: Trial) -> float:
                return self.method(trial)

        def closure(trial: Trial) -> float:
            return float(trial["x"] + summand)

        objectives: dict[str, Objective] = {
            "lambda": lambda trial: trial["x"] + 10.0,
            "closure": closure,
            "partial": functools.partial(lambda more, trial: trial["x"] + more, summand),
            "method": Holder().method,
            "instance": Holder(),
        }
        result = self.tune(chosen, objectives[kind], n_trials=2)
        assert [trial.value for trial in result.trials] == [trial.params["x"] + 10 for trial in result.trials]

    @pytest.mark.parametrize("start", STARTS)
    def test_functions_and_classes_of_the_main_script_are_taken(
        self, chosen: ChosenExecutor, tmp_path: Path, start: str
    ) -> None:
        """Run a script that has no `if __name__ == "__main__"`, and one that tunes in a child."""
        script = tmp_path / "script.py"
        script.write_text(SCRIPT + STARTS[start], "utf-8")
        given = cloudpickle.dumps((chosen.spec.name, dict(chosen.options), self.learning()))
        command = [sys.executable, str(script), base64.b64encode(given).decode()]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert (run.returncode, run.stdout) == (0, "by hand\n"), run.stderr

    def test_choices_may_be_objects_of_the_users_own_classes(self, chosen: ChosenExecutor) -> None:
        """Call a method of the choice in the objective; the record holds the declared object itself."""

        class Layer:
            def __init__(self, width: int) -> None:
                self.width = width

            def area(self) -> int:
                return self.width**2

        layers = {"narrow": Layer(2), "wide": Layer(5)}
        space = Space(layer=tb.Categorical(layers), kind=tb.Constant(Layer))

        def train(trial: Trial) -> float:
            trial.keep("is own", isinstance(trial["layer"], trial["kind"]))
            return float(trial["layer"].area())

        result = self.tune(chosen, train, space=space)
        assert {trial.value for trial in result.trials} <= {4.0, 25.0}
        for trial in result.trials:
            assert trial.params["layer"] in layers.values()
            assert trial.value == trial.params["layer"].area()
            assert trial.artifact("is own")
