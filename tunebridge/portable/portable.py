"""Records that can be pickled by `pickle`, whatever they hold: lambdas, closures, classes of `__main__`."""

from __future__ import annotations

import pickle
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any


class Portable:
    """Base of dataclasses that travel: to a file, to another process, into a cache.

    What cannot be imported elsewhere goes by value, by cloudpickle. What cannot be pickled at all (a lock, an
    open file, a connection, a generator) is left out: a `Lost` that says what it was stands in its place, and
    a warning names it. All else comes back; a choice in a record is still the choice of its space.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Hand over the fields in one parcel, so that they are copied and pickled as one."""
        named: Any = self
        content = {field.name: getattr(self, field.name) for field in fields(named) if field.init}
        return _unpacked, (Parcel(type(self), content),)


@dataclass(frozen=True, slots=True)
class Parcel:
    """The fields of a record on their way."""

    kind: type
    """Of the record."""
    content: dict[str, Any]
    """Its fields, those that it is made of."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Parcel:
        """Copy the fields, which needs no pickling: functions stay the same ones."""
        return Parcel(self.kind, deepcopy(self.content, memo))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all of it at once, functions by value."""
        from tunebridge.portable.packer import packed

        return pickle.loads, (packed(self, self.kind.__name__),)

    def parts(self) -> tuple[Any, ...]:
        """Return how it is made, as a part of another parcel."""
        return Parcel, (self.kind, self.content)


def _unpacked(parcel: Parcel) -> Any:
    """Make a record of its fields anew."""
    return parcel.kind(**parcel.content)
