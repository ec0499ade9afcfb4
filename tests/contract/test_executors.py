"""The contract suite over every executor that is registered."""

from typing import Any, ClassVar

import pytest

import tunebridge as tb
from tunebridge.registry.plugins import registry
from tunebridge.testing import ExecutorContract

OPTIONS: dict[str, dict[str, Any]] = {}
"""Options under which an executor is tried, by its name."""


class TestEveryExecutor(ExecutorContract):
    backend: ClassVar[str] = "sklearn:random"
    learner: ClassVar[str] = "hyperopt:anneal"

    # distributed draws the lifetime of each worker, and delays of connections, from Python's generator.
    exempt: ClassVar[dict[str, set[str]]] = {"dask": {"random's global generator"}}

    @pytest.fixture(params=sorted(registry().executors))
    def executor(self, request: pytest.FixtureRequest) -> tb.ChosenExecutor:
        return tb.executor(request.param, **OPTIONS.get(request.param, {}))


def test_the_options_name_no_executor_that_is_gone() -> None:
    assert OPTIONS.keys() <= registry().executors.keys()
