"""The contract suites, shipped so that the authors of plugins run them too. Needs pytest and hypothesis.

Subclass `BackendContract`, `ExecutorContract`, `ObserverContract`, `PrunerContract`, `PausingPrunerContract`,
`ReaderContract` or `StoreContract` in a test module, and say what it is to try:

    class TestMine(tunebridge.testing.BackendContract):
        @pytest.fixture
        def backend(self):
            return "mine:sampler"
"""

from pkgutil import iter_modules

import pytest

pytest.register_assert_rewrite(*(f"tunebridge.testing.{module.name}" for module in iter_modules(__path__)))

from tunebridge.documented import document  # noqa: E402 - the rewriting has to come first
from tunebridge.stores.memory import MemoryStore  # noqa: E402
from tunebridge.testing.backend import BackendContract  # noqa: E402
from tunebridge.testing.bowl import Bowl  # noqa: E402
from tunebridge.testing.dialogue import Dialogue  # noqa: E402
from tunebridge.testing.executor import ExecutorContract  # noqa: E402
from tunebridge.testing.observer import ObserverContract  # noqa: E402
from tunebridge.testing.observer_studies import Tracked  # noqa: E402
from tunebridge.testing.proposers import CLIMBER, RANDOM  # noqa: E402
from tunebridge.testing.pruner import PrunerContract  # noqa: E402
from tunebridge.testing.pruner_pausing import PausingPrunerContract  # noqa: E402
from tunebridge.testing.reader import ReaderContract  # noqa: E402
from tunebridge.testing.store import StoreContract  # noqa: E402
from tunebridge.testing.strategies import parameters, spaces  # noqa: E402

__all__ = [
    "CLIMBER",
    "RANDOM",
    "BackendContract",
    "Bowl",
    "Dialogue",
    "ExecutorContract",
    "MemoryStore",
    "ObserverContract",
    "PausingPrunerContract",
    "PrunerContract",
    "ReaderContract",
    "StoreContract",
    "Tracked",
    "parameters",
    "spaces",
]

document(map(globals().__getitem__, __all__))
