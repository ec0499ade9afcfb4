"""The contract suite over every store that is registered, servers included."""

from collections.abc import Callable

import pytest

from tunebridge.registry.plugins import registry
from tunebridge.testing import StoreContract

FIRST_PARTY = {"journal", "mysql", "postgresql", "sqlite"}
THIRD_PARTY = {"jsonlines"}


class TestEveryStore(StoreContract):
    @pytest.fixture(params=sorted(FIRST_PARTY | THIRD_PARTY))
    def url(self, request: pytest.FixtureRequest, new_store: Callable[[str], str]) -> str:
        return new_store(request.param)


def test_every_expected_store_is_registered_and_tested() -> None:
    assert registry().stores.keys() >= FIRST_PARTY | THIRD_PARTY


def test_first_party_stores_come_from_tunebridge_alone() -> None:
    owners = registry().owners.items()
    own = {name for (kind, name), distribution in owners if (kind, distribution) == ("store", "tunebridge")}
    assert own == FIRST_PARTY
