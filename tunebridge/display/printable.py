"""The border to terminals, logs and errors: what others wrote is shown there, and does nothing."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

URL = "://"
"""What a text holds in which a password may stand before a host, or behind it."""

ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tabs and ends of lines
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f"
    "\ud800-\udfff]"
)
"""Characters that act instead of being seen: controls, directions, invisible ones, halves of surrogate pairs.

The two joiners (U+200C, U+200D) are letters of a word or of an emoji to those who write them, and stay.
"""

Kind = TypeVar("Kind", bound=type)


def printable(text: str) -> str:
    r"""Return a text as it may be printed: escapes such as `\x1b` for what acts, no passwords in URLs."""
    if URL in text:
        from tunebridge.display.passwords import without_passwords

        text = without_passwords(text)
    return text if text.isprintable() else ACTIVE.sub(_escape, text)


def one_line(text: str) -> str:
    r"""Return a text as it may be printed where there is one line: ends of lines are shown as `\n`."""
    return printable(text).replace("\n", r"\n").replace("\t", r"\t")


def printed(kind: Kind) -> Kind:
    """Decorate a class whose `repr` holds what others wrote."""
    own: Callable[[Any], str] = vars(kind)["__repr__"]
    setattr(kind, "__repr__", lambda self: printable(own(self)))  # noqa: B010  # mypy knows no such method
    return kind


def logger_of(name: str) -> logging.Logger:
    """Return the logger of a module; what it says is printable, tracebacks too."""
    found = logging.getLogger(name)  # noqa: TID251
    found.addFilter(_made_printable)
    return found


def _escape(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def _made_printable(record: logging.LogRecord) -> bool:
    """Write a record anew, as its handlers will see it."""
    record.msg, record.args = printable(record.getMessage()), ()
    if record.exc_info:
        # What is there already is not formatted again.
        record.exc_text = printable("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    return True
