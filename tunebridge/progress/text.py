"""Turns times, params and foreign text into what fits on one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunebridge.display.printable import one_line as in_one_line

MAX_PARAM = 60
"""Characters of one param that are shown."""


def clock(seconds: float | None) -> str:
    """Return seconds as h:mm:ss, and dashes of the same width for None."""
    if seconds is None:
        return "-:--:--"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def stopwatch(seconds: float) -> str:
    """Return seconds with a tenth, or as a clock from 100 s on."""
    return f"{seconds:.1f} s" if seconds < 99.95 else clock(seconds)


def percent(share: float) -> str:
    """Return a share of 1 in whole percent; the last step to 0 or 100 is made by nothing less."""
    if 0 < share < 0.01:
        return "<1 %"
    return f"{min(share * 100, 99 if share < 1 else 100):.0f} %"


def params_text(params: Mapping[str, Any]) -> str:
    """Return params as `name=value, ...`, each value cut to a sane length."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in params.items())


def one_line(text: str, encoding: str) -> str:
    """Return text in one line, with escapes for control characters and for what cannot be encoded."""
    return in_one_line(text).encode(encoding, "backslashreplace").decode(encoding)


def _shown(value: Any) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= MAX_PARAM else text[: MAX_PARAM - 3] + "..."
