"""Whether an estimator takes the params of a space: what `set_params` of its clone takes, it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import reduce
from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.model_selection import ParameterSampler

from tunebridge import Reading, Space, grower_of
from tunebridge.display.brief import brief_text
from tunebridge.errors import did_you_mean
from tunebridge_sklearn.fold import candidate
from tunebridge_sklearn.training import last_step


def check_names(reading: Reading, estimator: BaseEstimator) -> None:
    """Check that an estimator takes the params of a space, a candidate of each branch in turn.

    Raises:
        ValueError: It does not; it says itself which one it lacks.
    """
    try:
        check_candidates(map(reading.params, _of_each_branch(reading.space)), estimator)
    except ValueError as error:
        switches = {node.name: node.branching for node in reading.space.nodes if node.deciding}
        named = [name for name in switches if repr(name) in str(error)]
        hint = _named(named[0], is_branching=switches[named[0]]) if named else ""
        hint = hint or _inner((node.name for node in reading.space.nodes), estimator, str(error))
        if not hint:
            raise
        raise ValueError(f"{error}\n  hint: {hint}") from error


def check_native(given: Any, estimator: BaseEstimator) -> None:
    """Check that an estimator takes the params that scikit-learn itself draws, a candidate of each dict.

    Raises:
        ValueError: It does not; it says itself which one it lacks.
    """
    dicts = [given] if isinstance(given, Mapping) else given
    # Copied, as a distribution may have a random state of its own.
    drawn = (ParameterSampler(deepcopy(one), 1, random_state=0) for one in dicts)
    try:
        check_candidates((params for sampler in drawn for params in sampler), estimator)
    except ValueError as error:
        hint = _inner((name for one in dicts for name in one), estimator, str(error))
        if not hint:
            raise
        raise ValueError(f"{error}\n  hint: {hint}") from error


def _named(name: str, *, is_branching: bool) -> str:
    """Return how a parameter is named that is none of the estimator."""
    what = "a choice that only picks among branches" if is_branching else "what only decides on others"
    return f"{what} is named _{name}"


def _inner(names: Iterable[str], estimator: BaseEstimator, said: str) -> str:
    """Return how a parameter of an inner estimator is named, if that was meant; else an empty text.

    Args:
        names: Those that were given.
        estimator: What lacks one of them.
        said: What it says, with the name that it lacks.
    """
    lacking = [name for name in names if f"Invalid parameter {name!r}" in said]
    found = [one for name in lacking for one in estimator.get_params() if one.endswith(f"__{name}")]
    return f"write {' or '.join(map(repr, dict.fromkeys(found)))}" if found else ""


def check_candidates(candidates: Iterable[Mapping[str, Any]], estimator: BaseEstimator) -> None:
    """Make candidates of an estimator; what it or `clone` says about them shows it in one line."""
    for params in candidates:
        try:
            _check_known(candidate(estimator, params), estimator, params)
        except ValueError as error:
            named = [estimator, *estimator.get_params().values()]
            wide = [str(one) for one in named if isinstance(one, BaseEstimator) and "\n" in str(one)]
            if not any(text in str(error) for text in wide):
                raise
            raise ValueError(reduce(_in_one_line, wide, str(error))) from None


def _check_known(model: BaseEstimator, estimator: BaseEstimator, names: Iterable[str]) -> None:
    """Check that the library of a booster knows params that its estimator takes, whatever they are.

    Raises:
        ValueError: It does not know one.
    """
    last, grower = last_step(model), grower_of(last_step(model))
    if grower is None:
        return
    prefix = "" if last is model else f"{model.steps[-1][0]}__"
    known = last_step(estimator).get_params()
    own = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    strange = grower.unknown(last, [name for name in own if name not in known])
    if strange:
        listed = ", ".join(repr(prefix + name) for name in strange)
        takes = signature(type(last)).parameters.values()
        near = did_you_mean(
            strange[0], {*known, *(one.name for one in takes if one.kind is not one.VAR_KEYWORD)}
        )
        raise ValueError(
            f"Invalid parameter {listed} for estimator {type(last).__name__}: "
            f"{grower.name} does not know it. {near}"
        )


def _in_one_line(message: str, text: str) -> str:
    return message.replace(text, brief_text(text))


def _of_each_branch(space: Space) -> Iterator[dict[str, Any]]:
    """Yield params in which, taken together, every parameter is active."""
    first = {node.condition: node for node in reversed(space.nodes)}
    yield from map(space.example, first.values())
