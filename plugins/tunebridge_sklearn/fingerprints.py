"""Digests of what cross-validated scores depend on, so that a stored search goes on with the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from tunebridge.checks import plain
from tunebridge.fingerprint import fingerprint

if TYPE_CHECKING:
    from tunebridge_sklearn.fold import Setting


def fingerprints(estimator: BaseEstimator, setting: Setting) -> dict[str, str]:
    """Return a digest of each thing that scores depend on, by the name users know it by.

    Args:
        estimator: With its own params.
        setting: Data, splits and scorer.
    """
    return {
        "X": _digest(setting.X),
        "y": _digest(setting.y),
        "cv": _digest([[np.asarray(rows) for rows in split] for split in setting.splits]),
        "scoring": _described(setting.scorer),
        "estimator": _described(estimator),
        "fit params": _digest({name: _digest(value) for name, value in setting.fit_params.items()}),
        "feedback": f"{setting.procedure.feedback} {setting.procedure.resource}".strip(),
        "error_score": repr(setting.error_score),
        "return_train_score": repr(setting.return_train_score),
    }


def _digest(data: Any) -> str:
    digest: str = joblib.hash(_plainly(data), hash_name="sha1", coerce_mmap=True)
    return digest


def _plainly(data: Any) -> Any:
    """Return a table of pandas as arrays: what it keeps about itself changes when it is merely read."""
    if not hasattr(data, "iloc"):
        return data
    columns = data.items() if data.ndim == 2 else [(data.name, data)]
    return [np.asarray(data.index), *((name, repr(one.dtype), np.asarray(one)) for name, one in columns)]


def _described(value: Any) -> str:
    """Return in words which estimator, function, scorer or plain value it is; of data, a digest."""
    match plain(value):
        case BaseEstimator():
            return _class(type(value)) + _params(value.get_params(deep=False))
        case dict():
            return f"{{{', '.join(f'{name!r}: {_described(one)}' for name, one in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_described, value))}]"
        case str() | int() | float() | None as builtin:
            return repr(builtin)
        case partial():
            return f"partial({_described([value.func, value.args, value.keywords])})"
        case type():
            return _class(value)
        case FunctionType() | BuiltinFunctionType() | MethodType() | np.ufunc():
            return _code(value)
        case _ if callable(value):
            return _code(value) + _params(getattr(value, "__dict__", {}))
        case _:
            return f"{type(value).__qualname__} {_digest(value)}"


def _params(params: Mapping[str, Any]) -> str:
    return f"({', '.join(f'{name}={_described(params[name])}' for name in sorted(params))})"


def _class(kind: type) -> str:
    """Return which class it is: the user's own by the code of all its methods, scikit-learn's by its name."""
    members = [member for one in kind.__mro__ if not _is_known(one) for member in vars(one).values()]
    bodies = [getattr(member, "fget", None) or getattr(member, "__func__", member) for member in members]
    codes = [_code(body) for body in bodies if isinstance(body, FunctionType)]
    return f"{kind.__qualname__} {_digest(codes)}" if codes else kind.__qualname__


def _code(function: Any) -> str:
    """Return which function it is: the user's own by its code, scikit-learn's by its name."""
    code: Mapping[str, str] = fingerprint(function)
    return code["name"] if _is_known(function) else f"{code['name']} {code['code']}".strip()


def _is_known(owned: Any) -> bool:
    """Return whether a class or function is Python's or scikit-learn's own."""
    return (getattr(owned, "__module__", None) or "").partition(".")[0] in ("builtins", "sklearn")
