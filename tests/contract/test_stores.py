"""The contract suite over every store that is registered, servers included, by both ways into a database."""

from collections.abc import Callable

import pytest

from tests.stores.ways import SERVERS, database_of
from tunebridge.registry.plugins import registry
from tunebridge.testing import StoreContract

SLOW = [pytest.param(f"{server} by calls", marks=pytest.mark.slow) for server in SERVERS]
WAYS = [*sorted(registry().stores), "sqlite by calls", *SLOW]


class TestEveryStore(StoreContract):
    @pytest.fixture(params=WAYS)
    def url(
        self,
        request: pytest.FixtureRequest,
        new_store: Callable[[str], str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> str:
        return new_store(database_of(request.param, monkeypatch))
