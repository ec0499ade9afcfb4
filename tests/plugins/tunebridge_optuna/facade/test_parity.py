"""With a backend of Optuna's, a script is what it is with Optuna; others run it unchanged."""

from __future__ import annotations

import optuna as plain
import pytest
from optuna.trial import TrialState

import tunebridge as tb
import tunebridge_optuna as optuna
from tests.plugins.tunebridge_optuna.facade.scripts import SCRIPTS, Script, several_objectives, told

SEVERAL = [script for script in SCRIPTS if script is not several_objectives]

SAMPLERS = {
    "optuna:tpe": plain.samplers.TPESampler,
    "optuna:random": plain.samplers.RandomSampler,
    "optuna:nsga2": plain.samplers.NSGAIISampler,
}


def named(script: Script) -> str:
    return script.__name__


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_a_script_is_the_same_with_optunas_tpe(script: Script, seed: int) -> None:
    ours = script(optuna, backend="optuna:tpe", seed=seed)
    assert told(ours) == told(script(plain, sampler=plain.samplers.TPESampler(seed=seed)))


@pytest.mark.parametrize("backend", ["optuna:random", "optuna:nsga2"])
@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_a_script_is_the_same_with_other_samplers_of_optunas(script: Script, backend: str) -> None:
    ours = script(optuna, backend=backend, seed=1)
    assert told(ours) == told(script(plain, sampler=SAMPLERS[backend](seed=1)))


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "hyperopt:anneal", "hyperopt:random"])
@pytest.mark.parametrize("script", SEVERAL, ids=named)
def test_a_script_runs_unchanged_on_another_library(script: Script, backend: str) -> None:
    theirs = script(plain, sampler=plain.samplers.TPESampler(seed=1))
    ours = script(optuna, backend=backend, seed=1)
    assert type(ours) is plain.Study
    assert len(ours.trials) > 20
    assert {name for trial in ours.trials for name in trial.params} == {
        name for trial in theirs.trials for name in trial.params
    }
    assert {trial.state for trial in ours.trials} >= {TrialState.COMPLETE}


def test_several_objectives_on_a_backend_that_has_none_are_refused_before_the_first_trial() -> None:
    with pytest.raises(tb.UnsupportedError, match="multi_objective"):
        several_objectives(optuna, backend="hyperopt:tpe")
