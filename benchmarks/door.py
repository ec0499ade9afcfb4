"""What it costs to come in: the import and two commands, beside another installed version of tunebridge.

    python benchmarks/door.py OTHER/bin/python
    python benchmarks/door.py OTHER/bin/python --repeats 15

The other Python belongs to an environment in which that version is installed. Both take turns; figures are of
whole processes, in processor time. `-P` keeps this checkout out of the other one's way.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from statistics import median

from rich.console import Console
from rich.table import Table

PROCESSES = {
    "import tunebridge": ["-c", "import tunebridge"],
    "tunebridge --help": ["-m", "tunebridge.cli", "--help"],
    "tunebridge backends": ["-m", "tunebridge.cli", "backends"],
}


def process_ms(line: list[str]) -> float:
    """Return the processor time of a whole process, in milliseconds."""
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, line)
    return (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("other", help="the Python of the other environment")
    parser.add_argument("--repeats", type=int, default=15)
    settings = parser.parse_args()
    pythons = (sys.executable, settings.other)
    table = Table("what", "this, ms", "other, ms", "ratio", title="medians")
    for what, arguments in PROCESSES.items():
        turns = [
            [process_ms([python, "-P", *arguments]) for python in pythons] for _ in range(settings.repeats)
        ]
        this, other = map(median, zip(*turns, strict=True))
        table.add_row(what, f"{this:.0f}", f"{other:.0f}", f"{this / other:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
