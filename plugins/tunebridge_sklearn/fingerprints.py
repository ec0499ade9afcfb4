"""Digests of what cross-validated scores depend on, so that a stored search goes on with the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

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
    }


def _digest(data: Any) -> str:
    digest: str = joblib.hash(data, hash_name="sha1")
    return digest


def _described(value: Any) -> str:
    """Return in words which estimator, function or plain value it is; of arrays, a digest."""
    match value:
        case BaseEstimator():
            params = value.get_params(deep=False)
            inside = ", ".join(f"{name}={_described(params[name])}" for name in sorted(params))
            return f"{type(value).__qualname__}({inside})"
        case dict():
            return f"{{{', '.join(f'{name!r}: {_described(one)}' for name, one in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_described, value))}]"
        case np.ndarray():
            return _digest(value)
        case str() | int() | float() | None:
            return repr(value)
        case _ if callable(value):
            return _called(value)
        case _:
            return f"{type(value).__qualname__} {_digest(value)}"


def _called(function: Any) -> str:
    """Return a scorer in scikit-learn's own words, and any other callable by its code."""
    words = repr(function)
    code: Mapping[str, str] = fingerprint(function)
    return words if " at 0x" not in words else f"{code['name']} {code['code']}"
