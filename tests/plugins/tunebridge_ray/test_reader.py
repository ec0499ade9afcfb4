"""What `read_space` makes of Ray Tune's search spaces, against Ray's own draws and rules."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pytest
from ray import tune
from scipy import stats

import tunebridge as tb

N = 2000
"""How many draws are compared."""
ALPHA = 1e-4
"""Below which p-value two samples are two distributions."""

DOMAINS: dict[str, Any] = {
    "uniform": tune.uniform(-1.0, 3.0),
    "uniform, ends turned": tune.uniform(0.3, 0.1),
    "loguniform": tune.loguniform(1e-4, 1e-1),
    "randn": tune.randn(2.0, 3.0),
    "quniform": tune.quniform(0, 1, 0.25),
    "qloguniform": tune.qloguniform(1, 6, 1),
    "qrandn": tune.qrandn(0, 2, 0.5),
    "randint": tune.randint(-2, 5),
    "randint of floats": tune.randint(1.5, 5.2),
    "lograndint": tune.lograndint(1, 9),
    "lograndint, ends turned": tune.lograndint(9, 2),
    "qrandint": tune.qrandint(1, 20, 3),
    "qrandint by 1": tune.qrandint(1, 5),
    "qrandint by no integer": tune.qrandint(0, 10, 2.5),
    "qlograndint": tune.qlograndint(1, 50, 10),
    "choice": tune.choice(["a", "b", "a", "c"]),
    "grid_search": tune.grid_search([1, 2, 4]),
}
CONTINUOUS = {"uniform", "uniform, ends turned", "loguniform", "randn"}


def drawn_by_ray(domain: Any) -> list[Any]:
    """Return Ray's own draws; of a grid each value equally often."""
    if isinstance(domain, dict):
        values: list[Any] = domain["grid_search"]
        return values * (N // len(values))
    return list(domain.sample(size=N, random_state=np.random.RandomState(7)))


def drawn_here(domain: Any) -> list[Any]:
    reading = tb.read_space({"x": domain})
    return [reading.params(reading.space.sample(seed))["x"] for seed in range(N)]


@pytest.mark.parametrize("name", DOMAINS)
def test_params_have_rays_values_and_rays_weights(name: str) -> None:
    theirs, ours = drawn_by_ray(DOMAINS[name]), drawn_here(DOMAINS[name])
    if name in CONTINUOUS:
        assert stats.ks_2samp(theirs, ours).pvalue > ALPHA
        return
    counts = [Counter(theirs), Counter(ours)]
    common = [value for value in counts[0] if counts[0][value] >= 10]
    assert {type(value) for value in ours} <= {int, float, str}
    assert set(common) <= set(counts[1])
    assert all(value in counts[0] or counts[1][value] < 10 for value in counts[1])
    assert stats.chi2_contingency([[count[value] for value in common] for count in counts]).pvalue > ALPHA


def test_each_row_says_how_faithful_it_is() -> None:
    reading = tb.read_space(DOMAINS)
    emulated = {
        "quniform", "qloguniform", "qrandn", "lograndint", "lograndint, ends turned",
        "qrandint by no integer", "qlograndint", "grid_search",
    }  # fmt: skip
    assert {row.path for row in reading.parameters} == set(DOMAINS)
    assert {row.path for row in reading.rows(tb.Fidelity.EMULATED)} == emulated
    assert {row.path for row in reading.rows(tb.Fidelity.EXACT)} == set(DOMAINS) - emulated
    assert all(row.reason for row in reading.rows(tb.Fidelity.EMULATED))
    assert {row.path: row.native for row in reading.parameters}["qrandint"] == "tune.qrandint(1, 20, 3)"


def test_integers_with_a_step_are_integers_here_too() -> None:
    space = tb.read_space({"top": tune.randint(1, 4), "third": tune.qrandint(1, 10, 3)}).space
    assert dict(space) == {"top": tb.Int(1, 3), "third": tb.Int(3, 9, step=3)}


def sized(width: int) -> int:
    return width


NESTED: dict[str, Any] = {
    "seed": 7,
    "optimizer": {"name": tune.choice(["adam", "sgd"]), "lr": tune.loguniform(1e-4, 1e-1), "nesterov": True},
    "layers": [tune.randint(1, 4), (tune.uniform(0, 1), "relu")],
    "build": sized,
    "model": tune.choice(
        [
            {"kind": "cnn", "width": tune.qrandint(8, 64, 8)},
            {"kind": "rnn", "cell": {"x": tune.uniform(0, 1)}},
        ]
    ),
}


def test_names_are_rays_own_and_configs_come_back_nested_with_all_that_is_constant() -> None:
    reading = tb.read_space(NESTED)
    assert set(reading.space) == {"optimizer/name", "optimizer/lr", "layers/0", "layers/1/0", "model"}
    params = {
        "optimizer/name": "sgd", "optimizer/lr": 0.01, "layers/0": 2, "layers/1/0": 0.5, "model": "rnn",
        "model/cell/x": 0.25,
    }  # fmt: skip
    assert reading.params(params) == {
        "seed": 7,
        "optimizer": {"name": "sgd", "lr": 0.01, "nesterov": True},
        "layers": [2, (0.5, "relu")],
        "build": sized,
        "model": {"kind": "rnn", "cell": {"x": 0.25}},
    }
    assert list(reading.params(params)) == list(NESTED)


def test_options_that_hold_domains_are_branches() -> None:
    space = tb.read_space(NESTED).space
    assert {node.path for node in space.nodes} >= {"model.cnn.model/width", "model.rnn.model/cell/x"}
    point = {**space.sample(0), "model": "cnn"}
    point.pop("model/cell/x", None)
    assert space.contains({**point, "model/width": 16})
    assert not space.contains({**point, "model/width": 16, "model/cell/x": 0.5})


def test_an_option_may_be_a_domain_itself() -> None:
    reading = tb.read_space({"x": tune.choice([tune.uniform(0, 1), 5, [tune.randint(1, 3)]])})
    assert reading.params({"x": "0", "x/0": 0.5}) == {"x": 0.5}
    assert reading.params({"x": "1"}) == {"x": 5}
    assert reading.params({"x": "2", "x/0": 2}) == {"x": [2]}


def test_options_come_back_as_the_very_objects() -> None:
    options = [[64, 64], {"a": 1}, sized, None, np.int64(3)]
    reading = tb.read_space({"x": tune.choice(options)})
    labels = reading.space["x"].labels
    assert all(
        reading.params({"x": label})["x"] is option for label, option in zip(labels, options, strict=True)
    )
    assert not any("0x" in label for label in labels)


def test_an_option_that_stands_twice_is_twice_as_likely() -> None:
    assert tb.read_space({"x": tune.choice([1, True, 1.0, 1])}).space["x"] == tb.Categorical(
        [1, True, 1.0], weights=[2, 1, 1]
    )


def test_what_is_computed_of_the_others_is_computed() -> None:
    reading = tb.read_space(
        {
            "a": tune.uniform(0, 1),
            "b": tune.sample_from(lambda config: config["a"] * 2),
            "c": {"d": tune.sample_from(lambda config: config["b"] + 1)},
            "e": (tune.sample_from(lambda: "fixed"), 1),
        }
    )
    assert list(reading.space) == ["a"]
    assert reading.params({"a": 0.25}) == {"a": 0.25, "b": 0.5, "c": {"d": 1.5}, "e": ("fixed", 1)}
    assert {row.path for row in reading.rows(tb.Fidelity.EMULATED)} == {"b", "c/d", "e/0"}


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        (tune.sample_from(lambda _: 2 ** random.randint(2, 9)), "draws for itself"),
        (tune.sample_from(lambda config: config["later"] * 2), "KeyError: 'later'"),
        ({"eval": "spec.config.lr * 2"}, "text is not run"),
        (tune.randint(5, 5), "has no value"),
        (tune.qrandint(4, 5, 3), "has no value"),
        (tune.choice([]), "has no options"),
    ],
)
def test_what_nobody_can_draw_is_refused_by_name(domain: Any, reason: str) -> None:
    with pytest.raises(tb.TranslationError, match=rf"(?s)wrong/x.*{reason}"):
        tb.read_space({"lr": tune.uniform(0, 1), "wrong": {"x": domain}})


def test_reading_draws_from_no_global_generator() -> None:
    def moved() -> tuple[Any, float]:
        return random.getstate(), float(np.random.random())  # noqa: NPY002

    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    before = moved()
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    with pytest.raises(tb.TranslationError):
        tb.read_space({"x": tune.sample_from(lambda: random.random() + np.random.random())})  # noqa: NPY002
    assert moved() == before


def test_a_domain_alone_is_no_search_space() -> None:
    with pytest.raises(tb.SpaceError, match="is a dict of domains by name"):
        tb.read_space(tune.uniform(0, 1))


def test_two_keys_that_make_one_name_are_told() -> None:
    with pytest.raises(tb.SpaceError, match="a/b: two keys"):
        tb.read_space({"a/b": tune.uniform(0, 1), "a": {"b": tune.uniform(0, 1)}})


def test_a_dict_of_grids_alone_is_rays() -> None:
    reading = tb.read_space({"a": {"b": tune.grid_search([1, 2])}, "c": 3})
    assert reading.params({"a/b": 2}) == {"a": {"b": 2}, "c": 3}


def test_a_list_beside_a_grid_is_a_constant() -> None:
    space = {"depth": 9, "metrics": ["logloss", "error"], "subsample": tune.grid_search([0.8, 0.9])}
    reading = tb.read_space(space)
    assert list(reading.space) == ["subsample"]
    assert reading.params({"subsample": 0.9}) == {**space, "subsample": 0.9}


def test_the_way_back_travels_to_other_processes() -> None:
    reading = tb.read_space({**NESTED, "twice": tune.sample_from(lambda config: config["seed"] * 2)})
    back: Callable[[Any], Any] = cloudpickle.loads(cloudpickle.dumps(reading.back))
    params = reading.space.sample(1)
    assert back(params) == reading.params(params)
    assert back(params)["twice"] == 14


def test_a_study_runs_on_rays_own_config() -> None:
    reading = tb.read_space(NESTED)

    def objective(params: Any) -> float:
        config = reading.params(params)
        return float(config["optimizer"]["lr"]) + math.log(config["layers"][0])

    result = tb.tune(tb.Problem(objective, reading.space), backend="sklearn:random", n_trials=5, seed=0)
    assert [reading.params(record)["seed"] for record in result.trials] == [7] * 5


def test_a_parameter_of_tunebridges_among_domains_is_no_constant() -> None:
    with pytest.raises(tb.TranslationError, match=r"rate: .*is of tunebridge: declare all of it"):
        tb.read_space({"lr": tune.uniform(0, 1), "rate": tb.Float(0, 1)})


def test_what_draws_for_itself_is_noticed_whatever_the_state_of_the_generators() -> None:
    state = random.getstate()
    for seed in range(20):
        random.seed(seed)
        before = random.getstate()
        with pytest.raises(tb.TranslationError, match="draws for itself"):
            tb.read_space({"x": tune.sample_from(lambda _: random.randint(0, 1)), "y": tune.uniform(0, 1)})
        assert random.getstate() == before
    random.setstate(state)
