"""Who grows a model by rounds: whoever of the plugins takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import tunebridge as tb
from tunebridge.registry import plugins
from tunebridge.registry.registry import Registry, new_manager


class Tree:
    """A model of a library of its own."""


class Grown:
    """Counts."""

    n_rounds = None
    is_over = False

    def grow(self, n_rounds: int) -> Any:
        return n_rounds

    def change(self, changed: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass


class Plugin:
    @tb.hookimpl
    def tunebridge_register_growers(self, register: Callable[[tb.GrowerSpec], None]) -> None:
        register(
            tb.GrowerSpec(
                name="trees",
                summary="trees",
                takes=lambda model: isinstance(model, Tree),
                resources=("n",),
                rounds=lambda model: 3,
                begin=lambda request: Grown(),
                faults=lambda model, changed: {},
            )
        )


def test_a_plugin_may_grow_models_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(new_manager())
    registry.add("trees", Plugin(), "trees")
    monkeypatch.setattr(plugins, "registry", lambda: registry)
    spec = tb.grower_of(Tree())
    assert spec is registry.growers["trees"]
    assert spec.suits(Tree())
    assert spec.begin(tb.GrowthRequest(model=Tree(), X=[], y=None, params={})).grow(3) == 3
    assert tb.grower_of(object()) is None
