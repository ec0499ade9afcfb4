"""Other versions of tunebridge to measure against: a checkout, or a commit of this repository."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent.parent

BEFORE = "565558e"
"""The commit that issue 16 calls today's."""


@contextmanager
def checkout(of: str) -> Iterator[Path]:
    """Yield a folder that is given, or a commit of this repository in a temporary one."""
    if Path(of).is_dir():
        yield Path(of).resolve()
        return
    with TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", of], cwd=HERE, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        yield Path(folder)


def measured_in(checkout: Path, script: str, *arguments: str) -> float:
    """Return the last number that a script prints in a process that finds tunebridge in a checkout."""
    paths = os.pathsep.join(map(str, (checkout, checkout / "plugins")))
    said = subprocess.run(
        [sys.executable, "-P", script, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(said.stdout.split()[-1])
