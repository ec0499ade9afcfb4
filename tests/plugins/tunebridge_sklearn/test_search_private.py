"""What the searches use of scikit-learn's private parts is there, as it was tried, and is all in one list."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sklearn
from sklearn.callback import CallbackContext
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV

from tunebridge_sklearn import private
from tunebridge_sklearn.private import BIN, CONTEXT, HISTOGRAM, INHERITED, SUM, TRIED, BaseSearchCV
from tunebridge_sklearn.search import COMMON, Search
from tunebridge_sklearn.search_cv import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV
from tunebridge_sklearn.successive import OPTIONS
from tunebridge_sklearn.told import ToldSearch

OUT_OF_DATE = (
    f"tried with scikit-learn {TRIED}, this is {sklearn.__version__}: read what has changed, and try anew"
)

NAMES = {
    "sklearn.base._fit_context": "(*, prefer_skip_nested_validation)",
    "sklearn.metrics._scorer._MultimetricScorer": "(*, scorers, raise_exc=True)",
    "sklearn.metrics._scorer._PassthroughScorer": "(estimator)",
    "sklearn.model_selection._search.BaseSearchCV": (
        "(estimator, *, scoring=None, n_jobs=None, refit=True, cv=None, verbose=0, pre_dispatch='2*n_jobs', "
        "error_score=nan, return_train_score=True)"
    ),
    "sklearn.model_selection._validation._insert_error_scores": "(results, error_score)",
    "sklearn.model_selection._validation._score": (
        "(estimator, X_test, y_test, scorer, score_params, error_score='raise')"
    ),
    "sklearn.model_selection._validation._warn_or_raise_about_fit_failures": "(results, error_score)",
    "sklearn.utils._param_validation.Interval": "(type, left, right, *, closed)",
    "sklearn.utils._param_validation.StrOptions": "(options, *, deprecated=None)",
    "sklearn.utils.metaestimators._safe_split": "(estimator, X, y, indices, train_indices=None)",
    "sklearn.utils.validation._check_method_params": "(X, params, indices=None)",
}
"""Where each private name is, and the signature with which it was tried."""

METHODS = {
    "_bin_data": "(self, X, sample_weight, is_training_data)",
    "_raw_predict": "(self, X, n_threads=None)",
    "_check_refit_for_multimetric": "(self, scores)",
    "_format_results": "(self, candidate_params, n_splits, out, more_results=None)",
    "_get_routed_params_for_fit": "(self, params)",
    "_get_scorers": "(self)",
    "_init_callback_context": (
        "(self, task_name='fit', task_id=0, max_subtasks=0, sequential_subtasks=True)"
    ),
    "_run_search": "(self, evaluate_candidates, *, callback_ctx=None)",
    "_select_best_index": "(refit, refit_metric, results)",
    "_validate_params": "(self)",
    "call_on_fit_task_begin": (
        "(self, *, estimator, X=None, y=None, metadata=None, reconstruction_attributes=None)"
    ),
    "call_on_fit_task_end": (
        "(self, *, estimator, X=None, y=None, metadata=None, reconstruction_attributes=None)"
    ),
    "propagate_callback_context": "(self, sub_estimator)",
    "subcontext": "(self, task_name='', task_id=None, max_subtasks=0, sequential_subtasks=True)",
}
"""The signatures of what is inherited, and of what the callback context has."""

FOLDER = Path(inspect.getfile(private)).parent
SOURCES = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py"))}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}
SEARCHES = (ToldSearch, Search, TuneSearchCV, TuneRandomizedSearchCV, TuneGridSearchCV)


def is_private(name: str) -> bool:
    return re.match("_[a-z]", name) is not None


def imports_of_scikit_learn(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of each thing that a module imports from scikit-learn."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "sklearn")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sklearn":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_imports(name: str) -> set[str]:
    found = imports_of_scikit_learn(TREES[name])
    return {full for full in found if any(map(is_private, full.split(".")))}


def private_attributes(name: str) -> set[str]:
    """Return the private attributes that a module reads or sets, be it by a string."""
    found = set()
    for node in ast.walk(TREES[name]):
        match node:
            case ast.Attribute(attr=attribute):
                found.add(attribute)
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr" | "setattr"), args=[_, ast.Constant(str(word)), *_]
            ):
                found.add(word)
            case _:
                pass
    return {one for one in found if is_private(one)}


def own_names(name: str) -> set[str]:
    """Return the private methods and fields that a module defines."""
    found = set()
    for node in ast.walk(TREES[name]):
        match node:
            case ast.FunctionDef(name=defined) | ast.AnnAssign(target=ast.Name(id=defined)):
                found.add(defined)
            case ast.Attribute(attr=defined, ctx=ast.Store()):
                found.add(defined)
            case _:
                pass
    return {one for one in found if is_private(one)}


def test_the_installed_version_is_the_one_that_was_tried() -> None:
    assert sklearn.__version__.rpartition(".")[0] == TRIED, OUT_OF_DATE


@pytest.mark.parametrize("full", NAMES)
def test_a_private_name_has_the_signature_it_was_tried_with(full: str) -> None:
    module, _, name = full.rpartition(".")
    found = getattr(__import__(module, fromlist=[name]), name)
    assert str(inspect.signature(found)) == NAMES[full], OUT_OF_DATE


def test_private_names_are_imported_in_one_place_and_all_are_known() -> None:
    assert private_imports("private.py") == NAMES.keys()
    assert {
        name: found for name in SOURCES if name != "private.py" and (found := private_imports(name))
    } == {}


@pytest.mark.parametrize("name", INHERITED)
def test_what_is_inherited_is_as_it_was_tried(name: str) -> None:
    found = getattr(BaseSearchCV, name)
    if name == "_parameter_constraints":
        assert found.keys() == inspect.signature(BaseSearchCV).parameters.keys(), OUT_OF_DATE
    else:
        assert str(inspect.signature(found)) == METHODS[name], OUT_OF_DATE


@pytest.mark.parametrize("name", CONTEXT)
def test_the_callback_context_is_as_it_was_tried(name: str) -> None:
    assert str(inspect.signature(getattr(CallbackContext, name))) == METHODS[name], OUT_OF_DATE


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
def test_histogram_boosting_bins_and_sums_as_it_was_tried(kind: Any) -> None:
    for name in (BIN, SUM):
        assert str(inspect.signature(getattr(kind, name))) == METHODS[name], OUT_OF_DATE
    fitted = kind(max_iter=1).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    assert [name for name in HISTOGRAM if not hasattr(fitted, name)] == [], OUT_OF_DATE


def test_what_hides_in_objects_is_there() -> None:
    class Silent:
        def setup(self, estimator: object, context: object) -> None: ...
        def teardown(self, estimator: object, context: object) -> None: ...
        def on_fit_task_begin(self, estimator: object, context: object) -> None: ...
        def on_fit_task_end(self, estimator: object, context: object) -> None: ...

    callback = Silent()
    search = TuneGridSearchCV(Ridge(), {}).set_callbacks(callback)
    assert private.callbacks_of(search) == [callback], OUT_OF_DATE
    scorers = {name: get_scorer(name) for name in ("r2", "neg_max_error")}
    together = private.MultimetricScorer(scorers=scorers)
    assert private.scorers_by_name(together) == scorers, OUT_OF_DATE
    assert private.metrics(together) == ("r2", "neg_max_error"), OUT_OF_DATE
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge must be"):
        private.check_params(Ridge(alpha=-1.0))


def test_successive_halving_has_the_parameters_that_it_is_given() -> None:
    for search, last in ((HalvingGridSearchCV, "param_grid"), (HalvingRandomSearchCV, "n_candidates")):
        given = {*OPTIONS, *COMMON, "random_state", "estimator", last}
        assert given <= inspect.signature(search).parameters.keys(), OUT_OF_DATE


def test_nothing_else_is_inherited_or_overridden() -> None:
    theirs = {name for name in dir(BaseSearchCV) if is_private(name)}
    defined = {name for search in SEARCHES for name in vars(search)} - {"_abc_impl"}
    used = {name for source in SOURCES for name in private_attributes(source)}
    assert (defined | used) & theirs == set(INHERITED)


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"private.py"}))
def test_a_private_attribute_is_our_own_or_in_the_list(name: str) -> None:
    own = {one for source in SOURCES for one in own_names(source)}
    assert private_attributes(name) - own - set(INHERITED) == set()
    assert "SLF001" not in SOURCES[name]


def test_the_list_of_the_context_is_what_is_called() -> None:
    public = {name for name in vars(CallbackContext) if not name.startswith("_")}
    called = {
        node.attr for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    assert called & public == set(CONTEXT)
