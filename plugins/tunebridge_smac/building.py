"""Makes the ConfigurationSpace of a space."""

from __future__ import annotations

from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
)

from tunebridge import Space
from tunebridge_smac.conditions import Conditions
from tunebridge_smac.natives import hyperparameter

KINDS = (CategoricalHyperparameter, OrdinalHyperparameter, UniformFloatHyperparameter)
FUNCTIONS = {kind.__name__: kind for kind in KINDS}


def configuration_space(space: Space) -> ConfigurationSpace:
    """Make it anew: each facade seeds its own."""
    free = [node for node in space.nodes if not node.fixed]
    made = {node.path: hyperparameter(node.path, node.parameter).build(FUNCTIONS) for node in free}
    conditions = Conditions(space, made)
    native = ConfigurationSpace()
    native.add(*made.values())
    native.add(*(one for node in free if (one := conditions.of(node)) is not None))
    return native
