"""The options of hyperopt's choices, as far as something identifies them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hyperopt.pyll import Apply, as_apply, dfs, rec_eval
from hyperopt.pyll.base import Literal

from tunebridge import Option
from tunebridge.display.brief import brief

WRITTEN = ("literal", "pos_args", "dict")
"""The nodes of what is written out: constants, lists and dicts."""

CASTS = ("float", "int")
"""The nodes that make a number another one of the same value."""


def options_of(space: Any) -> dict[str, tuple[Any, ...] | None]:
    """Return the options of every choice of a space by its label: values, or what is known of them.

    What is drawn as a number has none.
    """
    nodes = dfs(as_apply(space))
    switches = [node.pos_args for node in nodes if node.name == "switch"]
    numbers = {label_of(node): None for node in nodes if node.name == "hyperopt_param"}
    return {
        **numbers,
        **{label_of(index): _known(rest) for index, *rest in switches if index.name == "hyperopt_param"},
    }


def label_of(drawn: Apply) -> str:
    """Return the label of what is drawn."""
    label: str = drawn.arg["label"].obj
    return label


def is_constant(option: Apply) -> bool:
    """Return whether an option is written out, and nothing in it is drawn or computed."""
    return all(node.name in WRITTEN for node in dfs(option))


def named(options: Sequence[Apply]) -> list[str]:
    """Return a name for each option, by which people know it, each another one.

    That is a text that stands in it and in no other; else what is drawn or called; else its place.
    """
    texts = Counter(text for option in options for text in {*_texts(option)})
    names = [next((text for text in _texts(option) if texts[text] == 1), "") for option in options]
    called = [_called(option) or str(place) for place, option in enumerate(options)]
    return unlike([name or other for name, other in zip(names, called, strict=True)])


def unlike(names: Sequence[str]) -> list[str]:
    """Return names of which those that come again are told apart by their place among these."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def uncast(node: Apply) -> Apply:
    """Return what a number is made of."""
    while node.name in CASTS and len(node.pos_args) == 1:
        node = node.pos_args[0]
    return node


def _known(options: list[Apply]) -> tuple[Any, ...]:
    texts = Counter(text for option in options for text in {*_texts(option)})
    names = Counter(map(_names, options))
    return tuple(
        option.obj
        if isinstance(option, Literal)
        else Option(
            unknown=f"the option {place} of hp.choice is known by no label or value in it, and by no params "
            "of its own: write the label into its dict, and into no other",
            values=_values(option),
            texts=frozenset(text for text in _texts(option) if texts[text] == 1),
            names=_names(option) if names[_names(option)] == 1 else frozenset(),
        )
        for place, option in enumerate(options)
    )


def _values(option: Apply) -> tuple[Any, ...]:
    """Return what a constant option is; pyll makes tuples of lists."""
    if not is_constant(option):
        return ()
    value = rec_eval(option)
    return (value, list(value)) if isinstance(value, tuple) else (value,)


def _texts(option: Apply) -> Iterator[str]:
    """Yield the texts and keys that are written in an option, the outermost first."""
    level = [option]
    yield from _literal_texts(level)
    while level := [node for node in level if node.name in WRITTEN]:
        inside = [one for node in level for one in node.inputs()]
        yield from _literal_texts(inside)
        yield from (key for node in level for key, _ in node.named_args)
        level = inside


def _literal_texts(nodes: Sequence[Apply]) -> Iterator[str]:
    yield from (node.obj for node in nodes if isinstance(node, Literal) and isinstance(node.obj, str))


def _called(option: Apply) -> str:
    """Return a constant as it is written, the label of what is drawn, or the name of what is called."""
    if is_constant(option):
        return brief(rec_eval(option))
    node = uncast(option)
    if node.name == "switch":
        node = uncast(node.pos_args[0])
    if node.name == "hyperopt_param":
        return label_of(node)
    return "" if node.name in WRITTEN else str(node.name)


def _names(option: Apply) -> frozenset[str]:
    """Return the labels of all that is drawn inside an option."""
    return frozenset(label_of(node) for node in dfs(option) if node.name == "hyperopt_param")
