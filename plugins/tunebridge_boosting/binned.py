"""Training rows that CatBoost has binned once, where each part of a training would bin them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import catboost

from tunebridge import GrowthRequest

BINNING = (
    "border_count",
    "feature_border_type",
    "ignored_features",
    "input_borders",
    "max_bin",
    "nan_mode",
    "per_float_feature_quantization",
    "random_seed",
    "sparse_features_conflict_fraction",
    "used_ram_limit",
)
"""Params that say how columns of numbers are binned."""

OTHER_COLUMNS = ("cat_features", "embedding_features", "eval_fraction", "text_features")
"""Params with which columns are no numbers, or rows are split off."""

OF_ROWS = {"baseline": "baseline", "sample_weight": "weight"}
"""Params of `fit` that a pool takes, and what it calls them."""

OF_OTHERS = (
    "cat_features",
    "column_description",
    "embedding_features",
    "graph",
    "group_id",
    "group_weight",
    "init_model",
    "pairs",
    "pairs_weight",
    "subgroup_id",
    "text_features",
)
"""Params of `fit` with which nothing is binned before."""


def binned(request: GrowthRequest, params: Mapping[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    """Return a pool of the training rows, and the params of `fit` left; None if each fit is to bin them.

    Args:
        request: What a model grows from.
        params: Of `fit`.
    """
    known = request.model.get_params()
    if any(params.get(name) is not None for name in OF_OTHERS) or isinstance(request.X, catboost.Pool | str):
        return None
    if any(known.get(name) is not None for name in OTHER_COLUMNS) or known.get("task_type") == "GPU":
        return None
    given = {name: known[name] for name in BINNING if name in known}
    given.setdefault("random_seed", known.get("random_state"))
    rows = {pool: params[name] for name, pool in OF_ROWS.items() if params.get(name) is not None}
    try:
        pool = catboost.Pool(request.X, request.y, **rows)
        pool.quantize(**given)
    except (catboost.CatBoostError, TypeError, ValueError):
        return None  # The fit says it of the rows that were given.
    return pool, {name: value for name, value in params.items() if name not in OF_ROWS}
