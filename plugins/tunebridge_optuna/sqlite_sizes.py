"""Whether a file of SQLite's that has become shorter has lost something, as another process sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

from tunebridge import StoreError
from tunebridge_optuna import sqlite_looks


def is_whole(kind: Literal["database", "log"], path: Path) -> bool:
    """Return whether a database or its log has all that counts; this process opens neither.

    Raises:
        StoreError: That cannot be seen.
    """
    command = [sys.executable, "-I", "-S", sqlite_looks.__file__, kind, str(path)]
    looked = subprocess.run(command, capture_output=True, text=True, check=False)
    if looked.returncode == 0 and looked.stdout in ("whole", "cut"):
        return looked.stdout == "whole"
    reason = (looked.stderr.strip().splitlines() or [f"it ended with {looked.returncode}"])[-1]
    raise StoreError(
        f"{path} has become shorter, and the process that was to see whether it is whole failed: {reason}",
        hint="make the same call again: what is stored stays",
    )
