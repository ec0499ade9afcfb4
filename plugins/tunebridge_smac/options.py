"""The options of SMAC's parts: SMAC itself takes values with which it fails later, or none."""

from __future__ import annotations

from tunebridge import Either, Number, OneOf, OptionRule, Whole

DESIGN: dict[str, OptionRule] = {
    "n_configs": Either(Whole(0), OneOf(None)),
    "n_configs_per_hyperparameter": Whole(1),
    "max_ratio": Number(above=0, high=1),
}
"""Of the initial design."""

FOREST: dict[str, OptionRule] = {
    "n_trees": Whole(1),
    "ratio_features": Number(above=0, high=1),
    "min_samples_split": Whole(2),
    "min_samples_leaf": Whole(1),
    "max_depth": Whole(1),
    "bootstrapping": OneOf(True, False),
}
"""Of the forest that stands for the objective."""

ACQUISITION: dict[str, OptionRule] = {"xi": Number(low=0)}
"""Of the expected improvement."""

MAXIMIZER: dict[str, OptionRule] = {"challengers": Whole(1), "local_search_iterations": Whole(1)}
"""Of the search for the best expected improvement."""

RANDOM: dict[str, OptionRule] = {"probability": Number(low=0, high=1)}
"""Of the random points in between."""

SELECTOR: dict[str, OptionRule] = {"retrain_after": Whole(1), "retries": Whole(1)}
"""Of what hands proposals out."""

RULES: dict[str, OptionRule] = {**DESIGN, **FOREST, **ACQUISITION, **MAXIMIZER, **RANDOM, **SELECTOR}
"""What each option must be."""
