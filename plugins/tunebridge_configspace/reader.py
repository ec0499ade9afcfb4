"""A space of ConfigSpace's as a space.

Names are ConfigSpace's own, and params are flat. `params` gives a `Configuration` of the very space that was
read, with the options as they were given: ConfigSpace's own draws make floats of integers beside a float, and
numpy's texts of texts. Its floats are rounded to 13 decimals, as ConfigSpace rounds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ConfigSpace import Configuration, ConfigurationSpace
from ConfigSpace.conditions import ConditionLike

from tunebridge import AnyParameter, Fidelity, Float, Reading, Space, SpaceError, TranslatedParameter
from tunebridge_configspace import hyperparameters
from tunebridge_configspace.conditions import NEVER, Activity, Parent
from tunebridge_configspace.forbidden import constraint
from tunebridge_configspace.making import Make, Quantile
from tunebridge_configspace.spans import first_after

SOURCE = "a ConfigurationSpace of ConfigSpace's"


@dataclass(frozen=True, slots=True)
class Values:
    """Makes ConfigSpace's values of flat params, by name."""

    makes: dict[str, Make | None] = field(default_factory=dict)

    def __call__(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of those that are active."""
        makes = {name: self.makes[name] for name in params}
        return {name: params[name] if make is None else make(params[name]) for name, make in makes.items()}


@dataclass(frozen=True, slots=True)
class Configured:
    """The way back: makes a configuration."""

    space: ConfigurationSpace
    """The very space that was read."""
    values: Values

    def __call__(self, params: Mapping[str, Any]) -> Configuration:
        """Return the configuration of flat params."""
        return Configuration(self.space, values=self.values(params))


def read_space(given: ConfigurationSpace) -> Reading:
    """Return what a space is.

    Raises:
        SpaceError: Something in it breaks a rule of spaces.
    """
    activity, values = Activity(), Values()
    entries: dict[str, AnyParameter] = {}
    rows: list[TranslatedParameter] = []
    natives: dict[str, TranslatedParameter] = {}
    for name, hyperparameter in given.items():
        drawn = hyperparameters.read(hyperparameter)
        conditions = given.parent_conditions_of[name]
        native = _native(hyperparameter, conditions)
        row = TranslatedParameter(
            path=name, declared="", native=native, fidelity=drawn.fidelity, reason=drawn.reason
        )
        if drawn.declare is None:
            rows.append(row)
            continue
        parent = Parent(drawn.declare(), drawn.make, conditions)
        terms = Activity({**activity.parents, name: parent}).active(name)
        if terms == NEVER:
            reason = "is never active, as its conditions cannot hold: no param"
            rows.append(replace(row, fidelity=Fidelity.EXACT, reason=reason))
            continue
        activity.parents[name] = parent
        when = activity.when(terms)
        entries[name] = drawn.declare() if when is None else drawn.declare(when=when)
        values.makes[name], natives[name] = drawn.make, row
    space = Space(entries, constraints=[constraint(one, values) for one in given.forbidden_clauses])
    read = [replace(natives[node.path], declared=node.declared) for node in space.nodes]
    return Reading(source=SOURCE, space=space, parameters=(*read, *rows), back=Configured(given, values))


def initial(given: ConfigurationSpace) -> dict[str, Any]:
    """Return the params of a space's default configuration, for `initial=[...]`.

    Raises:
        SpaceError: Something in the space breaks a rule of spaces.
    """
    if not isinstance(given, ConfigurationSpace):
        raise SpaceError(
            [f"initial takes a ConfigurationSpace, got an object of {type(given).__name__}"],
            hint="give the space itself, not its reading; params of your own need no call",
        )
    reading, default = read_space(given), given.get_default_configuration()
    parameters = dict(reading.space)
    makes = reading.back.values.makes if isinstance(reading.back, Configured) else {}
    return {name: _param(parameters[name], makes[name], value) for name, value in dict(default).items()}


def _param(parameter: AnyParameter, make: Make | None, value: Any) -> Any:
    """Return the param that makes a value."""
    if isinstance(make, Quantile) and isinstance(parameter, Float):
        return first_after(parameter, lambda param: make(param) >= value)
    return value


def _native(hyperparameter: Any, conditions: Sequence[ConditionLike]) -> str:
    """Return a hyperparameter and its conditions as ConfigSpace shows them, without its name."""
    text = str(hyperparameter)
    kind = text.partition("Type: ")[2] or text.partition(", ")[2]
    rules = (str(one).replace(f"{hyperparameter.name} | ", "") for one in conditions)
    return " | ".join([kind, *(rule.replace("&&", "and").replace("||", "or") for rule in rules)])
