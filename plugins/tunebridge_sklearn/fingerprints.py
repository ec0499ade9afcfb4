"""What cross-validated scores depend on, so that a stored search goes on with the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator

from tunebridge import Reading
from tunebridge_sklearn.private import PassthroughScorer
from tunebridge_sklearn.reading import Draw, Maker, makers

if TYPE_CHECKING:
    from tunebridge_sklearn.fold import Setting

PROBABILITIES = tuple(place / 64 for place in range(1, 64))
"""Of the quantiles by which a distribution is known that is not scipy's own."""


def fingerprints(estimator: BaseEstimator, setting: Setting, reading: Reading) -> dict[str, Any]:
    """Return each thing that scores depend on, by the name users know it by.

    Args:
        estimator: With its own params, not fitted.
        setting: Data, splits and scorer.
        reading: What the params of the space mean to the estimator, which the space itself does not say.
    """
    # The scorer that stands for none holds the estimator, which has a name of its own.
    scored_by_itself = isinstance(setting.scorer, PassthroughScorer)
    return {
        "X": setting.X,
        "y": setting.y,
        "cv": [[np.asarray(rows) for rows in split] for split in setting.splits],
        "scoring": "the estimator's own" if scored_by_itself else setting.scorer,
        "estimator": estimator,
        "space": {path: _distribution(make) for path, make in makers(reading).items()},
        "fit params": setting.fit_params,
        "score params": setting.score_params,
        "feedback": setting.procedure.words,
        "error_score": repr(setting.error_score),
        "return_train_score": repr(setting.return_train_score),
    }


def _distribution(make: Maker) -> Any:
    """Return what says which distribution makes an estimator's values."""
    given = make.given
    dist: Any = getattr(given, "dist", given)
    if isinstance(make, Draw) or not isinstance(dist, (stats.rv_continuous, stats.rv_discrete)):
        return given
    name, arguments = dist.name, [getattr(given, "args", ()), getattr(given, "kwds", {})]
    if type(dist) is type(getattr(stats, name or "", None)):
        return [name, *arguments]
    # Not its state, which holds a random state, too.
    return [type(dist), *arguments, [f"{make(q):.9g}" for q in PROBABILITIES]]
