"""scikit-learn's own tests of its search classes, from the installed package, with ours in their place.

Each module of tests is loaded anew while `sklearn.model_selection` has our classes under the names of its
own. They run twice: once as users get them, and once with every search on the path of those that learn.
"""

import importlib.util
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import sklearn.model_selection
from sklearn.tests import metadata_routing_common

from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV
from tunebridge_sklearn.search import Search

pytestmark = pytest.mark.slow

Test = Callable[..., None]

GENERATOR = "sklearn.utils._test_common.instance_generator"
"""Makes one estimator of each class for scikit-learn's tests."""

SUBSTITUTES = {"GridSearchCV": TuneGridSearchCV, "RandomizedSearchCV": TuneRandomizedSearchCV}

LISTED_EXCEPTIONS: dict[str, str] = {}
"""Why a test cannot apply to our classes, by its name."""

TOLD_EXCEPTIONS = {
    "test_custom_run_search": "a search that asks a study has `why_`, which scikit-learn's has not",
    "test_search_cv_verbose_3": "a candidate that is judged has a line of its own, not its folds",
}
"""Why a test cannot apply to searches that ask for one candidate after the other, by its name."""

OTHERS = {
    "test__custom_fit_no_run_search",
    "test_param_sampler",
    "test_parameter_grid",
    "test_validate_parameter_input",
    "test_yield_masked_array_for_each_param",
    "test_yield_masked_array_no_runtime_warning",
}
"""The tests beside them: of `ParameterGrid`, `ParameterSampler` and a base class of the searches."""

MAX_SHARE_OF_EXCEPTIONS = 0.1

EXPECTED_WARNINGS = (
    "ignore:Liblinear failed to converge",
    "ignore:Maximum number of iteration reached:sklearn.exceptions.ConvergenceWarning",
    "ignore:One or more of the test scores are non-finite:UserWarning",
    "ignore:R\\^2 score is not well-defined",
    "ignore:Scoring failed:UserWarning",
    "ignore:The estimator .* does not support callbacks:UserWarning",
    "ignore:The least populated class in y has only 2 members:UserWarning",
    "ignore:The total space of parameters:UserWarning",
    "ignore:divide by zero encountered in log:RuntimeWarning",
)
"""What the tests let pass: scikit-learn's classes warn in the same way."""


def load(name: str) -> ModuleType:
    """Return a module of scikit-learn's tests anew, with our classes under the names of its own."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    fresh = f"{name}_with_our_classes"
    spec = importlib.util.spec_from_file_location(fresh, found.origin)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[fresh] = importlib.util.module_from_spec(spec)
    importlib.import_module(GENERATOR)
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, GENERATOR)  # it knows the classes that it was imported with
        for theirs, ours in SUBSTITUTES.items():
            patch.setattr(sklearn.model_selection, theirs, ours)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Can't instantiate estimator")  # they make one of each
            spec.loader.exec_module(module)
    return module


def using(module: ModuleType, names: set[str]) -> dict[str, Test]:
    """Return the tests of a module that use one of some names, be it through a function of the module."""
    functions = {
        name: inspect.getsource(value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }
    helpers = {name for name, source in functions.items() if _mentions(source, names) and name[:4] != "test"}
    tests = [name for name in functions if name.startswith("test")]
    return {name: _plain(vars(module)[name]) for name in tests if _mentions(functions[name], names | helpers)}


def _mentions(source: str, names: set[str]) -> bool:
    return re.search(rf"\b(?:{'|'.join(sorted(names))})\b", source) is not None


def _plain(test: Any) -> Test:
    """Return a test whose cases are listed: pytest warns of those that are generated."""
    for place, mark in enumerate(marks := getattr(test, "pytestmark", [])):
        if mark.name == "parametrize" and not hasattr(mark.args[1], "__len__"):
            marks[place] = pytest.mark.parametrize(mark.args[0], list(mark.args[1]), **mark.kwargs).mark
    return test  # type: ignore[no-any-return]


def collected(tests: Mapping[str, Test]) -> Callable[[type], type]:
    """Return a decorator that adds tests to a class, under a filter of the warnings they let pass."""

    def add(group: type) -> type:
        for name, test in tests.items():
            setattr(group, name, staticmethod(test))
        for warning in EXPECTED_WARNINGS:
            group = pytest.mark.filterwarnings(warning)(group)
        return group

    return add


def except_for(request: pytest.FixtureRequest, exceptions: Mapping[str, str]) -> None:
    """Expect a test to fail, strictly, if it is an exception."""
    if (reason := exceptions.get(request.function.__name__)) is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


def routing() -> dict[str, Test]:
    """Return the tests of metadata routing, of our classes alone."""
    module = load("sklearn.tests.test_metaestimators_metadata_routing")
    cases = [case for case in module.METAESTIMATORS if case["metaestimator"] in SUBSTITUTES.values()]
    backends = ("optuna:tpe", "sklearn:halving-grid")
    space = {"space": {"alpha": [0.1, 0.2]}, "n_trials": 2}
    cases += [
        {**cases[0], "metaestimator": TuneSearchCV, "init_args": {**space, "backend": backend}}
        for backend in backends
    ]
    module.METAESTIMATORS[:] = cases
    module.METAESTIMATOR_IDS[:] = [*(case["metaestimator"].__name__ for case in cases[:2]), *backends]
    return using(module, {"METAESTIMATORS"})


def callers() -> list[SimpleNamespace]:
    """Return the names of the functions that run, as `inspect.stack` does, which reads all their sources."""
    frame, found = inspect.currentframe(), []
    while frame is not None and (frame := frame.f_back) is not None:
        found.append(SimpleNamespace(function=frame.f_code.co_name))
    return found


def delegation() -> dict[str, Test]:
    """Return the tests that methods are delegated, of our classes alone."""
    module = load("sklearn.tests.test_metaestimators")
    cases = [case for case in module.DELEGATING_METAESTIMATORS if case.name in SUBSTITUTES]
    module.DELEGATING_METAESTIMATORS[:] = cases
    assert len(cases) == len(SUBSTITUTES)
    return using(module, {"DELEGATING_METAESTIMATORS"})


SEARCHES = using(load("sklearn.model_selection.tests.test_search"), set(SUBSTITUTES))


@collected(SEARCHES)
class TestListed:
    """The classes as they come: all candidates in one call of scikit-learn's."""

    @pytest.fixture(autouse=True)
    def _but_for_exceptions(self, request: pytest.FixtureRequest) -> None:
        except_for(request, LISTED_EXCEPTIONS)


@collected(SEARCHES)
class TestTold:
    """The classes asking a study for one candidate after the other, as they do for a backend that learns."""

    @pytest.fixture(autouse=True)
    def _told(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        except_for(request, TOLD_EXCEPTIONS)
        monkeypatch.setattr(Search, "_is_told", lambda search, plan: True)


@pytest.mark.parametrize("exceptions", [LISTED_EXCEPTIONS, TOLD_EXCEPTIONS], ids=["listed", "told"])
def test_exceptions_are_few_and_exist(exceptions: dict[str, str]) -> None:
    assert exceptions.keys() <= SEARCHES.keys()
    assert len(exceptions) < MAX_SHARE_OF_EXCEPTIONS * len(SEARCHES)


def test_no_test_of_searches_is_left_out_and_our_classes_are_in_them() -> None:
    module = inspect.getmodule(SEARCHES["test_pickle"])
    assert {name: vars(module)[name] for name in SUBSTITUTES} == SUBSTITUTES
    assert {name for name in vars(module) if name.startswith("test_")} - SEARCHES.keys() == OTHERS


@collected(routing())
class TestRouting:
    """Metadata reaches estimator, scorer and splitter, whichever path a search takes."""

    @pytest.fixture(params=["listed", "told"], autouse=True)
    def _path(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metadata_routing_common, "inspect", SimpleNamespace(stack=callers))
        if request.param == "told":
            monkeypatch.setattr(Search, "_is_told", lambda search, plan: True)


@collected(delegation())
class TestDelegation:
    """Methods are there if the best estimator has them."""
