"""What several tests of `auto` need."""

import pytest

from tunebridge.study import keepsakes
from tunebridge_auto import rule


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let members take turns after 4 trials, and keep the states of all of them, however cheap."""
    monkeypatch.setattr(rule, "START", 4)
    monkeypatch.setattr(keepsakes, "MIN_SECONDS", 0.0)
    monkeypatch.setattr(keepsakes, "SHARE", 0.0)
