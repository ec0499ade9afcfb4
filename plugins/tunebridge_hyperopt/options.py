"""The options of hyperopt's choices, as far as something identifies them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from hyperopt.pyll import Apply, as_apply, dfs, rec_eval
from hyperopt.pyll.base import Literal

from tunebridge import Option

WRITTEN = ("literal", "pos_args", "dict")
"""The nodes of what is written out: constants, lists and dicts."""


def options_of(space: Any) -> dict[str, tuple[Any, ...] | None]:
    """Return the options of every choice of a space by its label: values, or what is known of them.

    What is drawn as a number has none.
    """
    nodes = dfs(as_apply(space))
    switches = [node.pos_args for node in nodes if node.name == "switch"]
    numbers = {_label(node): None for node in nodes if node.name == "hyperopt_param"}
    return {
        **numbers,
        **{_label(index): _known(rest) for index, *rest in switches if index.name == "hyperopt_param"},
    }


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
    if any(node.name not in WRITTEN for node in dfs(option)):
        return ()
    value = rec_eval(option)
    return (value, list(value)) if isinstance(value, tuple) else (value,)


def _texts(option: Apply) -> Iterator[str]:
    """Yield the keys and texts that are written in an option, whatever is drawn inside."""
    if isinstance(option, Literal):
        yield from (option.obj,) if isinstance(option.obj, str) else ()
    elif option.name in WRITTEN:
        yield from (key for key, _ in option.named_args)
        inside: Iterable[Apply] = option.inputs()
        for one in inside:
            yield from _texts(one)


def _names(option: Apply) -> frozenset[str]:
    """Return the labels of all that is drawn inside an option."""
    return frozenset(_label(node) for node in dfs(option) if node.name == "hyperopt_param")


def _label(drawn: Apply) -> str:
    label: str = drawn.pos_args[0].obj
    return label
