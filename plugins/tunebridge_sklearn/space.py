"""A space in scikit-learn's words.

Every decision, for random search:

- Float is `scipy.stats.uniform(loc=low, scale=high - low)`, with `log` `loguniform(low, high)`.
- Int is `randint(low, high + 1)`, which excludes its top; with `log` a frozen distribution of ours.
- Stepped, Ordinal and Categorical parameters are lists of the real values; weighted ones a distribution.
- Normal is `scipy.stats.norm`, with `log` `lognorm(s=sd, scale=exp(mean))`.
- Branches are a list of dicts, one per combination of labels, each repeated so that the declared
  probabilities hold; the labels in them are frozen distributions, so that they are drawn with replacement.
- What depends on anything else than branches is drawn in any case, and dropped where it is inactive.
- A space of lists only, without branches, is drawn without replacement, each active point once, and is
  exhausted when it is used up; one with more points than scikit-learn can count is drawn with replacement.

For the grid: every parameter is a list of values, and there is one dict per combination of the values between
which conditions tell, so that every point is active as a whole. Weights do not matter. Names are full paths.
Constants and other parameters of one value never travel.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, assert_never

from tunebridge import (
    AnyParameter,
    Call,
    Categorical,
    Clause,
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
    read_points,
)
from tunebridge_sklearn.dicts import Part, dicts

MAX_DICTS = 1000
"""How many dicts the branches of one space may need."""

Native = dict[str, Any] | list[dict[str, Any]]


def translate_random(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for random search."""
    refusal, loose = _refusal(space), _loose(space)
    rows = [_random_row(node, refusal).dropped_unless(loose.get(node.path, "")) for node in space.nodes]
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

    countable = _n_points(space) <= sys.maxsize

    def entry(node: Node) -> Any:
        values = drawn(node.parameter)
        if countable or isinstance(values, Call):
            return values
        return _weighted(values, [1.0 / len(values)] * len(values))

    found: list[dict[str, Any]] = []
    for one, copies in _repeated(dicts(space, entry, _branches)):
        found += [Call("dict", (one,)).build(functions)] * copies
    return found if any(node.branching for node in space.nodes) else found[0]


def _n_points(space: Space) -> int:
    """Return how many points the dicts have, inactive parameters included; 0 for infinitely many."""
    counted = [one.values() for one, _ in dicts(space, lambda node: node.parameter.size or 0, _branches)]
    return sum(math.prod(size for size in sizes if isinstance(size, int)) for sizes in counted)


def _build_grid(space: Space, points: Callable[[Node], int | None]) -> Native:
    asked: dict[str, list[Clause]] = defaultdict(list)
    for clause in (clause for node in space.nodes for clause in node.condition.clauses):
        asked[clause.path].append(clause)

    def values(node: Node) -> list[Any]:
        return node.parameter.grid(points(node))

    def split(node: Node) -> list[Part]:
        """Return every label with a branch of its own, or the values between which no condition tells."""
        groups: dict[Any, list[Any]] = defaultdict(list)
        for value in values(node) if node.deciding else ():
            decided = {node.path: node.parameter.to_natural(value)}
            told = tuple(clause.holds(decided) for clause in asked[node.path])
            groups[value if node.branching else told].append(value)
        return [Part(group[0], group) for group in groups.values()]

    found = [one for one, _ in dicts(space, values, split)]
    return found if space.conditional else found[0]


def _branches(node: Node) -> list[Part]:
    """Return the labels of a choice with branches, drawn with replacement; none for all others."""
    if not (node.branching and isinstance(node.parameter, Categorical)):
        return []
    pairs = zip(node.parameter.labels, _fractions(node.parameter), strict=True)
    return [Part(label, _weighted([label], [1.0]), probability) for label, probability in pairs]


def _repeated(found: list[tuple[dict[str, Any], Fraction]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield each dict, and how many copies of it keep the probabilities."""
    unit = math.lcm(*(probability.denominator for _, probability in found))
    for one, probability in found:
        yield one, int(probability * unit)


def _fractions(choice: Categorical) -> list[Fraction]:
    """Return the probabilities as fractions of small denominators."""
    return [Fraction(probability).limit_denominator(MAX_DICTS) for probability in choice.probabilities]


def _refusal(space: Space) -> str:
    """Return why the branches cannot be a list of dicts, or an empty string."""
    choices = [
        node.parameter for node in space.nodes if isinstance(node.parameter, Categorical) and node.branching
    ]
    if not choices:
        return ""
    parts = [probability for _, probability in dicts(space, lambda node: None, _branches)]
    total = math.lcm(*(part.denominator for part in parts))
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


def _loose(space: Space) -> dict[str, str]:
    """Return what is drawn in dicts where it may be inactive, by full path, with its condition in words."""
    split = {node.path for node in space.nodes if node.branching}
    found: dict[str, str] = {}
    for node in space.nodes:
        if any(clause.path not in split or clause.path in found for clause in node.condition.clauses):
            found[node.path] = str(node.condition)
    return found


def _random_row(node: Node, refusal: str) -> TranslatedParameter:
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
    try:
        values = node.parameter.grid(points)
    except ValueError as error:
        return TranslatedParameter.of(node, "", Fidelity.REFUSED, str(error))
    reason = "" if points is None else f"{len(values)} points, ends included"
    return TranslatedParameter.of(node, values, Fidelity.EXACT, reason)
