"""Makes SMAC's facade, as `HyperparameterOptimizationFacade` is made by hand, and leaves no files."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from smac import HyperparameterOptimizationFacade as Facade
from smac import Scenario
from smac.initial_design import AbstractInitialDesign
from smac.model.random_forest.random_forest import RandomForest

from tunebridge import OpenRequest
from tunebridge_smac.options import ACQUISITION, DESIGN, FOREST, MAXIMIZER, RANDOM, SELECTOR

PARTS: dict[Callable[..., Any], Mapping[str, Any]] = {
    Facade.get_initial_design: DESIGN,
    Facade.get_model: FOREST,
    Facade.get_acquisition_function: ACQUISITION,
    Facade.get_acquisition_maximizer: MAXIMIZER,
    Facade.get_random_design: RANDOM,
    Facade.get_config_selector: SELECTOR,
}
"""What makes each part of a facade, and its options."""


MOST_LEAVES = 2**13
"""Up to how many trials a tree can tell apart. SMAC's own trees have room for 2**20, and take it at once:
130 MB for each tree, which costs more time than all the rest of a proposal."""


def facade(request: OpenRequest, n_known: int) -> Facade:
    """Return a facade.

    Args:
        request: What the study needs.
        n_known: Trials that are known before its first proposal: the initial design has as many fewer.
    """
    space, given = request.translation.build(), request.options
    # A facade writes as it is made, and as it is told with `save=True`.
    with TemporaryDirectory(prefix="tunebridge-smac-") as folder:
        scenario = Scenario(
            space,
            name="tunebridge",
            output_directory=Path(folder),
            deterministic=True,
            n_trials=request.n_trials or 1,
            seed=request.seed,
        )
        return Facade(
            scenario,
            model=_forest(scenario, **_given(given, FOREST)),
            acquisition_function=Facade.get_acquisition_function(scenario, **_given(given, ACQUISITION)),
            acquisition_maximizer=Facade.get_acquisition_maximizer(scenario, **_given(given, MAXIMIZER)),
            initial_design=_design(scenario, n_known, **_given(given, DESIGN)),
            random_design=Facade.get_random_design(scenario, **_given(given, RANDOM)),
            config_selector=Facade.get_config_selector(scenario, **_given(given, SELECTOR)),
            logging_level=False,
            overwrite=True,
        )


def effective(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings, SMAC's defaults included."""
    known = {name: one for make in PARTS for name, one in inspect.signature(make).parameters.items()}
    return {name: known[name].default for names in PARTS.values() for name in names} | dict(options)


def _given(options: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in names if name in options}


def _design(scenario: Scenario, n_known: int, **options: Any) -> AbstractInitialDesign:
    whole = Facade.get_initial_design(scenario, **options)
    if n_known == 0:
        return whole
    left = max(whole.meta["n_configs"] - n_known, 0)
    return Facade.get_initial_design(scenario, **{**options, "n_configs": left})


def _forest(scenario: Scenario, **options: Any) -> RandomForest:
    """Return the facade's own forest; that one starts threads, too, which cost more than they save."""
    own = inspect.signature(Facade.get_model).parameters
    settings = {name: options.get(name, own[name].default) for name in FOREST}
    return RandomForest(
        scenario.configspace,
        log_y=True,
        seed=scenario.seed,
        n_jobs=1,
        max_leaf_nodes=MOST_LEAVES,
        **settings,
    )
