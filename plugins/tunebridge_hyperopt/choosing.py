"""The choices of a graph: which places they draw, how often, and what stands there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hyperopt.pyll import Apply, rec_eval
from hyperopt.pyll.base import Literal

from tunebridge.space.labels import ADDRESS
from tunebridge.space.labels import label_of as written_label
from tunebridge_hyperopt.drawn import Unreadable, arguments
from tunebridge_hyperopt.options import is_constant, named, unlike

ROUNDING = 1e-6
"""How far probabilities may be from 1 in all."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice draws."""

    places: Sequence[int]
    """The places that are ever drawn, in order."""
    weights: Sequence[float] | None
    """How likely each of them is; None for equally."""
    names: Sequence[str]
    """A name for each, by which people know the option."""
    values: Sequence[Any]
    """What stands there, its name if that is computed; beside what is, the names of lists and dicts, too."""
    labels: Sequence[str]
    """The label of each value."""
    reason: str = ""
    """What is worth knowing."""


def choice(node: Apply, options: Sequence[Apply]) -> Choice:
    """Return a choice.

    Args:
        node: What draws its places.
        options: What stands there; nothing for places that mean themselves.

    Raises:
        Unreadable: It cannot be read; the message says why.
    """
    given = arguments(node)
    weighted = _weights(given["p"]) if "p" in given else None
    if weighted:
        places = [place for place, weight in enumerate(weighted) if weight]
    else:
        places = list(range(*map(int, given.values())))
    if not places or (options and not set(places) <= set(range(len(options)))):
        raise Unreadable(f"it has {len(options)} options, and draws the places {places}")
    weights = [weighted[place] for place in places] if weighted else None
    if not options:
        texts = list(map(str, places))
        return Choice(places, weights, texts, places, texts)
    taken = [options[place] for place in places]
    names = named(taken)
    is_plain = all(map(is_constant, taken))
    values = [
        rec_eval(option) if is_plain or isinstance(option, Literal) else name
        for option, name in zip(taken, names, strict=True)
    ]
    # Without addresses, so that a stored study knows a function again in another process.
    labels = unlike([ADDRESS.sub("", written_label(value)) for value in values])
    rest = math.isclose(math.fsum(given["p"]), 1.0, abs_tol=ROUNDING) if weighted else True
    reason = "" if rest else "the last option has what is missing to 1, as hyperopt draws it"
    return Choice(places, weights, names, values, labels, reason)


def _weights(p: Sequence[float]) -> list[float]:
    """Return probabilities as they are drawn: the last option has what the others leave."""
    *first, last = p
    rest = 1.0 - math.fsum(first)
    if min(p) < 0.0 or rest < -ROUNDING or last > rest + ROUNDING:
        rule = "probabilities must be >= 0, and 1 in all"
        raise Unreadable(f"{rule}, got {list(p)!r}: divide them by their sum")
    return [*first, last if math.isclose(last, rest, abs_tol=ROUNDING) else rest]
