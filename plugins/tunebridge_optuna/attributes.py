"""JSON values as user attributes: split where a database could not hold them whole.

Optuna keeps an attribute as JSON in a text column, which in MySQL ends at 65,535 bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_LENGTH = 60_000
"""Characters of JSON that one attribute holds; JSON is written in ASCII, so they are bytes."""

PART_LENGTH = MAX_LENGTH // 2
"""Characters of a part, which is JSON once more: every quote and backslash is then two."""

N_PARTS = "tunebridge:parts"


def packed(key: str, value: Any) -> dict[str, Any]:
    """Return the attributes that hold a value, to be set in this order: none is of use before the last."""
    text = json.dumps(value)
    if len(text) <= MAX_LENGTH:
        return {key: value}
    parts = [text[start : start + PART_LENGTH] for start in range(0, len(text), PART_LENGTH)]
    named = {f"{key}/{place}": part for place, part in enumerate(parts)}
    return {**named, key: {N_PARTS: len(parts)}}


def unpacked(attributes: Mapping[str, Any], key: str) -> Any:
    """Return the value that was packed under a key, or None if there is none.

    Raises:
        ValueError: It was in parts, and they are not all there.
    """
    value = attributes.get(key)
    if isinstance(value, Mapping) and N_PARTS in value:
        count = value[N_PARTS]
        if type(count) is not int or not 0 < count <= len(attributes):
            raise ValueError(f"{count!r} parts")
        parts = [attributes.get(f"{key}/{place}") for place in range(count)]
        if not all(isinstance(part, str) for part in parts):
            raise ValueError(f"parts of which some are missing or no text, of {count}")
        return json.loads("".join(map(str, parts)))
    return value
