"""A reader of a library's own studies, or of its own spaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunebridge.contract.events import StoredStudy
from tunebridge.contract.reading import Reading
from tunebridge.contract.spec import PluginSpec
from tunebridge.errors import PluginError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSpec(PluginSpec):
    """A library's own study, which `history=` can read, or its own space, for `read_space`; or both."""

    native: str = ""
    """Module and name of the class of a study: `optuna.study.study.Study`."""
    read: Callable[[Any], StoredStudy] | None = None
    """Return the trials of such an object as imported ones, params by whatever names they have.

    `attempt` is the number of the trial where it comes from. A param of which more or less is
    known than its value is an `Option`.
    """
    takes: Callable[[Any], bool] = lambda source: True
    """Return whether an object of the class is such a study, where not all are."""
    space: Callable[[Any], Reading] | None = None
    """Return the reading of a space.

    What cannot be read is a row that is refused, with the reason and what to do; the space may then be one of
    all else. The library is imported here, and nowhere above or below.
    """
    parts: tuple[str, ...] = ()
    """Module and name of each class that says whose a space is: `hyperopt.pyll.base.Apply`.

    A space is an object of one of them, or of a class derived from it; or dicts, lists and tuples that hold
    some.
    """
    takes_space: Callable[[Any], bool] = lambda source: False
    """Return whether what holds no such object, of this or of another reader, is a space all the same."""

    def __post_init__(self) -> None:
        """Check that it reads something.

        Raises:
            PluginError: It does not.
        """
        if not (self.read and self.native) and not self.space:
            raise PluginError(
                f"the reader {self.name!r} reads nothing",
                hint="give native= and read= for studies, or space= for spaces, with parts= or takes_space=",
            )
