"""The process that starts the slots of a study: it loads what they need once, and forks.

    study -> supervisor      a connection; each byte on it brings the two of a slot, and its end ends all
    supervisor -> keeper     forked, one per slot: watches over it
    keeper -> slot           forked: runs attempts, and talks to the study itself

The supervisor is in a session of its own, has no threads, loads no code of the user's, and is on Linux the
parent of every orphan whose keeper is gone. So nothing outlives the study, however that ends.
"""

from __future__ import annotations

import gc
import os
import socket
from multiprocessing.connection import Connection, wait

from tunebridge.executors.bell import Bell
from tunebridge.executors.clock import Clock
from tunebridge.executors.family import adopt, children, end_all, kill, reap
from tunebridge.executors.keeper import keep
from tunebridge.executors.worker import serve


def main(descriptor: int) -> None:
    """Start slots for the study at the other end of a connection.

    Args:
        descriptor: Number of the file descriptor, inherited from the study.
    """
    os.set_inheritable(descriptor, False)
    adopt()
    gc.freeze()  # what was imported stays, with the collector off until now
    gc.enable()
    slot = supervise(socket.socket(fileno=descriptor))
    if slot is not None:
        serve(*slot)
    os._exit(0)


def supervise(study: socket.socket) -> tuple[Connection, Clock] | None:
    """Fork a keeper and its slot at each request, until the study is gone; then end all.

    Returns:
        In a slot its connection to the study and its clock; else None.
    """
    bell, keepers = Bell(), set[int]()
    while True:
        ready = wait([study, bell.descriptor])
        bell.hush()
        _bury(keepers)
        if study not in ready:
            continue
        request, descriptors, _, _ = socket.recv_fds(study, 1, 2)
        if not request:
            end_all()
            return None
        keeper = os.fork()
        if keeper == 0:
            bell.close()
            study.close()
            return _keep(descriptors)
        keepers.add(keeper)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(descriptors: list[int]) -> tuple[Connection, Clock] | None:
    """Watch over a slot, and return nothing; in the slot, return what it needs."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    connection, control = Connection(descriptors[0]), Connection(descriptors[1])
    clock = keep(connection, control)
    return None if clock is None else (connection, clock)


def _bury(keepers: set[int]) -> None:
    """Take in the ends of keepers; what came here from one that was killed is ended, too."""
    codes = reap()
    keepers -= codes.keys()
    for stray in children() if any(codes.values()) else []:
        if stray.pid not in keepers:
            kill(stray)
