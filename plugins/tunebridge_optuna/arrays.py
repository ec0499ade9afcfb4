"""Numbers of numpy, and objects that are made of them, as JSON; bit for bit, and without pickle."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = ("<f8", "<i8", "<u4")
"""Types of the elements of arrays, by numpy's names; the lowest byte comes first."""


def written(value: Any) -> Any:
    """Return a number, an array of numbers or a dict of such as JSON.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, Mapping):
        return {name: written(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _written_array(np.asarray(value))
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def read(value: Any) -> Any:
    """Return what was written.

    Raises:
        TypeError, ValueError: It was not.
    """
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"dtype", "shape", "bytes"}:
        if value["dtype"] not in DTYPES:
            raise ValueError(f"arrays have no elements of type {value['dtype']!r}")
        flat = np.frombuffer(base64.b64decode(value["bytes"], validate=True), value["dtype"])
        array = flat.astype(flat.dtype.newbyteorder("=")).reshape(value["shape"])
        return array if array.shape else array[()]
    return {name: read(one) for name, one in value.items()}


def _written_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    dtype = array.dtype.newbyteorder("<").str
    if dtype not in DTYPES:
        raise TypeError(f"an array of {array.dtype} has no form in JSON")
    content = base64.b64encode(np.ascontiguousarray(array).astype(dtype).tobytes()).decode("ascii")
    return {"dtype": dtype, "shape": list(array.shape), "bytes": content}
