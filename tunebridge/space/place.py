"""Where an option stood among those of its choice: what some libraries keep instead of the option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunebridge.space.choices import Listed
from tunebridge.space.parameter import Parameter


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an option, as a reader of histories hands it over."""

    index: int
    """From 0, in the order in which the options were written."""
    is_certain: bool = True
    """Whether it is a place; False where the library keeps drawn integers in the same form."""

    def within(self, parameter: Parameter) -> Any:
        """Return what stands at this place, or the integer itself where only that can be meant.

        Raises:
            ValueError: The parameter has neither, or it is not known which of the two is meant.
        """
        options = parameter.choices.values if isinstance(parameter, Listed) else ()
        if not self.is_certain and not 0 <= self.index < len(options):
            return parameter.read(self.index)
        if not 0 <= self.index < len(options):
            raise ValueError(f"must be one value of {parameter!r}, got the option {self.index} of a choice")
        found = options[self.index]
        others = [value for value in options if type(value) is int and value == self.index]
        if self.is_certain or not others or (type(found) is int and found == self.index):
            return found
        raise ValueError(
            f"{self.index} may be a value, or the place of {found!r}: give the space that it was drawn from"
        )
