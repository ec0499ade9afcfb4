"""The command line in a process of its own; the fixture `look` runs it in that of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Look = Callable[..., tuple[int, str, str]]
"""Takes words, and how many columns there are; gives the exit status, stdout and stderr."""


def command(folder: Path, *words: str, columns: int = 100) -> subprocess.CompletedProcess[str]:
    """Run `tunebridge WORDS` in a folder."""
    environment = os.environ | {"COLUMNS": str(columns)}
    line = [sys.executable, "-m", "tunebridge.cli", *words]
    return subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
