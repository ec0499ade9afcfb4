"""What is looked for on pages is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.looking import LOW_CONTRAST

if TYPE_CHECKING:
    from tests.conftest import Browser


def test_text_of_low_contrast_would_be_seen(browser: Browser) -> None:
    browser.open("data:text/html,<p style='color: %23888'>grey</p><p>black</p>")
    assert [part for part, _ in browser.evaluate(LOW_CONTRAST)] == ['<p style="color: #888">grey</p>']
