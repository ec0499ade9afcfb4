"""What a list of devices has to be, for the option `devices` of an executor."""

from __future__ import annotations

import re
from typing import Any

NUMBERED = re.compile(r"cuda(:(0|[1-9][0-9]*))?")
"""A GPU of CUDA or ROCm, by its number, or the one that is current."""


class DeviceNames:
    """One name or more, each a text; one that stands twice gets twice as many slots.

    Names of CUDA are checked, because what is almost one hides nothing. All others are for their library.
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
        meant = [_meant(name) for name in given]
        if not all(map(_is_name, meant)):
            return "name each as its library does, as a text"
        return f"write devices=[{', '.join(map(_quoted, meant))}]"


def _is_name(value: Any) -> bool:
    if not isinstance(value, str) or value != value.strip() or not value or value.isdigit():
        return False
    return not value.lower().startswith("cuda") or NUMBERED.fullmatch(value) is not None


def _meant(value: Any) -> Any:
    """Return the name that a number, or a name with a slip, stands for; itself if none shows."""
    text = str(value).strip()
    number = re.fullmatch(r"(?:cuda)?[:\s]*0*([0-9]+)", text, re.IGNORECASE)
    if isinstance(value, int | str) and not isinstance(value, bool) and number is not None:
        return f"cuda:{number[1]}"
    return text.lower() if text.lower() == "cuda" else value.strip() if isinstance(value, str) else value


def _quoted(name: str) -> str:
    return f'"{name}"'
