"""Names of params, and what is said of them, that are known before a library is loaded."""

from __future__ import annotations

OTHER_ROUNDS = (
    "num_iterations",
    "num_iteration",
    "n_iter",
    "num_tree",
    "num_trees",
    "num_round",
    "num_rounds",
    "nrounds",
    "num_boost_round",
    "max_iter",
)
"""Other names of LightGBM's `n_estimators`, which win over it."""

ROUNDS_OF_CATBOOST = ("iterations", "n_estimators", "num_boost_round", "num_trees")
"""The names of CatBoost's number of rounds; a model has one of them at most."""

FROZEN = "CatBoost reads it when the training begins"
"""Why no param of CatBoost can change between rounds."""
