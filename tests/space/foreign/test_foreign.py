"""What is of another library is named, and so is the parameter that means the same: it is one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from hyperopt import hp
from hyperopt.pyll import scope
from scipy import stats
from sklearn.svm import SVC

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV


def like(module: str, name: str, **attributes: Any) -> Any:
    """Return an object with the class, by name, and the public attributes of one of a library's.

    These libraries are no part of the environment; the attributes are those of their own objects.
    """
    made = type(name, (), {"__module__": module})()
    vars(made).update(attributes)
    return made


CONFIG = "ConfigSpace.hyperparameters"
KNOWN: list[tuple[str, Any, tb.AnyParameter]] = [
    ("hyperopt", hp.uniform("x", 0, 1), tb.Float(0, 1)),
    ("hyperopt", hp.uniform("x", high=1, low=-1), tb.Float(-1, 1)),
    ("hyperopt", hp.loguniform("x", 0, 0), tb.Float(1, 1, log=True)),
    ("hyperopt", hp.quniform("x", 0, 3, 0.5), tb.Float(0, 3, step=0.5)),
    ("hyperopt", scope.int(hp.quniform("x", 1, 9, 1)), tb.Int(1, 9)),
    ("hyperopt", hp.uniformint("x", 1, 9), tb.Int(1, 9)),
    ("hyperopt", hp.randint("x", 5), tb.Int(0, 4)),
    ("hyperopt", hp.randint("x", 2, 5), tb.Int(2, 4)),
    ("hyperopt", hp.normal("x", 1, 2), tb.Normal(1, 2)),
    ("hyperopt", hp.lognormal("x", 1, 2), tb.Normal(1, 2, log=True)),
    ("hyperopt", hp.choice("x", ["a", None]), tb.Categorical(["a", None])),
    ("hyperopt", hp.pchoice("x", [(0.25, "a"), (0.75, "b")]), tb.Categorical(["a", "b"], [0.25, 0.75])),
    ("Optuna", optuna.distributions.FloatDistribution(1e-3, 1, log=True), tb.Float(1e-3, 1, log=True)),
    ("Optuna", optuna.distributions.FloatDistribution(0, 1, step=0.25), tb.Float(0, 1, step=0.25)),
    ("Optuna", optuna.distributions.IntDistribution(1, 9, step=2), tb.Int(1, 9, step=2)),
    ("Optuna", optuna.distributions.IntDistribution(1, 9, log=True), tb.Int(1, 9, log=True)),
    ("Optuna", optuna.distributions.CategoricalDistribution(["a", 1]), tb.Categorical(["a", 1])),
    ("scipy", stats.uniform(1, 2), tb.Float(1, 3)),
    ("scipy", stats.uniform(loc=-1, scale=2), tb.Float(-1, 1)),
    ("scipy", stats.loguniform(1e-3, 1), tb.Float(1e-3, 1, log=True)),
    ("scipy", stats.randint(1, 5), tb.Int(1, 4)),
    ("scipy", stats.norm(1, 2), tb.Normal(1, 2)),
    ("scipy", stats.lognorm(0.5), tb.Normal(0, 0.5, log=True)),
    ("ConfigSpace", like(CONFIG, "UniformFloatHyperparameter", lower=0.1, upper=1.0, log=True),
     tb.Float(0.1, 1, log=True)),
    ("ConfigSpace", like(CONFIG, "UniformIntegerHyperparameter", lower=1, upper=9, log=False), tb.Int(1, 9)),
    ("ConfigSpace", like(CONFIG, "CategoricalHyperparameter", choices=("a", "b"), weights=(1.0, 3.0)),
     tb.Categorical(["a", "b"], [1.0, 3.0])),
    ("ConfigSpace", like(CONFIG, "OrdinalHyperparameter", sequence=("a", "b")), tb.Ordinal(["a", "b"])),
    ("scikit-optimize", like("skopt.space.space", "Real", low=0.1, high=1, prior="log-uniform"),
     tb.Float(0.1, 1, log=True)),
    ("scikit-optimize", like("skopt.space.space", "Integer", low=1, high=5, prior="uniform"), tb.Int(1, 5)),
]  # fmt: skip
UNKNOWN: list[tuple[str, Any]] = [
    ("hyperopt", hp.qloguniform("x", 0, 3, 1)),
    ("scipy", stats.beta(1, 2)),
    ("scipy", stats.loguniform(1e-3, 1, loc=2)),
    ("scipy", stats.norm),
    (
        "ConfigSpace",
        like(CONFIG, "NormalFloatHyperparameter", lower=0, upper=1, log=False, mu=0.5, sigma=0.1),
    ),
    ("ConfigSpace", like("ConfigSpace.configuration_space", "ConfigurationSpace")),
    ("Ray Tune", like("ray.tune.search.sample", "Float", lower=0, upper=1)),
    ("nevergrad", like("nevergrad.parametrization.data", "Scalar", value=0.5)),
]


def refused(declare: Callable[[], object]) -> tb.TunebridgeError:
    with pytest.raises(tb.TunebridgeError) as caught:
        declare()
    assert "Constant(<" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("library", "given", "parameter"), KNOWN, ids=[str(one) for *_, one in KNOWN])
def test_the_object_of_a_library_gets_the_parameter_that_means_the_same(
    library: str, given: Any, parameter: tb.AnyParameter
) -> None:
    found, told, text = refused(lambda: tb.Space(x=given)).message.partition(
        f"; that is of {library}: write "
    )
    assert (bool(told), found.startswith("x: must be a parameter")) == (True, True)
    assert eval(text, vars(tb) | {name: getattr(tb, name) for name in tb.__all__}) == parameter


@pytest.mark.parametrize(("library", "given"), UNKNOWN, ids=[str(type(one)) for _, one in UNKNOWN])
def test_an_object_without_an_equal_is_named_with_its_library(library: str, given: Any) -> None:
    message = refused(lambda: tb.Space(x=given)).message
    assert f"; that is of {library}: declare it anew, as Float, Int," in message


def test_a_choice_of_expressions_is_a_choice_with_branches() -> None:
    given: Any = hp.choice("kind", [{"x": hp.uniform("x", 0, 1)}, {"y": 1}])
    assert (
        "Categorical({'label': Space(...), ...}), a branch" in refused(lambda: tb.Space(kind=given)).message
    )


SPACES: list[tuple[Any, str]] = [
    ({"x": hp.uniform("x", 0, 1), "n": stats.randint(1, 4)},
     "write tunebridge.Space({'x': Float(0, 1), 'n': Int(1, 3)})"),
    ({"x": tb.Float(0, 1)}, "write tunebridge.Space({'x': Float(0.0, 1.0)})"),
    ({"x": 3, "y": [1]}, "write tunebridge.Space(name=parameter, ...)"),
    ({"x": hp.uniform("x", 0, 1), "y": [1]},
     "that is of hyperopt: read it, tunebridge.read_space(...).space"),
    (hp.choice("x", [1, 2]), "that is of hyperopt: read it, tunebridge.read_space(...).space"),
    (like("ConfigSpace.configuration_space", "ConfigurationSpace"),
     "that is of ConfigSpace: read it, tunebridge.read_space(...).space"),
    ({"x": like("ray.tune.search.sample", "Float")}, "that is of Ray Tune: read it, tunebridge.read_space("),
    (like("skopt.space.space", "Space"), "that is of scikit-optimize: declare it anew as tunebridge.Space("),
]  # fmt: skip


@pytest.mark.parametrize(("given", "hint"), SPACES, ids=[hint for _, hint in SPACES])
@pytest.mark.parametrize("where", ["problem", "explain"])
def test_the_space_of_a_library_is_named_where_a_space_is_expected(where: str, given: Any, hint: str) -> None:
    ways = {"problem": lambda: tb.Problem(print, given), "explain": lambda: tb.explain(given, "optuna")}
    assert refused(ways[where]).hint.startswith(hint)


BUILTIN: list[tuple[Any, str]] = [
    ([1, 2], "for a choice write Categorical([1, 2]), for a fixed value write Constant([1, 2])"),
    ((0, 1.5), "for a range write Float(0, 1.5), for a fixed value"),
    ((1, 9), "for a range write Int(1, 9), for a fixed value"),
    (range(9, 0, -4), "for a range write Int(1, 9, step=4), for a fixed value"),
    ({"a": 1}, "for a choice between spaces write Categorical({'label': Space(...)}), for a fixed value"),
    (tb.Float, "that is the class: write Float(...)"),
    ("relu", "; for a fixed value write Constant('relu')"),
    (3, "; for a fixed value write Constant(3)"),
]


@pytest.mark.parametrize(("given", "told"), BUILTIN, ids=[told for _, told in BUILTIN])
def test_what_is_builtin_gets_the_parameter_that_it_may_have_meant(given: Any, told: str) -> None:
    assert told in refused(lambda: tb.Space(x=given)).message


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (hp.uniform("C", 0, 1), "that is of hyperopt: write Float(0, 1)"),
        (optuna.distributions.FloatDistribution(0, 1), "that is of Optuna: write Float(0, 1)"),
        (tb.Float(0, 1), "write tunebridge.Space({'C': Float(0.0, 1.0)})"),
    ],
    ids=["hyperopt", "Optuna", "tunebridge"],
)
def test_a_search_names_what_scikit_learn_cannot_read(given: Any, told: str) -> None:
    with pytest.raises(TypeError, match=re.escape(told)):
        TuneSearchCV(SVC(), {"C": given}, n_trials=2).fit([[0.0], [1.0]] * 5, [0, 1] * 5)


def test_to_name_a_library_none_is_imported() -> None:
    script = (
        "import sys, tunebridge as tb\ntry: tb.Space(x=object())\nexcept tb.SpaceError: print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert {"optuna", "hyperopt", "scipy", "numpy"}.isdisjoint(modules.split())
