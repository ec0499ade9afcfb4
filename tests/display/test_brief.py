"""Errors show what others wrote in one line, whatever its class is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures

import tunebridge as tb
from tunebridge.display.brief import LENGTH, brief
from tunebridge_sklearn import TuneSearchCV, cross_validation

PIPELINE = Pipeline(
    [
        ("powers", PolynomialFeatures(degree=3, interaction_only=True, include_bias=False)),
        ("parts", PCA(n_components=3, whiten=True, svd_solver="randomized")),
        ("model", SGDClassifier(alpha=0.01, loss="modified_huber", penalty="elasticnet", max_iter=50)),
    ]
)
FOREST = Pipeline([*PIPELINE.steps[:-1], ("forest", RandomForestClassifier(n_estimators=7))])
ROWS, CLASSES = np.arange(40.0).reshape(20, 2), np.tile([0, 1], 10)
LARGE: dict[str, Any] = {
    "pipeline": PIPELINE,
    "array": np.arange(400.0).reshape(20, 20),
    "frame": pd.DataFrame(np.arange(400.0).reshape(20, 20)),
    "list": list(range(10_000)),
    "partial": partial(print, PIPELINE, file=PIPELINE),
    "params": {"model": PIPELINE, "rows": ROWS},
}
SPACE = tb.Space(x=tb.Float(0, 1))
MISTAKES: dict[str, Callable[[Any], object]] = {
    "a parameter": lambda value: tb.Space(x=value),
    "a bound": lambda value: tb.Space(x=tb.Float(value, 1)),
    "a space": lambda value: tb.Problem(print, value),
    "an objective": lambda value: tb.Problem({"not": value}, SPACE),  # type: ignore[arg-type]
    "a problem": lambda value: tb.tune(value, n_trials=1),
    "a point": lambda value: tb.tune(tb.Problem(len, SPACE), n_trials=1, initial=[{"x": value}]),
    "no choice": lambda value: tb.tune(
        tb.Problem(len, tb.Space(x=tb.Categorical([PIPELINE, "none"]))), n_trials=1, initial=[{"x": [value]}]
    ),
    "a broken rule": lambda value: tb.Space(
        x=tb.Constant(value), constraints=[tb.Constraint(lambda params: params["z"], "of no param")]
    ).sample(0),
    "a number of trials": lambda value: tb.tune(tb.Problem(len, SPACE), n_trials=value),
    "a backend": lambda value: tb.tune(tb.Problem(len, SPACE), backend=value, n_trials=1),
    "an observer": lambda value: tb.tune(tb.Problem(len, SPACE), observers=[value], n_trials=1),
}


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_error_shows_a_large_value_in_one_line(mistake: str, large: str) -> None:
    with pytest.raises(tb.TunebridgeError) as caught:
        MISTAKES[mistake](LARGE[large])
    assert "\n" not in caught.value.message.replace("\n  - ", "")
    assert len(caught.value.message) < 3 * LENGTH + 200


@pytest.mark.parametrize("large", LARGE)
def test_what_an_objective_returns_is_recorded_in_one_line(large: str) -> None:
    problem = tb.Problem(lambda trial: LARGE[large], SPACE)
    (record,) = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0).trials
    assert [line[:8] for line in str(record.error).splitlines()[1:]] == ["  hint: "]


SEARCHES: dict[str, tuple[Callable[[], object], str]] = {
    "no such step": (lambda: TuneSearchCV(PIPELINE, {"modl__alpha": [1, 2]}), "Invalid parameter 'modl'"),
    "no such feedback": (
        lambda: TuneSearchCV(FOREST, {"forest__max_depth": [1, 2]}, feedback="epochs"),
        "RandomForestClassifier has not",
    ),
    "no such step of a problem": (
        lambda: cross_validation(PIPELINE, ROWS, CLASSES, space={"modl__alpha": [1, 2]}),
        "Invalid parameter 'modl'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", SEARCHES)
def test_a_search_names_the_class_of_its_pipeline_in_one_line(mistake: str) -> None:
    search, words = SEARCHES[mistake]
    with pytest.raises(ValueError, match=words) as caught:
        search().fit(ROWS, CLASSES)  # type: ignore[attr-defined]
    assert "\n" not in str(caught.value)


def test_a_short_value_is_shown_as_it_is() -> None:
    assert [brief(value) for value in (1.5, "a\nb", [1, 2], None)] == ["1.5", r"'a\nb'", "[1, 2]", "None"]
    assert len(brief(PIPELINE)) <= LENGTH + 3
    assert brief(PIPELINE).startswith("Pipeline(steps=[('powers', PolynomialFeatures(")
