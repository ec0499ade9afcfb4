"""The contract suites, shipped so that the authors of plugins run them too. Needs pytest and hypothesis.

Subclass `BackendContract` in a test module, and give it the backend:

    class TestMine(tunebridge.testing.BackendContract):
        @pytest.fixture
        def backend(self):
            return "mine:sampler"
"""

import pytest

pytest.register_assert_rewrite("tunebridge.testing.assertions", "tunebridge.testing.backend")

from tunebridge.testing.backend import BackendContract  # noqa: E402 - the rewriting has to come first
from tunebridge.testing.bowl import Bowl  # noqa: E402
from tunebridge.testing.dialogue import Dialogue  # noqa: E402
from tunebridge.testing.strategies import parameters, spaces  # noqa: E402

__all__ = ["BackendContract", "Bowl", "Dialogue", "parameters", "spaces"]
