"""The posterior that is kept between asks: the documents that `tpe.suggest` makes, to the last bit."""

import logging
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, hp, tpe
from hyperopt.base import JOB_STATE_DONE, Domain
from hyperopt.pyll import scope

from tunebridge_hyperopt import density
from tunebridge_hyperopt.posterior import Tpe, quickened

FLAT = {
    "x": hp.uniform("x", -5, 5),
    "lr": hp.loguniform("lr", -9, 0),
    "layers": scope.int(hp.quniform("layers", 0.5, 8.5, 1)),
    "units": scope.int(hp.qloguniform("units", np.log(0.5), np.log(256.5), 1)),
    "activation": hp.choice("activation", ["relu", "tanh", None]),
}
CONDITIONAL = {
    "depth": scope.int(hp.quniform("depth", 0.5, 12.5, 1)),
    "model": hp.pchoice(
        "model",
        [
            (0.2, {"c": hp.lognormal("c", 0, 2), "kernel": hp.choice("kernel", ["rbf", "poly"])}),
            (
                0.5,
                {"trees": scope.int(hp.quniform("trees", 9.5, 90.5, 1)), "share": hp.uniform("share", 0, 1)},
            ),
            (0.3, "none"),
        ],
    ),
}
EVERYTHING = {
    **FLAT,
    **CONDITIONAL,
    "seed": hp.randint("seed", 7),
    "year": hp.randint("year", 1990, 2020),
    "coarse": hp.quniform("coarse", -2, 2, 0.5),
    "bell": hp.normal("bell", 3, 1),
    "steps": hp.qnormal("steps", 0, 4, 2),
    "scale": hp.qlognormal("scale", 0, 1, 0.25),
    "sizes": hp.uniformint("sizes", 1, 40),
    **{f"x{place}": hp.uniform(f"x{place}", 0, place + 1) for place in range(5)},
}
SPACES = {"flat": FLAT, "conditional": CONDITIONAL, "everything": EVERYTHING}
DOCUMENT = ("tid", "spec", "state", "misc", "result")


def score(values: dict[str, list[Any]]) -> float:
    """Return a loss with many ties."""
    return float(sum(round(abs(float(value[0]) - 1.0), 1) for value in values.values() if value))


def told(values: dict[str, list[Any]], place: int) -> dict[str, Any]:
    """Return a result: each seventh trial fails, each ninth has a loss beyond all numbers."""
    if place % 7 == 3:
        return {"status": STATUS_FAIL}
    return {"status": STATUS_OK, "loss": float("inf") if place % 9 == 5 else score(values)}


def held_against(space: Any, seed: int, n_trials: int, n_pending: int = 2, **settings: Any) -> int:
    """Ask both for each trial of a run, and return in how many the posterior was used."""
    domain, trials, random = Domain(None, space), Trials(), np.random.default_rng(seed)
    ours = Tpe(**settings)
    used = 0
    for place in range(n_trials):
        ids, drawn = trials.new_trial_ids(1), int(random.integers(2**31 - 1))
        (expected,) = tpe.suggest(ids, domain, trials, drawn, verbose=False, **settings)
        (made,) = ours(ids, domain, trials, drawn)
        assert {key: made[key] for key in DOCUMENT} == {key: expected[key] for key in DOCUMENT}
        trials.insert_trial_docs([made])
        trials.refresh()
        used += len(trials.trials) > settings.get("n_startup_jobs", 20)
        if place >= n_pending:
            document = trials.trials[place - n_pending]
            document["result"] = told(document["misc"]["vals"], place)
            document["state"] = JOB_STATE_DONE
    return used


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("space", SPACES)
def test_each_document_is_hyperopts_with_ties_failures_infinities_and_pending_trials(
    space: str, seed: int
) -> None:
    assert held_against(SPACES[space], seed, 80) == 60


def test_settings_are_those_of_hyperopt() -> None:
    settings: dict[str, Any] = {"gamma": 0.5, "prior_weight": 2.0, "n_EI_candidates": 5, "n_startup_jobs": 3}
    assert held_against(EVERYTHING, 4, 40, **settings) == 37
    assert held_against(FLAT, 4, 10, n_startup_jobs=0) == 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("space", SPACES)
def test_each_of_many_documents_is_hyperopts(space: str, seed: int) -> None:
    assert held_against(SPACES[space], seed, N_LONG) == N_LONG - 20


N_LONG = int(os.environ.get("TUNEBRIDGE_TEST_LONG_RUN", "200"))
"""Trials of the long runs; 1,000 take minutes, 5,000 hours."""


@pytest.fixture
def another_library() -> Iterator[None]:
    """Have hyperopt's density answer with other bits than the one for all components at once."""
    own = dict(density.OF_HYPEROPT)

    def other(*args: Any, **kwargs: Any) -> Any:
        return np.nextafter(own["GMM1_lpdf"](*args, **kwargs), np.inf)

    density.is_same.cache_clear()
    density.OF_HYPEROPT["GMM1_lpdf"] = other
    yield
    density.OF_HYPEROPT.update(own)
    density.is_same.cache_clear()


def names_in(space: Any) -> set[str]:
    """Return the names of the nodes of a posterior, once it was asked."""
    domain, trials = Domain(None, space), Trials()
    ours = Tpe(n_startup_jobs=0)
    trials.insert_trial_docs(tpe.suggest(trials.new_trial_ids(1), domain, trials, 0, verbose=False))
    trials.refresh()
    ours(trials.new_trial_ids(1), domain, trials, 0)
    assert ours.posterior is not None
    return ours.posterior.names


def test_a_density_with_the_same_bits_stands_in_for_hyperopts() -> None:
    assert density.is_same("GMM1_lpdf")
    assert density.is_same("LGMM1_lpdf")
    assert {"tunebridge_GMM1_lpdf", "tunebridge_LGMM1_lpdf", "GMM1_lpdf"} <= names_in(FLAT)


@pytest.mark.usefixtures("another_library")
def test_where_the_bits_differ_hyperopts_density_stays() -> None:
    assert not density.is_same("GMM1_lpdf")
    assert "tunebridge_GMM1_lpdf" not in names_in(FLAT)
    assert held_against(FLAT, 0, 40) == 20


@pytest.mark.parametrize(
    "damage",
    [
        lambda documents: documents[3]["misc"].update(from_tid=1),
        lambda documents: documents[3]["result"].update(loss=float("nan")),
        lambda documents: documents.reverse(),
        lambda documents: documents.pop(5),
        lambda documents: None,
    ],
)
def test_a_history_that_columns_cannot_hold_is_hyperopts_to_read(damage: Any) -> None:
    domain, trials = Domain(None, FLAT), Trials()
    ours = Tpe()
    for place in range(25):
        ids = trials.new_trial_ids(1)
        (document,) = ours(ids, domain, trials, place)
        document["result"], document["state"] = told(document["misc"]["vals"], place), JOB_STATE_DONE
        trials.insert_trial_docs([document])
        trials.refresh()
    damage(trials.trials)
    ids = trials.new_trial_ids(1)
    (expected,) = tpe.suggest(ids, domain, trials, 99, verbose=False)
    assert Tpe()(ids, domain, trials, 99)[0]["misc"] == expected["misc"]
    if "from_tid" not in trials.trials[3]["misc"]:
        assert ours(ids, domain, trials, 99)[0]["misc"] == expected["misc"]


@pytest.mark.parametrize(
    ("algo", "is_ours"),
    [
        (tpe.suggest, True),
        (partial(tpe.suggest, gamma=0.5, verbose=False), True),
        (partial(tpe.suggest, unknown=1), False),
        (partial(tpe.suggest, [1]), False),
        (None, False),
    ],
)
def test_scripts_that_name_tpe_get_the_one_that_keeps_its_posterior(algo: Any, is_ours: bool) -> None:
    assert (type(quickened(algo)) is Tpe) == is_ours


def test_what_somebody_listens_to_is_logged_by_hyperopt() -> None:
    logger = logging.getLogger("hyperopt.tpe")
    level = logger.level
    try:
        logger.setLevel(logging.INFO)
        assert quickened(tpe.suggest) is tpe.suggest
    finally:
        logger.setLevel(level)
