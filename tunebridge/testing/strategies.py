"""Hypothesis strategies: parameters of every kind, and whole spaces of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter, for_type_by_name

from tunebridge import AnyParameter, Categorical, Constant, Float, Int, Normal, Ordinal, Space
from tunebridge.testing.conditional_spaces import with_conditions

MAX_DEPTH = 2
"""How deep branches are nested."""

NAMES = ("lr", "n", "max depth")
"""Names of the parameters of one level; one is no identifier."""

LABELS = ("sgd", "adam", "0")
"""Labels of branches; one reads like an index."""

STEPS = (0.001, 0.1, 0.25, 0.3, 1.0, 2.5)
"""Steps of stepped floats; most have no exact binary form."""


class Opaque:
    """A choice of the user's own: equal to nothing but itself."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __repr__(self) -> str:
        """Show the label alone."""
        return f"<{self._label}>"


OBJECTS: dict[str, Any] = {
    "opaque": Opaque("opaque"),
    "class": dict,
    "function": len,
    "pair": (1, 2),
    "list": [3],
}
"""Choices that no library can store, by label."""

PLAIN = ("a", "b", None, True, False, 1, 0, 1.0, 0.5, -2)
"""Choices of builtin types; some are equal across types, their `repr` is not."""


def floats() -> st.SearchStrategy[Float]:
    """Generate continuous Floats, some with `log`, a few of one value."""
    bounds = st.integers(-1000, 1000).map(lambda tenths: tenths / 10)
    linear = st.builds(
        lambda low, width: Float(low, low + width), bounds, st.sampled_from([1e-3, 0.7, 9.0, 1e4])
    )
    return st.one_of(
        linear, st.builds(_log_float, st.integers(-8, 3), st.integers(1, 6)), bounds.map(_single)
    )


def stepped_floats() -> st.SearchStrategy[Float]:
    """Generate Floats with a step."""
    return st.builds(_stepped, st.sampled_from(STEPS), st.integers(-3, 3), st.integers(1, 5), st.booleans())


def ints() -> st.SearchStrategy[Int]:
    """Generate Ints: plain, with `log`, and with a step."""
    lows, widths = st.integers(-5, 5), st.integers(0, 9)
    return st.one_of(
        st.builds(lambda low, width: Int(low, low + width), lows, widths),
        st.builds(lambda low, width: Int(low, low + width, log=True), st.integers(1, 5), st.integers(0, 60)),
        st.builds(lambda low, n, step: Int(low, low + n * step, step=step), lows, widths, st.integers(1, 4)),
    )


def ordinals() -> st.SearchStrategy[Ordinal]:
    """Generate Ordinals of numbers, or of any values."""
    numbers = st.lists(st.sampled_from([16, 32, 64, 128, 0.5]), min_size=1, max_size=4, unique=True)
    return st.one_of(numbers, _plain_values()).map(Ordinal)


def normals() -> st.SearchStrategy[Normal]:
    """Generate Normals, some with `log`."""
    return st.builds(
        Normal, st.sampled_from([-3.0, 0.0, 2.5]), st.sampled_from([0.01, 1.0, 4.0]), log=st.booleans()
    )


def categoricals() -> st.SearchStrategy[Categorical]:
    """Generate Categoricals without branches: plain values or labelled objects, some weighted."""
    labels = st.lists(st.sampled_from(sorted(OBJECTS)), min_size=1, max_size=3, unique=True)
    objects = labels.map(lambda names: {name: OBJECTS[name] for name in names})
    return st.one_of(_plain_values(), objects).flatmap(_weighted)


def constants() -> st.SearchStrategy[Constant]:
    """Generate Constants of any value."""
    return st.sampled_from([*PLAIN, *OBJECTS.values()]).map(Constant)


def parameters() -> st.SearchStrategy[AnyParameter]:
    """Generate parameters of every kind, without branches."""
    return st.one_of(
        floats(), stepped_floats(), ints(), ordinals(), normals(), categoricals(), constants()
    )  # fmt: skip


def spaces(
    *,
    conditional: bool = True,
    conditions: bool = True,
    accept: Callable[[AnyParameter], bool] = lambda parameter: True,
) -> st.SearchStrategy[Space]:
    """Generate spaces of up to three parameters and, if `conditional`, nested branches.

    The branches of one choice use the same names, as they exclude one another.

    Args:
        conditional: Whether some spaces have branches.
        conditions: Whether, in some of those, parameters and groups have conditions, too.
        accept: Returns whether a parameter without branches may appear.
    """
    plain = _level(parameters().filter(accept), "", MAX_DEPTH if conditional else 0)
    return with_conditions(plain) if conditional and conditions else plain


@st.composite
def _level(draw: st.DrawFn, plain: st.SearchStrategy[AnyParameter], prefix: str, depth: int) -> Space:
    """Generate the space of one level, with branches of at most `depth` levels more."""
    names = draw(st.lists(st.sampled_from([f"{prefix}{name}" for name in NAMES]), max_size=3, unique=True))
    entries: list[tuple[str, AnyParameter]] = [(name, draw(plain)) for name in names]
    if depth > 0 and draw(st.booleans()):
        choice = f"{prefix}choice"
        branches = _branches(_level(plain, f"{choice} ", depth - 1))
        entries.insert(draw(st.integers(0, len(entries))), (choice, draw(branches)))
    return Space(dict(entries))


def _branches(branch: st.SearchStrategy[Space]) -> st.SearchStrategy[Categorical]:
    """Generate choices of which one at least is a branch."""
    labels = st.lists(st.sampled_from(LABELS), max_size=2, unique=True)
    others = labels.flatmap(
        lambda chosen: st.fixed_dictionaries(dict.fromkeys(chosen, branch | st.just("leaf")))
    )
    return st.tuples(branch, others).map(lambda parts: {"first": parts[0], **parts[1]}).flatmap(_weighted)


def _plain_values() -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(PLAIN), min_size=1, max_size=4, unique_by=repr)


def _weighted(choices: Sequence[Any] | dict[str, Any]) -> st.SearchStrategy[Categorical]:
    weights = st.lists(st.sampled_from([1, 2, 5]), min_size=len(choices), max_size=len(choices))
    return (st.none() | weights).map(lambda chosen: Categorical(choices, chosen))


def _log_float(low: int, decades: int) -> Float:
    return Float(10.0**low, 10.0 ** (low + decades), log=True)


def _single(value: float) -> Float:
    return Float(value, value)


def _stepped(step: float, place: int, count: int, written: bool) -> Float:
    """Return a Float whose bounds are as a person writes them, or as an expression gives them."""
    low, high = place * step, place * step + count * step
    return Float(round(low, 6), round(high, 6), step=step) if written else Float(low, high, step=step)


def _print_space(space: Space, printer: RepresentationPrinter, cycle: bool) -> None:
    """Print a space as it was written: hypothesis would list the fields of a dataclass, whatever its repr."""
    printer.text(repr(space))


for_type_by_name("tunebridge.space.space", "Space", _print_space)
