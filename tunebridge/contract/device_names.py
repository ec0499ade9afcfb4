"""What a list of devices has to be, for the option `devices` of an executor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

NUMBERED = re.compile(r"cuda(:(0|[1-9][0-9]*))?")
"""A GPU of CUDA or ROCm, by its number, or the one that is current."""

NOT_IN_A_NAME = re.compile(r"[\[\]{}\"'`]|^\(")
"""What no library has in the name of a device: it is left of a list that was written as text."""


class DeviceNames:
    """One name or more, each a text; one that stands twice gets twice as many slots.

    Names of CUDA are checked, because what is almost one hides nothing. All others are for their library, but
    for what no library has in a name.
    """

    def __str__(self) -> str:
        """Show a list."""
        return 'a list of names of devices, such as ["cuda:0", "cuda:1"]'

    def fits(self, value: Any) -> bool:
        """Look at each name."""
        return isinstance(value, list | tuple) and len(value) > 0 and all(map(_is_name, value))

    def advice(self, value: Any) -> str:
        """Return the list that was meant, as far as it shows."""
        given = value.split(",") if isinstance(value, str) else value
        is_list = isinstance(given, list | tuple)
        if given is None or (is_list and not given):
            return "leave devices out if trials need none"
        if not is_list:
            return "name each in a list, and one twice that gets twice as many trials"
        names = self.meant(given)
        if names is None:
            return "name each as its library does, as a text"
        return f"write devices=[{', '.join(map(_quoted, names))}]"

    def meant(self, given: Sequence[Any]) -> list[str] | None:
        """Return the names that stand for those that are none; None if one of them shows nothing."""
        names = [_meant(name) for name in given]
        return names if all(map(_is_name, names)) else None


def _is_name(value: Any) -> bool:
    if not isinstance(value, str) or value != value.strip() or not value or value.isdigit():
        return False
    if NOT_IN_A_NAME.search(value):
        return False
    return not value.lower().startswith("cuda") or NUMBERED.fullmatch(value) is not None


def _meant(value: Any) -> Any:
    """Return the name that a number, or a name with a slip, stands for; itself if none shows."""
    text = str(value).strip(" \t\n[]{}()\"'`") if isinstance(value, str) else str(value)
    number = re.fullmatch(r"(?:cuda)?[:\s]*0*([0-9]+)", text, re.IGNORECASE)
    if isinstance(value, int | str) and not isinstance(value, bool) and number is not None:
        return f"cuda:{number[1]}"
    if not isinstance(value, str):
        return value
    return (
        "cuda" if text.lower() == "cuda" else text if NOT_IN_A_NAME.search(value.strip()) else value.strip()
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
