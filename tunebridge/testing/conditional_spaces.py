"""Hypothesis strategies: spaces with conditions of every form, made of spaces without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tunebridge import AnyParameter, Between, Categorical, Float, Node, Normal, Space, SpaceError
from tunebridge.checks import is_finite

MOST_LISTED = 8
"""Up to how many values of a parent a condition may list."""

QUANTILES = (0.2, 0.4, 0.6, 0.8)
"""Where the ends of ranges lie."""


@st.composite
def with_conditions(draw: st.DrawFn, plain: st.SearchStrategy[Space]) -> Space:
    """Generate a space in which some parameters, choices with branches and groups have conditions.

    They name one parent or two, by one value, several or a range, all of it or any. Parents may have
    conditions themselves, lie in branches or in groups, and come later than what depends on them.
    """
    space = draw(plain)
    declared, entries = dict(space), dict(space)
    parents: list[Node] = []
    order: list[str] = draw(st.permutations(list(declared)))
    for name in order:
        if draw(st.booleans()) and parents:
            when = draw(_conditions(parents))
            inside = draw(st.booleans())
            entry = Space({name: declared[name]}, when=when) if inside else declared[name].under(when)
            entries, space = _if_possible(entries, name, entry, space)
        parents += [node for node in Space({name: declared[name]}).nodes if not node.fixed]
    return space


def _if_possible(
    entries: dict[str, Any], name: str, entry: Any, before: Space
) -> tuple[dict[str, Any], Space]:
    """Return a space with another entry; the one before, if its condition never holds or always does."""
    changed = {**entries, name: entry}
    try:
        return changed, Space(changed)
    except SpaceError:
        return entries, before


def _conditions(parents: Sequence[Node]) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.sampled_from(parents).flatmap(
        lambda node: st.tuples(st.just(node.name), _wanted(node.parameter))
    )
    return st.lists(st.lists(one, min_size=1, max_size=2).map(dict), min_size=1, max_size=2)


def _wanted(parameter: AnyParameter) -> st.SearchStrategy[Any]:
    """Generate what a parent must be: one value, a list of them, or a range."""
    if isinstance(parameter, Float | Normal) and parameter.size is None:
        return _ranges([parameter.quantile(q) for q in QUANTILES])
    values = parameter.grid(min(parameter.size or 1, MOST_LISTED))
    listed = st.lists(st.sampled_from(range(len(values))), min_size=1, max_size=len(values) - 1, unique=True)
    # A value that is a list itself stands in a list.
    one = listed.map(lambda places: [values[place] for place in places])
    is_ordered = all(map(is_finite, values)) and not isinstance(parameter, Categorical)
    return one | _ranges(sorted(values)) if is_ordered else one


def _ranges(ends: Sequence[float]) -> st.SearchStrategy[Between]:
    """Generate ranges between two of several ends, in order, one of which may be open."""
    pairs = st.tuples(st.sampled_from(ends), st.sampled_from(ends)).map(sorted)
    return st.one_of(
        pairs.map(lambda pair: Between(*pair)),
        st.sampled_from(ends).map(lambda end: Between(end, None)),
        st.sampled_from(ends).map(lambda end: Between(None, end)),
    )
