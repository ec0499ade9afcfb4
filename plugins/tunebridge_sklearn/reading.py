"""What scikit-learn takes as a search space, read exactly; and the estimator's params of a trial.

- A list is an `Ordinal` if its values are numbers that rise or fall, else a `Categorical`; all are equally
  likely.
- `uniform`, `loguniform`, `randint` (whose top is excluded), `norm` and `lognorm` are `Float`,
  `Float(log=True)`, `Int`, `Normal` and `Normal(log=True)`.
- Any other distribution with `ppf` is a probability, whose quantile the estimator gets.
- One that has `rvs` only is the seed of a draw: right in distribution, but nothing can be learned about it.
- Several dicts are branches of a choice, all equally likely.

A name that begins with an underscore only picks among branches, and is no parameter of the estimator.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from scipy import stats
from sklearn.model_selection import ParameterSampler
from sklearn.utils import check_random_state

from tunebridge import (
    AnyParameter,
    Categorical,
    Fidelity,
    Float,
    Int,
    Node,
    Normal,
    Ordinal,
    Reading,
    Space,
    SpaceError,
    TranslatedParameter,
)
from tunebridge.checks import is_finite, plain
from tunebridge.display.brief import brief
from tunebridge.space.foreign.advice import in_place_of, in_place_of_space, library_of
from tunebridge.space.labels import ADDRESS, label_of
from tunebridge.space.parameter import Parameter
from tunebridge_sklearn.distributions import LogInt, WeightedChoice

SOURCE = "a search space of scikit-learn's"

SWITCH = "_dict"
"""Name of the choice between several dicts."""

EDGE = 1e-9
"""How far probabilities stay from 0 and 1, where a quantile may be infinite."""

N_SEEDS = 2**31
"""How many draws of a distribution without quantiles are told apart."""

NAMED = ("uniform", "loguniform", "reciprocal", "randint", "norm", "lognorm")
"""The distributions of scipy's that have a parameter of their own."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """Makes an estimator's value of a probability: a quantile, an integer of a distribution over integers."""

    given: Any
    """The distribution; it has `ppf`."""

    def __call__(self, q: float) -> float:
        """Return the quantile."""
        value = float(self.given.ppf(q))
        return int(value) if hasattr(self.given, "pmf") and value.is_integer() else value


@dataclass(frozen=True, slots=True)
class Draw:
    """Makes an estimator's value of a seed."""

    given: Any
    """The distribution; it has `rvs` only."""

    def __call__(self, seed: int) -> Any:
        """Return the draw."""
        # As scikit-learn does it: a distribution of the user's own may take no seed, but a RandomState only.
        return plain(self.given.rvs(random_state=check_random_state(seed)))


Maker = Quantile | Draw

Read = tuple[AnyParameter, Maker | None]
"""A parameter, and what makes the estimator's value of its own; None if it is the same."""


@dataclass(frozen=True, slots=True)
class Made:
    """The way back: makes the params of an estimator."""

    space: Space
    """The declared space."""
    makers: Mapping[str, Maker] = field(default_factory=dict)
    """What makes an estimator's value of a param, by full path; where nothing stands, it is the same."""

    def __call__(self, trial: Mapping[str, Any]) -> dict[str, Any]:
        """Return the estimator's params of a trial's."""
        active = self.space.active(trial)
        made = {name: self.makers.get(active[name].path) for name in trial if not name.startswith("_")}
        return {name: trial[name] if make is None else make(trial[name]) for name, make in made.items()}


def makers(reading: Reading) -> Mapping[str, Maker]:
    """Return what makes an estimator's values of a reading's params, by full path."""
    return reading.back.makers if isinstance(reading.back, Made) else {}


def read_dicts(given: Any) -> Reading:
    """Return the reading of a dict, or of a list of dicts.

    Raises:
        SpaceError: It is none that scikit-learn takes, or there is nothing in it.
    """
    try:
        return read(given)
    except (TypeError, ValueError) as error:
        if isinstance(error, SpaceError):
            raise
        hint = "each name has a list of values, or a distribution with rvs; a fixed value is a list of one"
        raise SpaceError([f"{SOURCE}: {error}"], hint=hint) from error


def read(given: Any) -> Reading:
    """Return a search space as a `Space`.

    Args:
        given: A `Space`, or what `RandomizedSearchCV` and `GridSearchCV` take: a dict, or a list of dicts, of
            lists and distributions by name.

    Raises:
        TypeError, ValueError: It is neither; scikit-learn's own errors. Or there is nothing in it.
    """
    if isinstance(given, Space):
        return _reading(given, given, {})
    if isinstance(given, list) and not given:
        raise ValueError("the search space is an empty list, so there are no candidates")
    _check_foreign([given] if isinstance(given, Mapping) else given)
    checked: list[Mapping[str, Any]] = ParameterSampler(given, 1).param_distributions
    read = [{name: _read(values) for name, values in one.items()} for one in checked]
    spaces = [Space({name: parameter for name, (parameter, _) in one.items()}) for one in read]
    if len(read) == 1:
        return _reading(spaces[0], checked[0], _made(read[0]))
    labels = list(map(str, range(len(read))))
    switch = Categorical(dict(zip(labels, spaces, strict=True)))
    natives: dict[str, Any] = {SWITCH: checked}
    values: dict[str, Maker] = {}
    for label, given_one, read_one in zip(labels, checked, read, strict=True):
        natives |= {f"{SWITCH}.{label}.{name}": one for name, one in given_one.items()}
        values |= {f"{SWITCH}.{label}.{name}": make for name, make in _made(read_one).items()}
    return _reading(Space({SWITCH: switch}), natives, values)


def _reading(space: Space, natives: Mapping[str, Any], made: Mapping[str, Maker]) -> Reading:
    """Return the reading of a space, from what stood under each full path."""
    rows = [
        TranslatedParameter(
            path=node.path,
            declared=node.declared,
            native=_native(natives.get(node.path, node.declared)),
            **_fidelity(node, made.get(node.path)),
        )
        for node in space.nodes
    ]
    return Reading(source=SOURCE, space=space, parameters=tuple(rows), back=Made(space, made))


def _fidelity(node: Node, make: Maker | None) -> dict[str, Any]:
    match make:
        case Quantile():
            return {"fidelity": Fidelity.EMULATED, "reason": "the probability whose quantile it is"}
        case Draw():
            reason = "the seed of a draw: right in distribution, but nothing can be learned about it"
            return {"fidelity": Fidelity.EMULATED, "reason": reason}
        case None if node.path == SWITCH:
            return {"fidelity": Fidelity.EMULATED, "reason": "which of the dicts it is, all equally likely"}
        case None:
            return {"fidelity": Fidelity.EXACT}


def _native(given: Any) -> str:
    """Return what stood in a dict, as it would be written."""
    dist = getattr(given, "dist", None)
    name = getattr(dist, "name", "")
    if not name:
        return given if isinstance(given, str) else brief(given)
    arguments = [brief(one) for one in given.args]
    arguments += [f"{key}={brief(one)}" for key, one in given.kwds.items()]
    return f"scipy.stats.{name}({', '.join(arguments)})"


def _check_foreign(dicts: Any) -> None:
    """Check that nothing is a parameter of tunebridge's or of another library's, which cannot be drawn here.

    Raises:
        TypeError: One is; the message says what to write.
    """
    for one in dicts if isinstance(dicts, list) else []:
        values = one.items() if isinstance(one, Mapping) else ()
        for name, value in values:
            if not hasattr(value, "rvs") and (isinstance(value, Parameter) or library_of(value)):
                hint = in_place_of_space(one) if isinstance(value, Parameter) else in_place_of(value)
                raise TypeError(f"{name}: must be a list or a distribution, got {brief(value)}; {hint}")


def _made(read: Mapping[str, Read]) -> dict[str, Maker]:
    """Return what makes the estimator's values, where they are not the same."""
    return {name: make for name, (_, make) in read.items() if make is not None}


def _read(given: Any) -> Read:
    if isinstance(given, str):
        raise TypeError(f"a string is no list of values: write [{given!r}] for the one value {given!r}")
    if not hasattr(given, "rvs"):
        return _listed([plain(value) for value in given]), None
    known = _known(given)
    if known is not None:
        return known, None
    if hasattr(given, "ppf"):
        return Float(EDGE, 1.0 - EDGE), Quantile(given)
    return Int(0, N_SEEDS - 1), Draw(given)


def _listed(values: Sequence[Any]) -> AnyParameter:
    """Return the parameter of a list."""
    if len(values) > 1 and all(map(is_finite, values)):
        steps = [after - before for before, after in pairwise(values)]
        if all(step > 0 for step in steps) or all(step < 0 for step in steps):
            return Ordinal(values)
    return Categorical(_labelled(values))


def _labelled(values: Sequence[Any]) -> dict[str, Any]:
    """Return choices by their labels; those that look the same are told apart by their place.

    Addresses are left out of the labels, so that a stored study knows a function again in another process.
    """
    seen: Counter[str] = Counter()
    choices = {}
    for value in values:
        label = ADDRESS.sub("", label_of(value))
        seen[label] += 1
        choices[label if seen[label] == 1 else f"{label} #{seen[label]}"] = value
    return choices


def _known(given: Any) -> AnyParameter | None:
    """Return the parameter of a frozen distribution of scipy's, or of ours, that has one of its own."""
    if isinstance(given, LogInt):
        return Int(given.low, given.high, log=True)
    if isinstance(given, WeightedChoice):
        return Categorical(_labelled(given.values), given.p)
    dist = getattr(given, "dist", None)
    name = getattr(dist, "name", "")
    # A distribution of the user's own may have the name, too.
    if name not in NAMED or type(dist) is not type(getattr(stats, name)):
        return None
    shapes, loc, scale = _arguments(given)
    match name:
        case "uniform":
            return Float(loc, loc + scale)
        case "loguniform" | "reciprocal" if loc == 0:
            return Float(shapes[0] * scale, shapes[1] * scale, log=True)
        case "randint":
            return Int(int(shapes[0]) + int(loc), int(shapes[1]) - 1 + int(loc))
        case "norm":
            return Normal(loc, scale)
        case "lognorm" if loc == 0:
            return Normal(math.log(scale), shapes[0], log=True)
        case _:
            return None


def _arguments(frozen: Any) -> tuple[list[Any], Any, Any]:
    """Return the shapes, location and scale of a frozen distribution, however they were given."""
    names = [
        *(name.strip() for name in (frozen.dist.shapes or "").split(",") if name.strip()),
        "loc",
        "scale",
    ]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip(names, frozen.args, strict=False)), **frozen.kwds}
    plainly = {name: plain(value) for name, value in given.items()}
    return [plainly[name] for name in names[:-2]], plainly["loc"], plainly["scale"]
