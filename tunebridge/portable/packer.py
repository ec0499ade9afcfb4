"""Pickles records by cloudpickle, and leaves out what nobody can pickle."""

from __future__ import annotations

import io
from pickle import DEFAULT_PROTOCOL as PROTOCOL
from types import FunctionType
from typing import Any, Protocol

import cloudpickle

from tunebridge.display.printable import logger_of

logger = logger_of(__name__)


class Packable(Protocol):
    """Holds what is pickled at once."""

    def parts(self) -> tuple[Any, ...]:
        """Return how it is made, as a part of another one."""


def packed(parcel: Packable, name: str) -> bytes:
    """Return a pickle of what a parcel holds.

    Args:
        parcel: What is pickled; those of its kind within are parts of it.
        name: What it is called in a warning that something of it is left out.
    """
    try:
        return _dumped(Packer, parcel)[0]
    except Exception:  # noqa: BLE001  # whatever an object raises that cannot be pickled
        written, packer = _dumped(Lenient, parcel)
        lost = ", ".join(dict.fromkeys(packer.lost))
        logger.warning("what cannot be pickled does not come back with the %s: %s", name, lost)
        return written


class Packer(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles parcels within a parcel as parts of it: what they share stays shared."""

    def __init__(self, file: io.BytesIO, kind: type[Packable]) -> None:
        """Begin with nothing that is lost."""
        super().__init__(file)
        self.lost: list[str] = []
        self._kind = kind

    def reducer_override(self, thing: Any) -> Any:
        """Return how to make something anew."""
        return thing.parts() if isinstance(thing, self._kind) else super().reducer_override(thing)


class Lenient(Packer):
    """Puts a `Lost` in the place of what cannot be pickled."""

    def reducer_override(self, thing: Any) -> Any:
        """Return how to make something anew, or what stands for it."""
        try:
            found = super().reducer_override(thing)
            if found is not NotImplemented or isinstance(thing, type | FunctionType):
                return found
            known = self.dispatch_table.get(type(thing))
            return thing.__reduce_ex__(PROTOCOL) if known is None else known(thing)
        except Exception:  # noqa: BLE001  # whatever an object raises that cannot be pickled
            self.lost.append(f"{type(thing).__module__}.{type(thing).__qualname__}")
            return Lost, (self.lost[-1],)


class Lost:
    """Stands for what could not be pickled.

    Args:
        what: What it was.
    """

    def __init__(self, what: str) -> None:
        """Remember what it was."""
        self.what = what

    def __repr__(self) -> str:
        """Say what it was."""
        return f"<not pickled: {self.what}>"


def _dumped(form: type[Packer], parcel: Packable) -> tuple[bytes, Packer]:
    file = io.BytesIO()
    packer = form(file, type(parcel))
    packer.dump(parcel)
    return file.getvalue(), packer
