"""A space that another library declares, read as one of tunebridge's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from tunebridge.calls import checked
from tunebridge.contract.reader import ReaderSpec
from tunebridge.contract.reading import Reading
from tunebridge.contract.translation import Fidelity, TranslatedParameter
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import SpaceError, TranslationError
from tunebridge.policy import OnLossy, check_choice
from tunebridge.registry.choice import Chosen
from tunebridge.registry.readers import readers_of_space, readers_of_spaces
from tunebridge.space.foreign.advice import in_place_of_space
from tunebridge.space.space import Space

logger = logger_of(__name__)


@checked
def read_space(source: Any, *, on_lossy: OnLossy = "error") -> Reading:
    """Return what a space of another library is here, parameter by parameter; it prints as a table.

    Args:
        source: A `Space`, or whatever an installed reader takes: hyperopt's expressions, Optuna's
            distributions, the dictionaries of scikit-learn's searches, and what plugins add.
        on_lossy: What becomes of a space that can be read in part only: "error", or "warn".

    Returns:
        `.space` is the space, `.parameters` says how faithful each parameter is, and `.params(trial)` is a
        point in the structure of the original.

    Raises:
        SpaceError: It is no space that anybody reads, or something in it breaks a rule.
        TranslationError: Some parameter cannot be read; or is lossy, and `on_lossy` is "error".
        MissingLibraryError: The library that reads it is not installed.
    """
    check_choice("on_lossy", on_lossy, get_args(OnLossy))
    if isinstance(source, Space):
        return _own(source)
    spec = _reader(source)
    Chosen(spec, {}).require()
    reading: Reading = spec.space(source)  # type: ignore[misc]
    _check(reading, on_lossy)
    return reading


def _own(space: Space) -> Reading:
    rows = [
        TranslatedParameter(
            path=node.path, declared=node.declared, native=node.declared, fidelity=Fidelity.EXACT
        )
        for node in space.nodes
    ]
    return Reading(source="a space of tunebridge's", space=space, parameters=tuple(rows), back=dict)


def _reader(source: Any) -> ReaderSpec:
    """Return the one reader of a space.

    Raises:
        SpaceError: There is none, or there are several.
    """
    found = readers_of_space(source)
    if len(found) == 1:
        return found[0]
    taken = "; ".join(spec.summary for spec in found or readers_of_spaces())
    if found:
        raise SpaceError(
            [f"{brief(source)} may be {taken}"], hint="declare all of it by the words of one library"
        )
    raise SpaceError(
        [f"expected a space of tunebridge's or of another library, got {brief(source)}"],
        hint=f"{_advice(source)}\n  what is read: {taken}",
    )


def _advice(source: Any) -> str:
    if callable(source):
        return "an objective has no space of its own: hand over what its library draws from"
    return _of_fixed(source) or in_place_of_space(source)


def _of_fixed(source: Any) -> str:
    """Return what to write for the first name of a dict that has one plain value; nothing if none has."""
    for name, value in source.items() if isinstance(source, Mapping) else ():
        if isinstance(value, bool | int | float | str | None):
            return (
                f"{name!r} has one value: give it a range or a list, {name!r}: [{value!r}, ...], or leave it "
                f"out; in a tunebridge.Space one that never changes is tunebridge.Constant({value!r})"
            )
    return ""


def _check(reading: Reading, on_lossy: OnLossy) -> None:
    """Stop at what cannot be read, and at what is lossy or warn about it."""
    if refused := reading.rows(Fidelity.REFUSED):
        raise TranslationError(
            f"{reading.source} cannot be read:\n{_listing(refused)}",
            hint="change what is named here in the original, or declare the space as tunebridge.Space(...)",
        )
    lossy = reading.rows(Fidelity.LOSSY)
    message = f"the reading of {reading.source} is lossy:\n{_listing(lossy)}"
    if lossy and on_lossy == "error":
        raise TranslationError(message, hint="allow it with on_lossy='warn', or declare a tunebridge.Space")
    if lossy:
        logger.warning(message)


def _listing(rows: tuple[TranslatedParameter, ...]) -> str:
    return "\n".join(f"  {row.path}: {row.native}: {row.reason}" for row in rows)
