"""A search of scikit-learn's as a script fitted it: a problem of cross-validation."""

from __future__ import annotations

from typing import Any

from tunebridge import Call, Called, CapturedSearch

CROSSES = ("cv", "scoring", "error_score", "return_train_score")
"""Arguments of a search that the problem has, too."""

NOTED = {
    "pre_dispatch": "pre_dispatch has no counterpart",
    "verbose": "the progress is shown in a terminal as it is",
}
"""What is said of arguments that do not cross."""


def read(search: Called) -> CapturedSearch:
    """Return a search as its `fit` was called."""
    made = search.arguments["self"]
    kind, given = type(made).__name__, made.get_params(deep=False)
    defaults = type(made)(made.estimator, {}).get_params(deep=False)
    changed = {name: value for name, value in given.items() if value is not defaults[name]}
    grid = "param_grid" in given
    settings: dict[str, Any] = {"backend": "sklearn:grid" if grid else "sklearn:random"}
    remarks = [text for name, text in NOTED.items() if name in changed]
    if "Halving" in kind:
        remarks.append(
            f"{kind} gives each round more samples: TuneSearchCV(backend='sklearn:halving-random')"
        )
    elif not grid:
        settings["n_trials"] = given["n_iter"]
    if isinstance(given.get("random_state"), int):
        settings["seed"] = given["random_state"]
    if changed.get("n_jobs"):
        settings["n_jobs"] = given["n_jobs"]
    if isinstance(given["refit"], str) or callable(given["refit"]):
        remarks.append("refit= chooses among scores: name the score that counts by scoring=")
    remarks.append("no model is fitted in the end: TuneSearchCV of tunebridge_sklearn has fit and predict")
    problem = Call(
        "tunebridge_sklearn.cross_validation",
        (made.estimator, search.arguments["X"], search.arguments.get("y"), "space"),
        {name: given[name] for name in CROSSES if name in changed},
    )
    return CapturedSearch(
        objective=made.estimator,
        space=given["param_grid"] if grid else given["param_distributions"],
        directions=("maximize",),
        settings=settings,
        problem=problem,
        remarks=tuple(remarks),
    )
