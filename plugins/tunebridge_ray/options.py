"""The options of a choice of Ray's, and what they are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tunebridge import Categorical, Constant
from tunebridge_ray.parts import Fixed, Part

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""What a label must not show, as the next process has another."""


def listed(values: Sequence[Any]) -> tuple[Categorical, list[Part]]:
    """Return the choice among plain values, and the parts of its options; equal ones are one."""
    found: dict[str, Any] = {}
    weights: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for value in values:
        text = ADDRESS.sub("", Constant(value).labels[0])
        label = next((one for one, known in found.items() if _is_same(known, value)), "")
        if not label:
            seen[text] += 1
            label = text if seen[text] == 1 else f"{text} #{seen[text]}"
            found[label] = value
        weights[label] += 1
    is_even = len(set(weights.values())) == 1
    return Categorical(found, None if is_even else dict(weights)), [Fixed(one) for one in found.values()]


def _is_same(one: Any, other: Any) -> bool:
    return one is other or Constant(one) == Constant(other)


def labels(values: Sequence[Any]) -> list[str]:
    """Return labels of options: a text that each has under one key, and no two alike; else their places."""
    dicts: list[Mapping[Any, Any]] = [value for value in values if isinstance(value, dict)]
    for key in dicts[0] if len(dicts) == len(values) else ():
        texts = [one.get(key) for one in dicts]
        if all(isinstance(text, str) and text for text in texts) and len(set(texts)) == len(texts):
            return [str(text) for text in texts]
    return [str(place) for place in range(len(values))]
