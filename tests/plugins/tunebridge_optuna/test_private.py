"""What is used of Optuna's private parts is there, as it was tried, and is all in one list."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import cmaes
import numpy as np
import optuna
import pytest
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler

import tunebridge as tb
from tunebridge_optuna import private
from tunebridge_optuna.private import KERNEL, METHODS, MODELS, RANDOM_STATES, TRIED
from tunebridge_optuna.quiet import quiet
from tunebridge_optuna.session import SAMPLERS

OUT_OF_DATE = (
    f"tried with Optuna {TRIED}, this is {optuna.__version__}: read what its samplers keep, and try anew"
)

FIELDS = {
    "tpe": {
        *("_constant_liar", "_constraints_func", "_gamma", "_group", "_group_decomposed_search_space"),
        *("_multivariate", "_n_ei_candidates", "_n_startup_trials", "_search_space_group"),
        *("_parzen_estimator_cls", "_parzen_estimator_parameters", "_random_sampler", "_rng"),
        *("_search_space", "_warn_independent_sampling"),
    },
    "random": {"_rng"},
    "gp": {
        *("_constraints_func", "_constraints_gprs_cache_list", "_deterministic", "_gprs_cache_list"),
        *("_independent_sampler", "_intersection_search_space", "_log_prior", "_minimum_noise"),
        *("_n_local_search", "_n_preliminary_samples", "_n_qmc_samples_ehvi", "_n_qmc_samples_qei"),
        *("_n_startup_trials", "_rng", "_tol", "_warn_independent_sampling"),
    },
}
"""All that the samplers have whose state is more than random numbers of which the trials say the rest."""


def sampler_of(name: str, seed: int = 3) -> BaseSampler:
    made: Any = SAMPLERS[name]
    with quiet():
        sampler: BaseSampler = made(seed=seed)
    return sampler


@pytest.mark.parametrize("name", RANDOM_STATES)
def test_the_random_numbers_of_a_sampler_are_where_they_were(name: str) -> None:
    one, other = sampler_of(name), sampler_of(name, seed=4)
    assert private.are_there(name, one), OUT_OF_DATE
    for (path, rng), (_, drawn) in zip(
        private.random_states(name, one), private.random_states(name, other), strict=True
    ):
        assert isinstance(rng, np.random.RandomState), path
        assert rng.random_sample() != drawn.random_sample(), path
        assert rng.get_state(legacy=False)["bit_generator"] == "MT19937"


@pytest.mark.parametrize("name", FIELDS)
def test_a_sampler_keeps_nothing_that_is_not_known(name: str) -> None:
    assert set(vars(sampler_of(name))) == FIELDS[name], OUT_OF_DATE


def test_the_installed_version_is_the_one_that_was_tried() -> None:
    assert optuna.__version__.rpartition(".")[0] == TRIED, OUT_OF_DATE


def test_a_sampler_that_lacks_one_keeps_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(private.RANDOM_STATES, "tpe", ("_rng", "_renamed._rng"))
    session = tb.open_session(tb.Space(x=tb.Float(0, 1)), "optuna:tpe", seed=0)
    session.ask()
    assert not private.are_there("tpe", sampler_of("tpe"))
    monkeypatch.setattr(private, "METHODS", ("_renamed",))
    assert not private.are_there("cmaes", CmaEsSampler(seed=0))


def test_the_models_of_the_gaussian_process_have_what_the_next_fit_begins_with() -> None:
    sampler = GPSampler(seed=0, n_startup_trials=2)
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) ** 2, n_trials=4)
    kernels = private.kernels(sampler)
    assert set(kernels) == set(MODELS), OUT_OF_DATE
    assert [set(kernel) for kernel in kernels["_gprs_cache_list"] or ()] == [set(KERNEL)]
    private.set_kernels(sampler, kernels)
    assert private.kernels(sampler) == kernels


def test_what_cma_es_notes_is_read_and_written_as_it_does_itself() -> None:
    assert all(hasattr(CmaEsSampler, name) for name in METHODS), OUT_OF_DATE
    sampler = CmaEsSampler(seed=0)
    made = private.optimizer_attributes(sampler, cmaes.CMA(np.zeros(2), 1.0, seed=0))
    assert all(private.is_pickled(sampler, key) for key in made)
    trial = optuna.trial.create_trial(value=0.0, system_attrs=made)
    assert isinstance(private.optimizer_of(sampler, trial), cmaes.CMA)
    assert private.optimizer_of(sampler, optuna.trial.create_trial(value=0.0)) is None


def test_private_names_are_used_in_one_file() -> None:
    folder = Path(inspect.getfile(private)).parent
    marked = {path.name for path in folder.glob("*.py") if "SLF001" in path.read_text("utf-8")}
    assert marked == {"private.py"}
    words = {
        node.value
        for path in folder.glob("*.py")
        if path.name != "private.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = {
        *METHODS,
        *MODELS,
        *(part for paths in RANDOM_STATES.values() for part in ".".join(paths).split(".")),
    }
    assert all(re.match("_[a-z]", name) for name in names)
    assert words & names == set()
