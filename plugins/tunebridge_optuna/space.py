"""A space in Optuna's words.

Every decision:

- Float and Int are Optuna's own distributions, `log` and an Int's `step` too; an Int's ends have full weight.
- A stepped Float is an IntDistribution over the index: Optuna adds its steps up in decimals, and where floats
  differ from them by a hair it moves `high` down by a whole step.
- Ordinal is an IntDistribution over the index, so that samplers see the order.
- Categorical travels as labels (Optuna aliases 1, True and 1.0, and stores only plain values).
- Weighted choices are lossy: Optuna has none. Brute force and the grid visit every point, so they are
  exact there.
- Normal is the quantile of a unit float kept inside [1e-9, 1 - 1e-9] (the GP proposes exactly 0).
- Constants and other parameters of one value never travel.
- A flat space is a dict of distributions, a conditional one a define-by-run callable; both in declaration
  order, parents first, because the order changes trajectories.
- Conditions are the same callable: a parameter is suggested if it is active, as `if` does it by hand. The
  Gaussian process, which models neither, can have all of it as one dict (`flat.py`).
- The grid is a dict of lists; a grid cannot hold branches or conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

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
    read_points,
)

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

SUGGEST = {
    "FloatDistribution": "suggest_float",
    "IntDistribution": "suggest_int",
    "CategoricalDistribution": "suggest_categorical",
}
"""The method of a trial for each distribution."""


def translate(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for the samplers that take distributions."""
    return _translation(space, backend, [_row(space, node) for node in space.nodes], lambda: _build(space))


def translate_finite(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for brute force, which enumerates: what is continuous is refused."""
    rows = [_finite_row(space, node) for node in space.nodes]
    return _translation(space, backend, rows, lambda: _build(space))


def translate_grid(space: Space, options: Mapping[str, Any], *, backend: str) -> Translation:
    """Translate for the grid sampler: a list of values per parameter."""
    points = read_points(space, options.get("points"))
    rows = [_grid_row(node, points(node)) for node in space.nodes]
    return _translation(space, backend, rows, lambda: _grid(space, points))


def distribution(parameter: AnyParameter) -> Call:
    """Return the distribution of a parameter's native values."""
    match parameter:
        case Float(step=float()) | Ordinal():
            return Call("IntDistribution", (0, (parameter.size or 1) - 1))
        case Float() | Int():
            shape = {"log": parameter.log, "step": parameter.step}
            kwargs = {name: value for name, value in shape.items() if value}
            return Call(f"{type(parameter).__name__}Distribution", (parameter.low, parameter.high), kwargs)
        case Normal():
            return Call("FloatDistribution", (0.0, 1.0))
        case Categorical() | Constant():
            return Call("CategoricalDistribution", (list(parameter.labels),))
        case _:
            assert_never(parameter)


def from_native(parameter: AnyParameter, native: Any) -> Any:
    """Return the declared value of a native one."""
    match parameter:
        case Float(step=float()) | Ordinal():
            return parameter.at(_place(parameter, native))
        case Float() | Int():
            return parameter.read(native)
        case Normal():
            return parameter.quantile(native)
        case Categorical() | Constant():
            return parameter.from_natural(native)
        case _:
            assert_never(parameter)


def to_native_value(parameter: AnyParameter, value: Any) -> Any:
    """Return the native value of a declared one."""
    match parameter:
        case Float(step=float()) | Ordinal():
            return parameter.index(value)
        case Float() | Int():
            return value
        case Normal():
            return parameter.cdf(value)
        case Categorical() | Constant():
            return parameter.to_natural(value)
        case _:
            assert_never(parameter)


class DefineByRun:
    """A conditional space as Optuna has them: call it with a trial, and it suggests what is active.

    Args:
        space: The declared space.
    """

    def __init__(self, space: Space) -> None:
        """Prepare the suggestions."""
        self.space = space
        """The declared space."""
        self._calls = {node.path: _suggestion(node) for node in space.nodes if not node.fixed}

    def __call__(self, trial: optuna.Trial) -> dict[str, Any]:
        """Suggest all active parameters, parents first, and return them by full path."""
        native = {}
        methods = {f"trial.{name}": getattr(trial, name) for name in SUGGEST.values()}

        def suggest(node: Node) -> Any:
            if node.fixed:
                return node.parameter.quantile(0.0)
            native[node.path] = self._calls[node.path].build(methods)
            return from_native(node.parameter, native[node.path])

        self.space.walk(suggest)
        return native


def _place(listed: Float | Ordinal, native: Any) -> int:
    return Int(0, (listed.size or 1) - 1).read(native)


def _suggestion(node: Node) -> Call:
    call = distribution(node.parameter)
    return Call(f"trial.{SUGGEST[call.function]}", (node.path, *call.args), call.kwargs)


def build_flat(space: Space) -> dict[str, BaseDistribution]:
    """Return a distribution for each parameter, be it active or not, by full path."""
    from optuna import distributions

    functions = {name: getattr(distributions, name) for name in SUGGEST}
    free = [node for node in space.nodes if not node.fixed]
    return {node.path: distribution(node.parameter).build(functions) for node in free}


def _build(space: Space) -> Any:
    return DefineByRun(space) if space.conditional else build_flat(space)


def _grid(space: Space, points: Callable[[Node], int | None]) -> dict[str, list[Any]]:
    return {
        node.path: [to_native_value(node.parameter, value) for value in node.parameter.grid(points(node))]
        for node in space.nodes
        if not node.fixed
    }


def _translation(
    space: Space, backend: str, rows: list[TranslatedParameter], build: Callable[[], Any]
) -> Translation:
    return Translation.by_value(
        space,
        backend=backend,
        parameters=rows,
        build=build,
        from_native=from_native,
        to_native=to_native_value,
    )


def _row(space: Space, node: Node) -> TranslatedParameter:
    call = _suggestion(node) if space.conditional else distribution(node.parameter)
    return TranslatedParameter.of(node, call, *fidelity(node))


def _finite_row(space: Space, node: Node) -> TranslatedParameter:
    if isinstance(node.parameter, Float | Normal) and node.parameter.size is None:
        return _refused(node, "is continuous, and the library enumerates; give it a step, or use an Ordinal")
    row = _row(space, node)
    if row.fidelity is Fidelity.LOSSY:
        return replace(
            row, fidelity=Fidelity.EXACT, reason="every point is visited, so weights do not matter"
        )
    return row


def fidelity(node: Node) -> tuple[Fidelity, str]:
    """Return how faithful the distribution of a parameter is, and why."""
    match node.parameter:
        case Categorical(weighted=True):
            return Fidelity.LOSSY, "Optuna has no weighted choices; all would be equally likely"
        case Ordinal():
            return Fidelity.EMULATED, "its index, so that samplers see the order"
        case Float(step=float()):
            return Fidelity.EMULATED, "its index, so that no step is lost to rounding"
        case Normal():
            return Fidelity.EMULATED, "the quantile of a unit float"
        case Categorical():
            return Fidelity.EXACT, "travels as labels"
        case _:
            return Fidelity.EXACT, ""


def _grid_row(node: Node, points: int | None) -> TranslatedParameter:
    if node.branching or node.when:
        what = "has branches" if node.branching else "has a condition"
        return _refused(
            node, f"{what}, and a grid is one product of lists; use optuna:brute-force or sklearn:grid"
        )
    try:
        values = [to_native_value(node.parameter, value) for value in node.parameter.grid(points)]
    except ValueError as error:
        return _refused(node, str(error))
    reason = "" if points is None else f"{len(values)} points, ends included"
    return TranslatedParameter.of(node, values, Fidelity.EXACT, reason)


def _refused(node: Node, reason: str) -> TranslatedParameter:
    return TranslatedParameter.of(node, "", Fidelity.REFUSED, reason)
