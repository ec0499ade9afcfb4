"""scikit-learn's tests with arrays of other libraries, in an interpreter where SciPy lets them through."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FILES = [str(Path(__file__).with_name(f"test_search_{name}.py")) for name in ("checks", "sklearn")]

N_LEAST = 100
"""Tests that pass at least: those with arrays of a GPU are skipped."""


def test_arrays_of_other_libraries_are_searched_as_by_scikit_learn() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", "-k", "array_api"]
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}  # read once, when SciPy is imported
    run = subprocess.run(
        [*command, *FILES], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stdout[-5000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) >= N_LEAST
