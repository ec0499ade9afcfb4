"""Suggestions in the text of an objective: what they say literally, and what is written for them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from tunebridge_optuna.suggestions import said_distributions, with_params


def test_each_suggestion_becomes_the_param_of_its_name() -> None:
    source = """
    def objective(trial):
        x = trial.suggest_float("x", -5, 5, log=False)  # käfer
        n = trial.suggest_int(name="n", low=1, high=3)
        names = ["ä", trial.suggest_categorical("k", ("a", "b"))]
        rows = [trial.suggest_int(f"units_{i}", 4, 128) for i in range(trial.suggest_int("layers", 1, 3))]
        rows += [trial.suggest_discrete_uniform("q", 0, 1, 0.5)]
        trial.set_user_attr("size", 3)
        if trial.should_prune():
            raise optuna.exceptions.TrialPruned()
        raise TrialPruned
    """
    assert (
        with_params(dedent(source)).strip()
        == dedent("""
    def objective(trial):
        x = trial["x"]  # käfer
        n = trial["n"]
        names = ["ä", trial["k"]]
        rows = [trial[f"units_{i}"] for i in range(trial["layers"])]
        rows += [trial["q"]]
        trial.note("size", 3)
        if trial.should_prune():
            raise tb.TrialPruned()
        raise tb.TrialPruned
    """).strip()
    )


def test_literal_suggestions_of_every_trial_are_said() -> None:
    source = """
    LOW, KINDS = -5, 3
    KINDS = ["a", None]
    def helper(trial):
        return trial.suggest_loguniform("rate", 1e-3, 1)
    def objective(trial):
        for step in range(3):
            trial.report(step, step)
        n = trial.suggest_int("n", 1, high=9, step=2)
        kind = trial.suggest_categorical("kind", KINDS)
        return helper(trial) + trial.suggest_float(name="x", low=0, high=1, step=0.5)
    """
    assert said_distributions(dedent(source)) == {
        "rate": FloatDistribution(1e-3, 1, log=True),
        "n": IntDistribution(1, 9, step=2),
        "kind": CategoricalDistribution(["a", None]),
        "x": FloatDistribution(0, 1, step=0.5),
    }


@pytest.mark.parametrize(
    "line",
    [
        "if n: trial.suggest_int('x', 1, 2)",
        "for i in range(3): trial.suggest_int('x', 1, 2)",
        "[trial.suggest_int('x', 1, 2) for i in range(3)]",
        "n and trial.suggest_int('x', 1, 2)",
        "trial.suggest_int('x', 1, n)",
        "trial.suggest_int('x', 1, int(3))",
        "trial.suggest_int(f'x{n}', 1, 3)",
        "trial.suggest_int('n', 1, 3)",
        "trial.suggest_int('x', 3, 1)",
        "trial.suggest_discrete_uniform('x', 0, 1, 0.1)",
        "trial.suggest_int(*given)",
        "helper(trial) if n else 0",
    ],
)
def test_nothing_is_said_where_a_suggestion_depends_on_anything(line: str) -> None:
    source = f"""
    def helper(trial):
        return trial.suggest_int("y", 1, 2)
    def objective(trial):
        n = trial.suggest_int("n", 1, 2)
        {line}
        return n
    """
    assert said_distributions(dedent(source)) is None


def test_code_without_suggestions_says_no_space() -> None:
    assert said_distributions("def objective(trial):\n    return 1.0\n") is None
