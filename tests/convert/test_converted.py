"""Scripts of Optuna and of Ray as code of tunebridge, which runs and finds the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.cli.command_line import Look
from tests.cli.scripts import run, write


@pytest.fixture
def look(tmp_path: Path, forgotten: None, look: Look, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Return a function that runs `tunebridge convert WORDS` in an empty folder, on a wide terminal."""
    monkeypatch.chdir(tmp_path)
    return partial(look, "convert", columns=300)


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


def test_an_objective_that_is_named_is_called_when_walks_are_asked_for(look: Look) -> None:
    write(LAYERS.replace("        note(", "        print('noted')\n        note("))
    status, code, said = look("train.py:objective", "--walks", "30")
    assert status == 0, said
    assert len(Path("called").read_text()) == 30
    assert "noted" in said
    assert run(code)["space"].sample(0).keys() >= {"n_layers", "units_0"}
    assert "let it be called: train.py:objective --walks 20" in look("train.py:objective")[2]


def test_walks_are_not_made_where_the_space_stands_in_the_script(look: Look) -> None:
    write("from hyperopt import fmin, hp\nfmin(float, hp.uniform('x', 0, 1), None, 3)\n")
    status, code, said = look("train.py", "--walks", "3")
    assert (status, "no objective is called" in said, "tb.Float(0.0, 1.0)" in code) == (0, True, True), said


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


RAY = """
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler, PopulationBasedTraining
    from ray.tune.search.hyperopt import HyperOptSearch

    SCALE = 2

    def train(config):
        for epoch in range(5):
            tune.report({"loss": SCALE * (epoch + 1) * config["lr"] / config["model"]["units"]})

    def whole(config):
        return {"score": config["lr"], "other": 3}

    if __name__ == "__main__":
        space = {"lr": tune.loguniform(1e-4, 1e-1), "model": {"units": tune.choice([16, 32])}}
        CALL
"""


def test_a_tuner_of_ray_is_written_with_a_yield_for_each_report(look: Look) -> None:
    config = 'tune.TuneConfig(num_samples=12, metric="loss", mode="min", scheduler=ASHAScheduler())'
    write(
        RAY.replace(
            "CALL", f"tuner = tune.Tuner(train, param_space=space, tune_config={config})\n        tuner.fit()"
        )
    )
    status, code, said = look("train.py")
    assert status == 0, said
    assert "would call train 12 times" in said
    assert "(yield {" in code
    assert 'pruner=tb.pruner("asha")' in code
    result = run(code)["result"]
    assert result.backend == "sklearn:random"
    assert len(result.trials) == 12
    assert {trial.state.name for trial in result.trials} == {"COMPLETE", "PRUNED"}
    best = result.best_params
    assert result.best_value == 10 * best["lr"] / best["model/units"]


def test_a_run_of_ray_that_returns_its_metrics_is_written(look: Look) -> None:
    scheduler = "PopulationBasedTraining(hyperparam_mutations={'lr': [1]})"
    made = f"scheduler={scheduler}, metric='score', mode='max', time_budget_s=60"
    write(RAY.replace("CALL", f"tune.run(whole, config=space, num_samples=3, {made})"))
    status, code, said = look("train.py")
    assert status == 0, said
    assert "PopulationBasedTraining has no counterpart" in code
    assert 'direction="maximize"' in code
    assert "max_seconds=60" in code
    result = run(code)["result"]
    assert [trial.value for trial in result.trials] == [trial.params["lr"] for trial in result.trials]
