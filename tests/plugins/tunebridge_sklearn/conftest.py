"""Marks that scikit-learn's own tests bear."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: scikit-learn's, not to be run in threads")
