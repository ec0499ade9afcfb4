"""Data by content: arrays, frames, sparse matrices and tensors, as parts that are described one by one."""

from __future__ import annotations

from typing import Any

LONG = 200
"""From how many characters on a text is replaced by its digest."""

PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))
"""Types whose `repr` says all, in every process."""


def digest(content: bytes | memoryview) -> str:
    """Return a digest of bytes."""
    from hashlib import sha256

    return sha256(content).hexdigest()


def shortened(text: str) -> str:
    """Return a text, or its digest if it is long."""
    return text if len(text) <= LONG else digest(text.encode(errors="surrogatepass"))


def parts_of(value: Any) -> tuple[str, list[Any]] | None:
    """Return what kind of data something is, and what it consists of; None if it is no such data.

    What a library keeps beside the content, such as caches, is left out. Tensors on any device are alike.
    """
    kinds = {(_library(kind), kind.__name__) for kind in _mro(value)}
    if ("numpy", "ndarray") in kinds or ("numpy", "generic") in kinds:
        return _array(value)
    if kinds & {("pandas", "DataFrame"), ("pandas", "Series"), ("pandas", "Index")}:
        return _frame(value)
    if _library(type(value)) == "scipy" and hasattr(value, "tocoo"):
        sparse = value.tocoo(copy=True)
        sparse.sum_duplicates()
        return type(value).__name__, [sparse.shape, sparse.row, sparse.col, sparse.data]
    if ("torch", "Tensor") in kinds or ("torch", "TensorBase") in kinds:
        return _tensor(value)
    if ("torch", "Generator") in kinds:
        return "torch.Generator", [value.get_state()]
    return None


def _mro(value: Any) -> tuple[type, ...]:
    return type(value).__mro__


def _library(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _array(value: Any) -> tuple[str, list[Any]]:
    import numpy as np

    array = np.ascontiguousarray(value)
    kind = "ndarray" if isinstance(value, np.memmap) else type(value).__name__
    what = f"{kind} {array.dtype!r}"
    if isinstance(value, np.ma.MaskedArray):
        return what, [np.ma.getmaskarray(value), value.filled()]
    if array.dtype.hasobject:
        return what, [array.shape, array.ravel().tolist()]
    return what, [array.shape, digest(array.tobytes())]


def _frame(value: Any) -> tuple[str, list[Any]]:
    index = getattr(value, "index", None)
    columns = value.items() if value.ndim == 2 else [(value.name, value)]
    parts = [] if index is None or callable(index) else [index.to_numpy(), list(index.names)]
    for name, column in columns:
        parts += [name, repr(column.dtype), column.to_numpy()]
    return type(value).__name__, parts


def _tensor(value: Any) -> tuple[str, list[Any]]:
    tensor = value.detach().cpu()
    tensor = tensor.to_dense() if str(tensor.layout) != "torch.strided" else tensor
    tensor = tensor.dequantize() if tensor.is_quantized else tensor.resolve_conj().resolve_neg()
    what = f"{type(value).__name__} {value.dtype} {'' if value.requires_grad else 'no '}gradient"
    # numpy has no bfloat16, which a float holds exactly.
    exact = tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor
    return what, [exact.numpy()]
