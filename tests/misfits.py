"""Calls that do not fit what they call, and what is said of them."""

from collections.abc import Callable
from typing import Any

import pytest

import tunebridge as tb

Misfit = tuple[Callable[[], Any], str, str]
"""A call, what is wrong with it, and a part of the next step."""


def check_misfit(misfit: Misfit) -> None:
    """Check that a call is refused in these words, without the error that Python has for it."""
    call, message, step = misfit
    with pytest.raises(tb.OptionError) as caught:
        call()
    assert caught.value.message == message
    assert step in caught.value.hint
    assert caught.value.__context__ is None
