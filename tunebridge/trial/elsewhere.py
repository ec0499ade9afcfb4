"""What trials of Optuna's have, and ours have under another name."""

from __future__ import annotations

from typing import NoReturn

OF_OPTUNA = {
    "suggest_float": "declare the param in the space, and read trial['name']",
    "suggest_int": "declare the param in the space, and read trial['name']",
    "suggest_categorical": "declare the param in the space, and read trial['name']",
    "set_user_attr": "write trial.note('name', data)",
    "user_attrs": "read trial.noted",
    "set_constraint": "write trial.limit('name', value, at_most=...)",
    "constraints": "read trial.limits",
}
"""What takes the place of each."""


class Elsewhere:
    """An attribute that is none: whoever reads it is told what takes its place.

    Args:
        name: Its name.
        instead: What takes its place.
    """

    def __init__(self, name: str, instead: str) -> None:
        """Hold both."""
        self._name = name
        self._instead = instead

    def __get__(self, trial: object, kind: type) -> NoReturn:
        """Raise the error of a missing attribute."""
        whole = "or run the objective as it is: import tunebridge_optuna as optuna"
        raise AttributeError(
            f"{kind.__name__!r} object has no attribute {self._name!r}: {self._instead}; {whole}",
            name=self._name,
            obj=trial,
        )


def point_elsewhere(kind: type) -> None:
    """Give a class of trials the names of Optuna's."""
    for name, instead in OF_OPTUNA.items():
        setattr(kind, name, Elsewhere(name, instead))
