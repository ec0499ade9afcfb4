"""Digests of what cross-validated scores depend on, so that a stored search goes on with the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pickle import PicklingError
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator

from tunebridge import StoreError
from tunebridge.checks import plain
from tunebridge.fingerprint import fingerprint
from tunebridge_sklearn.private import PassthroughScorer
from tunebridge_sklearn.reading import Draw, Quantile, Reading

if TYPE_CHECKING:
    from tunebridge_sklearn.fold import Setting

KNOWN = ("builtins", "scipy", "sklearn")
"""The packages whose functions and classes are known by their names alone."""

PROBABILITIES = tuple(place / 64 for place in range(1, 64))
"""Of the quantiles by which a distribution is known that is not scipy's own."""

FAULTS = (AttributeError, PicklingError, TypeError, ValueError)
"""What is raised when an object that cannot be pickled is."""


def fingerprints(estimator: BaseEstimator, setting: Setting, reading: Reading) -> dict[str, str]:
    """Return a digest of each thing that scores depend on, by the name users know it by.

    Args:
        estimator: With its own params.
        setting: Data, splits and scorer.
        reading: What the params of the space mean to the estimator, which the space itself does not say.

    Raises:
        StoreError: A param of the estimator cannot be pickled.
    """
    # The scorer that stands for none holds the estimator, which has a name of its own.
    scored_by_itself = isinstance(setting.scorer, PassthroughScorer)
    return {
        "X": _digest(setting.X),
        "y": _digest(setting.y),
        "cv": _digest([[np.asarray(rows) for rows in split] for split in setting.splits]),
        "scoring": "the estimator's own" if scored_by_itself else _Words().of(setting.scorer),
        "estimator": _Words().of(estimator),
        "space": _digest({path: _distribution(make) for path, make in reading.values.items()}),
        "fit params": _digest({name: _digest(value) for name, value in setting.fit_params.items()}),
        "score params": _digest({name: _digest(value) for name, value in setting.score_params.items()}),
        "feedback": f"{setting.procedure.feedback} {setting.procedure.resource}".strip(),
        "error_score": repr(setting.error_score),
        "return_train_score": repr(setting.return_train_score),
    }


def _digest(data: Any) -> str:
    """Return a digest of data.

    Raises:
        StoreError: They cannot be pickled.
    """
    try:
        digest: str = joblib.hash(_plainly(data), hash_name="sha1", coerce_mmap=True)
    except FAULTS as error:
        raise StoreError(
            f"{type(data).__qualname__} cannot be pickled, so that nothing would tell whether it is the same "
            f"when the search goes on: {error}",
            hint="let the __getstate__ of its class leave out what cannot be pickled, or give no storage",
        ) from error
    return digest


def _plainly(data: Any) -> Any:
    """Return a table of pandas as arrays: what it keeps about itself changes when it is merely read."""
    if not hasattr(data, "iloc"):
        return data
    columns = data.items() if data.ndim == 2 else [(data.name, data)]
    return [np.asarray(data.index), *((name, repr(one.dtype), np.asarray(one)) for name, one in columns)]


def _distribution(make: Quantile | Draw) -> str:
    """Return in words which distribution makes an estimator's values."""
    words, given = _Words(lenient=True), make.given
    dist: Any = getattr(given, "dist", given)
    if isinstance(make, Draw) or not isinstance(dist, (stats.rv_continuous, stats.rv_discrete)):
        return words.object(given)
    name, arguments = dist.name, words.of([getattr(given, "args", ()), getattr(given, "kwds", {})])
    if type(dist) is type(getattr(stats, name or "", None)):
        return f"{name} {arguments}"
    # Not its state, which holds a random state, too.
    quantiles = [f"{make(q):.9g}" for q in PROBABILITIES]
    return f"{words.of(type(dist))} {arguments} {quantiles}"


@dataclass(frozen=True, slots=True)
class _Words:
    """Says in words which estimator, function, scorer or plain value something is; of data, a digest."""

    lenient: bool = False
    """Whether class and state, as far as they are known, stand for what cannot be pickled."""
    begun: set[int] = field(default_factory=set)
    """What is being described, by `id`: it may contain itself."""

    def of(self, value: Any) -> str:
        """Return what a value is.

        Raises:
            StoreError: It cannot be pickled.
        """
        if id(value) in self.begun:
            return "itself"
        self.begun.add(id(value))
        try:
            return self._of(value)
        finally:
            self.begun.remove(id(value))

    @property
    def inner(self) -> _Words:
        """What says of the things that code works with what they are: no error may come of them."""
        return replace(self, lenient=True)

    def object(self, value: Any) -> str:
        """Return of what class an object is, and in what state."""
        return self.of(type(value)) + self._state(value)

    def _of(self, value: Any) -> str:
        match plain(value):
            case BaseEstimator():
                return self._estimator(value)
            case dict():
                return f"{{{', '.join(f'{name!r}: {self.of(one)}' for name, one in value.items())}}}"
            case list() | tuple():
                return f"[{', '.join(map(self.of, value))}]"
            case str() | int() | float() | None as builtin:
                return repr(builtin)
            case partial():
                return f"partial({self.inner.of([value.func, value.args, value.keywords])})"
            case type():
                return self._class(value)
            case FunctionType() | BuiltinFunctionType() | MethodType() | np.ufunc():
                return self._function(value)
            case _ if callable(value):
                return _code(value) + self._state(value)
            case _:
                return self._data(value)

    def _estimator(self, estimator: BaseEstimator) -> str:
        params, found = estimator.get_params(deep=False), []
        for name in sorted(params):
            try:
                found.append(f"{name}={self.of(params[name])}")
            except StoreError as error:
                whose = f"the parameter {name!r} of {type(estimator).__qualname__}"
                raise StoreError(f"{whose}: {error.message}", error.hint) from error
        return f"{self.of(type(estimator))}({', '.join(found)})"

    def _class(self, kind: type) -> str:
        """Return which class it is: the user's own by all its methods, scikit-learn's by its name."""
        members = [member for one in kind.__mro__ if not _is_known(one) for member in vars(one).values()]
        bodies = [getattr(member, "fget", None) or getattr(member, "__func__", member) for member in members]
        codes = [self.of(body) for body in bodies if isinstance(body, FunctionType)]
        return f"{kind.__qualname__} {_digest(codes)}" if codes else kind.__qualname__

    def _function(self, function: Any) -> str:
        """Return which function it is: the user's own by its code and by what it holds."""
        held = [self.inner.of(one) for one in _held(function)]
        return f"{_code(function)} {_digest(held)}" if held else _code(function)

    def _state(self, value: Any) -> str:
        """Return what an object holds in its `__dict__` and its `__slots__`."""
        try:
            state = value.__getstate__()
        except FAULTS:
            return "()"
        parts = state if isinstance(state, tuple) else (state,)
        return f"({', '.join(self.inner.of(part) for part in parts if part is not None)})"

    def _data(self, value: Any) -> str:
        try:
            return f"{type(value).__qualname__} {_digest(value)}"
        except StoreError:
            if self.lenient:
                return self.object(value)
            raise


def _code(function: Any) -> str:
    """Return which function it is: the user's own by its code, scikit-learn's by its name."""
    code: Mapping[str, str] = fingerprint(function)
    return code["name"] if _is_known(function) else f"{code['name']} {code['code']}".strip()


def _held(function: Any) -> list[Any]:
    """Return what a function of the user's own works with: defaults, closure, the object of a method."""
    match function:
        case MethodType():
            return [function.__func__, function.__self__]
        case BuiltinFunctionType() if not isinstance(function.__self__, ModuleType | None):
            return [function.__self__]
        case FunctionType() if not _is_known(function):
            defaults = [one for one in (function.__defaults__, function.__kwdefaults__) if one]
            return [*defaults, *map(_content, function.__closure__ or ())]
        case _:
            return []


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # It is empty.
        return None


def _is_known(owned: Any) -> bool:
    """Return whether a class or function is Python's, scipy's or scikit-learn's own."""
    return (getattr(owned, "__module__", None) or "").partition(".")[0] in KNOWN
