"""Which sampler a study gets, and what a newcomer from Optuna is told."""

from __future__ import annotations

from functools import partial
from typing import Any

import optuna as plain
import pytest

import tunebridge as tb
import tunebridge_optuna as optuna
from tunebridge_optuna.facade.bridge import BridgeSampler

SPACE = tb.Space(x=tb.Float(0, 1))


def objective(trial: plain.Trial) -> float:
    return trial.suggest_float("x", 0, 1)


def test_without_a_backend_a_study_is_optunas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEBRIDGE_BACKEND", raising=False)
    assert type(optuna.create_study().sampler) is plain.samplers.TPESampler
    own = plain.samplers.RandomSampler(seed=1)
    assert optuna.create_study(sampler=own).sampler is own


def test_the_environment_names_a_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:random")
    assert isinstance(optuna.create_study().sampler, BridgeSampler)
    assert type(optuna.create_study(backend="optuna:tpe").sampler) is plain.samplers.TPESampler
    seam = optuna.sampler("sklearn:random", space=SPACE, n_trials=3)
    assert optuna.create_study(sampler=seam).sampler is seam
    with pytest.warns(UserWarning, match=r"sampler=RandomSampler.* replaced by the backend hyperopt:random"):
        study = optuna.create_study(sampler=plain.samplers.RandomSampler(seed=1))
    assert isinstance(study.sampler, BridgeSampler)


def test_an_unknown_backend_of_the_environment_is_said_to_come_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TUNEBRIDGE_BACKEND", "hyperopt:tpx")
    with pytest.raises(tb.UnknownNameError, match="hyperopt:tpx") as caught:
        optuna.create_study()
    assert caught.value.__notes__ == [
        "the environment variable TUNEBRIDGE_BACKEND=hyperopt:tpx names it: name another there, or unset it"
    ]


def test_a_sampler_that_a_backend_of_optunas_stands_for_is_kept() -> None:
    own = plain.samplers.TPESampler(seed=3, multivariate=False)
    assert optuna.create_study(sampler=own, backend="optuna:tpe").sampler is own
    with pytest.warns(UserWarning, match="nothing of it is kept") as caught:
        study = optuna.create_study(sampler=own, backend="optuna:random", seed=1)
    assert type(study.sampler) is plain.samplers.RandomSampler
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", ["tpe", "random", "gp", "cmaes", "nsga2", "nsga3", "qmc", "brute-force"])
def test_a_backend_of_optunas_is_its_own_sampler(name: str) -> None:
    assert type(optuna.sampler(f"optuna:{name}", seed=1)).__module__.startswith("optuna.samplers")


def test_a_declared_space_holds_for_optunas_own_samplers_too() -> None:
    study = optuna.create_study(backend="optuna:tpe", seed=2, space=SPACE)
    study.optimize(objective, n_trials=15)
    theirs = plain.create_study(sampler=plain.samplers.TPESampler(seed=2))
    theirs.optimize(objective, n_trials=15)
    assert [trial.params for trial in study.trials] == [trial.params for trial in theirs.trials]
    with pytest.raises(tb.SpaceError, match=r"^y: is suggested, and is no parameter of the declared space"):
        study.optimize(lambda trial: trial.suggest_float("y", 0, 1), n_trials=1)


SUGGESTED: dict[str, tuple[Any, str]] = {
    "unknown": (lambda trial: trial.suggest_float("lr", 0, 1), r"^lr: is suggested, and is no parameter"),
    "another range": (
        lambda trial: trial.suggest_float("x", 0, 2),
        r"^x: is declared as Float\(0.0, 1.0\), and suggested from Float\(0.0, 2.0\)",
    ),
    "another kind": (
        lambda trial: trial.suggest_int("x", 0, 1),
        r"^x: is declared as Float\(0.0, 1.0\), and suggested from Int\(0, 1\)",
    ),
    "a list of others": (
        lambda trial: trial.suggest_categorical("x", [0.0, 1.0]),
        r"^x: is declared as Float\(0.0, 1.0\), and suggested from Categorical\(\[0.0, 1.0\]\)",
    ),
}


@pytest.mark.parametrize("kind", SUGGESTED)
@pytest.mark.parametrize("backend", ["hyperopt:tpe", "sklearn:random", "optuna:tpe"])
def test_what_is_not_in_a_declared_space_is_named(kind: str, backend: str) -> None:
    wrong, message = SUGGESTED[kind]
    study = optuna.create_study(backend=backend, space=SPACE, n_trials=5)
    with pytest.raises(tb.SpaceError, match=message + r"[\s\S]*hint: declare in space="):
        study.optimize(wrong, n_trials=1)


def test_mistakes_of_a_newcomer_end_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEBRIDGE_BACKEND", raising=False)
    with pytest.raises(tb.UnknownNameError, match=r"[\s\S]*hyperopt:tpe"):
        optuna.create_study(backend="hyperop:tpe")
    with pytest.raises(
        tb.UnsupportedError, match=r"multi_objective[\s\S]*hint: backends that have it: .*nsga2"
    ):
        optuna.create_study(backend="hyperopt:tpe", directions=["minimize", "maximize"])
    with pytest.raises(tb.OptionError, match=r"sampler= is given\n  hint: give it to TPESampler"):
        optuna.create_study(sampler=plain.samplers.TPESampler(), seed=1)
    with pytest.raises(tb.OptionError, match=r"has no option 'n_startup'[\s\S]*n_startup_jobs"):
        optuna.sampler("hyperopt:tpe", n_startup=5)
    with pytest.raises(tb.SpaceError, match=r"expected a tunebridge\.Space[\s\S]*hint: "):
        optuna.create_study(backend="hyperopt:tpe", space={"x": (0, 1)})  # type: ignore[arg-type]
    with pytest.raises(tb.ProblemError, match="seed must be"):
        optuna.create_study(backend="hyperopt:tpe", seed=-1)
    with pytest.raises(tb.TranslationError, match=r"lr: .*points=5"):
        optuna.create_study(backend="sklearn:grid", space=tb.Space(lr=tb.Float(0, 1)))
    with pytest.raises(ValueError, match="Specify only one"):
        optuna.create_study(backend="hyperopt:tpe", direction="minimize", directions=["minimize"])


def test_a_study_of_several_objectives_is_refused_by_the_seam_in_its_first_trial() -> None:
    sampler = optuna.sampler("hyperopt:tpe", space=SPACE)
    study = plain.create_study(sampler=sampler, directions=["minimize", "minimize"])
    with pytest.raises(tb.UnsupportedError, match="multi_objective"):
        study.optimize(lambda trial: (objective(trial), 0.0), n_trials=1)


def test_a_backend_as_a_sampler_and_a_sampler_as_a_backend_are_told_where_they_go() -> None:
    named: Any = "hyperopt:tpe"
    with pytest.raises(tb.OptionError, match=r"takes one of Optuna's samplers(.|\n)*backend='hyperopt:tpe'"):
        optuna.create_study(sampler=named)
    own: Any = plain.samplers.TPESampler()
    with pytest.raises(tb.OptionError, match=r"takes the name of a backend(.|\n)*sampler=TPESampler"):
        optuna.create_study(backend=own)


@pytest.mark.parametrize("n_trials", ["10", 0, 2.5, True])
def test_a_number_of_trials_that_is_none_is_refused_as_tune_refuses_it(n_trials: Any) -> None:
    calls: list[Any] = [
        optuna.create_study,
        partial(optuna.create_study, backend="hyperopt:tpe"),
        partial(optuna.sampler, "hyperopt:tpe"),
        partial(tb.open_session, tb.Space(x=tb.Float(0, 1)), "optuna:tpe"),
    ]
    for call in calls:
        with pytest.raises(tb.ProblemError, match="n_trials must be an integer >= 1, got"):
            call(n_trials=n_trials)
