"""A space in scikit-learn's words.

Every decision, for random search:

- Float is `scipy.stats.uniform(loc=low, scale=high - low)`, with `log` `loguniform(low, high)`.
- Int is `randint(low, high + 1)`, which excludes its top; with `log` a frozen distribution of ours.
- Stepped, Ordinal and Categorical parameters are lists of the real values; weighted ones a distribution.
- Normal is `scipy.stats.norm`, with `log` `lognorm(s=sd, scale=exp(mean))`.
- Branches are a list of dicts, one per combination of labels, each repeated so that the declared
  probabilities hold; the labels in them are frozen distributions, so that they are drawn with replacement.
- A flat space of lists only is drawn without replacement, and is exhausted when it is used up; one with more
  points than scikit-learn can count is drawn with replacement.

For the grid: every parameter is a list of values, branches are one dict per combination, and weights do not
matter. Names are full paths. Constants and other parameters of one value never travel.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, assert_never

from tunebridge import (
    AnyParameter,
    Call,
    Categorical,
    Constant,
    Fidelity,
    Float,
    Int,
    Node,
    Normal,
    Ordinal,
    Space,
    TranslatedParameter,
    Translation,
    fold,
    read_points,
)

MAX_DICTS = 1000
"""How many dicts the branches of one space may need."""

Native = dict[str, Any] | list[dict[str, Any]]


def translate_random(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for random search."""
    refusal = _refusal(space)
    rows = [_random_row(node, refusal) for node in space.nodes]
    return _translation(space, backend, rows, lambda: _build_random(space))


def translate_grid(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for the grid."""
    points = read_points(space, options.get("points"))
    rows = [_grid_row(node, points(node)) for node in space.nodes]
    return _translation(space, backend, rows, lambda: _build_grid(space, points))


def drawn(parameter: AnyParameter) -> Call | list[Any]:
    """Return what a parameter is drawn from: a frozen distribution, or a list of its values."""
    match parameter:
        case Float(step=None, log=False):
            return Call(
                "scipy.stats.uniform", (), {"loc": parameter.low, "scale": parameter.high - parameter.low}
            )
        case Float(step=None):
            return Call("scipy.stats.loguniform", (parameter.low, parameter.high))
        case Int(step=None, log=False):
            return Call("scipy.stats.randint", (parameter.low, parameter.high + 1))
        case Int(step=None):
            return Call("LogInt", (parameter.low, parameter.high))
        case Normal(log=False):
            return Call("scipy.stats.norm", (), {"loc": parameter.mean, "scale": parameter.sd})
        case Normal():
            return Call("scipy.stats.lognorm", (), {"s": parameter.sd, "scale": math.exp(parameter.mean)})
        case Categorical(weighted=True):
            return _weighted(parameter.shown, parameter.probabilities)
        case Float() | Int() | Ordinal() | Categorical() | Constant():
            return parameter.grid(None)
        case _:
            assert_never(parameter)


def from_native(parameter: AnyParameter, native: Any) -> Any:
    """Return the declared value of a drawn one, as a builtin type."""
    if isinstance(parameter, Float) and parameter.step is None:
        return parameter.settle(native)
    return parameter.read(native)


def _weighted(values: Any, probabilities: Any) -> Call:
    return Call("WeightedChoice", (list(values),), {"p": list(probabilities)})


def _build_random(space: Space) -> Native:
    from scipy import stats

    from tunebridge_sklearn.distributions import LogInt, WeightedChoice

    names = ("uniform", "loguniform", "randint", "norm", "lognorm")
    functions = {f"scipy.stats.{name}": getattr(stats, name) for name in names}
    functions |= {"LogInt": LogInt, "WeightedChoice": WeightedChoice, "dict": dict}

    countable = (space.size or 0) <= sys.maxsize

    def entry(node: Node, label: str | None) -> Any:
        if label is not None:
            return _weighted([label], [1.0])
        values = drawn(node.parameter)
        if countable or isinstance(values, Call):
            return values
        return _weighted(values, [1.0 / len(values)] * len(values))

    dicts: list[dict[str, Any]] = []
    for one, copies in _dicts(space, entry):
        dicts += [Call("dict", (one,)).build(functions)] * copies
    return dicts if space.conditional else dicts[0]


def _build_grid(space: Space, points: Callable[[Node], int | None]) -> Native:
    def entry(node: Node, label: str | None) -> list[Any]:
        return node.parameter.grid(points(node)) if label is None else [label]

    dicts = [one for one, _ in _dicts(space, entry)]
    return dicts if space.conditional else dicts[0]


def _dicts(space: Space, entry: Callable[[Node, str | None], Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield one dict per combination of labels, and how many copies of it keep the probabilities.

    Args:
        space: The declared space.
        entry: What stands under a node's path; its label is given for a choice with branches.
    """
    combinations = _combinations(space, entry)
    unit = math.lcm(*(probability.denominator for _, probability in combinations))
    for one, probability in combinations:
        yield one, int(probability * unit)


Combinations = list[tuple[dict[str, Any], Fraction]]
"""Dicts of what stands under paths, each with its probability."""


def _combinations(space: Space, entry: Callable[[Node, str | None], Any]) -> Combinations:
    """Return one dict per combination of labels of the choices with branches, with its probability."""

    def leaf(node: Node, beside: object) -> Combinations:
        return [({node.path: entry(node, None)}, Fraction(1))]

    def choice(
        node: Node, branches: Mapping[str, Mapping[str, Combinations]], beside: object
    ) -> Combinations:
        parts = zip(branches.items(), _fractions(node.parameter), strict=True)  # type: ignore[arg-type]
        return [
            ({node.path: entry(node, label), **one}, part * probability)
            for (label, inside), part in parts
            for one, probability in _together(inside)
        ]

    return _together(fold(space, leaf, choice))


def _together(parts: Mapping[str, Combinations]) -> Combinations:
    """Return every combination of one of each part."""
    found: Combinations = [({}, Fraction(1))]
    for part in parts.values():
        found = [({**one, **more}, p * q) for one, p in found for more, q in part]
    return found


def _fractions(choice: Categorical) -> list[Fraction]:
    """Return the probabilities as fractions of small denominators."""
    return [Fraction(probability).limit_denominator(MAX_DICTS) for probability in choice.probabilities]


def _refusal(space: Space) -> str:
    """Return why the branches cannot be a list of dicts, or an empty string."""
    if not space.conditional:
        return ""
    parts = [probability for _, probability in _combinations(space, lambda node, label: label)]
    total = math.lcm(*(part.denominator for part in parts))
    choices = [
        node.parameter for node in space.nodes if isinstance(node.parameter, Categorical) and node.branching
    ]
    near = sum(parts) == 1 and all(
        math.isclose(part, probability, rel_tol=1e-9)
        for choice in choices
        for part, probability in zip(_fractions(choice), choice.probabilities, strict=True)
    )
    if near and total <= MAX_DICTS:
        return ""
    return f"its branch probabilities need more than {MAX_DICTS} dicts; choose weights such as [1, 3]"


def _translation(
    space: Space, backend: str, rows: list[TranslatedParameter], build: Callable[[], Any]
) -> Translation:
    return Translation.by_value(
        space,
        backend=backend,
        parameters=rows,
        build=build,
        from_native=from_native,
        to_native=lambda parameter, value: value,
    )


CONDITION = "has a condition that is no branch, which this translation does not know"


def _random_row(node: Node, refusal: str) -> TranslatedParameter:
    if node.when:
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, CONDITION)
    if node.branching and refusal:
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, refusal)
    return TranslatedParameter.of(node, drawn(node.parameter), *_random_fidelity(node))


def _random_fidelity(node: Node) -> tuple[Fidelity, str]:
    match node.parameter:
        case Int(log=True, step=None):
            return Fidelity.EMULATED, "a frozen distribution of ours; scipy has no log-uniform integer"
        case Categorical() if node.branching:
            return Fidelity.EMULATED, "a list of dicts, repeated so that the probabilities hold"
        case Categorical(weighted=True):
            return Fidelity.EMULATED, "a frozen distribution of ours; a list has no weights"
        case _:
            return Fidelity.EXACT, ""


def _grid_row(node: Node, points: int | None) -> TranslatedParameter:
    if node.when:
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, CONDITION)
    try:
        values = node.parameter.grid(points)
    except ValueError as error:
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, str(error))
    reason = "" if points is None else f"{len(values)} points, ends included"
    return TranslatedParameter.of(node, values, Fidelity.EXACT, reason)
