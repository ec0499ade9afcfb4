"""The contract suite over every store that is registered, servers included."""

from collections.abc import Callable

import pytest

from tunebridge.registry.plugins import registry
from tunebridge.testing import StoreContract


class TestEveryStore(StoreContract):
    @pytest.fixture(params=sorted(registry().stores))
    def url(self, request: pytest.FixtureRequest, new_store: Callable[[str], str]) -> str:
        return new_store(request.param)
