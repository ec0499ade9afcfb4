"""Arrays that go to files and come back with the layout that they had in memory.

Pickled, a view such as the first columns of an array becomes an array without gaps. Sums over it are then
taken in another order, and differ in their last bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Strides = tuple[int, ...] | None
"""How many bytes lie between entries, by axis; None where pickling keeps the layout."""


def strides_of(array: Any) -> Strides:
    """Return the strides of an array with gaps; None for whatever else it is."""
    if type(array) is not np.ndarray or array.dtype.hasobject or array.flags.forc:
        return None
    return array.strides if min(array.strides) > 0 else None


def laid_out(array: Any, strides: Strides) -> Any:
    """Return an array as it lay in memory.

    Args:
        array: As it was read.
        strides: What `strides_of` said of it before.
    """
    if strides is None:
        return array
    last = sum((size - 1) * stride for size, stride in zip(array.shape, strides, strict=True))
    buffer = np.zeros(last + array.itemsize, dtype=np.uint8)
    found: Any = np.ndarray(array.shape, array.dtype, buffer, strides=strides)
    found[...] = array
    return found
