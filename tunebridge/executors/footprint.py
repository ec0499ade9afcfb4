"""The memory of a slot and all that it has started."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def footprint(processes: Sequence[psutil.Process], limit: int) -> int:
    """Return the resident memory of processes in bytes; 0 for those that are gone.

    A page that several hold, as those that forks share, counts once where the system says so (Linux), else
    in each of them. To find that out costs about 10 ms per gigabyte, so it is left out while the plain sum,
    which can only be higher, is within the limit.
    """
    resident = sum(map(_resident, processes))
    return resident if resident <= limit else sum(map(_proportional, processes))


def _resident(process: psutil.Process) -> int:
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    """Return resident memory in which a page held by n processes counts as the n-th part of one."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return _resident(process)
