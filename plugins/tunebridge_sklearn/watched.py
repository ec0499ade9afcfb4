"""What is watched of scikit-learn while a script runs: `fit` of its searches."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge import Argument, Called, CapturedSearch, CaptureSpec, EntryPoint

HALVING = "sklearn.experimental.enable_halving_search_cv"
"""Where the searches by halving are, without which they cannot be imported."""


def _search(name: str, *times: Argument, module: str = "sklearn.model_selection") -> EntryPoint:
    return EntryPoint(module=module, name=f"{name}.fit", made_by=name, times=times)


SEARCHES = (
    _search(
        "RandomizedSearchCV",
        Argument(name="n_iter", position=2, default=10),
        Argument(name="cv", position=6, default=5),
    ),
    _search(
        "GridSearchCV",
        Argument(name="param_grid", position=1),
        Argument(name="cv", position=5, default=5),
    ),
    _search("HalvingRandomSearchCV", module=HALVING),
    _search("HalvingGridSearchCV", module=HALVING),
)


def capture_spec() -> CaptureSpec:
    """Return scikit-learn's searches in scripts."""
    return CaptureSpec(
        name="sklearn",
        summary="searches that are fitted",
        requires=("scikit-learn",),
        extra="sklearn",
        libraries=("sklearn", "tunebridge_sklearn"),
        entries=SEARCHES,
        read=_read,
    )


def _read(search: Called, noted: Sequence[Called]) -> CapturedSearch:
    from tunebridge_sklearn.capture import read

    return read(search)
