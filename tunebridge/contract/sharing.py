"""A store that several processes write one study in, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from tunebridge.contract.events import StoredTrial
from tunebridge.contract.store import Store


@runtime_checkable
class Sharing(Store, Protocol):
    """A store whose studies may have several writers, in as many processes and on as many machines.

    Nobody leads. What has to be agreed on, such as the number of the next trial, is written in a turn, which
    one writer has at a time: it reads the news, decides, and appends. All other events are appended at any
    time. A writer is alive as long as its process is, which the store sees without looking at a clock; where
    a server cannot see that, because a machine is gone or stands still, it takes it for dead after a silence.
    """

    def join(self, name: str, *, silence: float = 60.0) -> AbstractContextManager[str]:
        """Become one of the writers of a study, in place of `claim`, until `close` or this process ends.

        The block is the writer's first turn. When it ends, the study exists; the place is made as by `claim`.

        Args:
            name: The study's name.
            silence: Seconds without a sign of life after which a server takes this writer for dead.

        Returns:
            Gives the id of this writer: letters and digits, that no other writer has or had.

        Raises:
            StoreError: The study has a writer that does not share it, or no study can be shared here.
        """

    def turn(self) -> AbstractContextManager[Sequence[StoredTrial]]:
        """Wait until no other writer of the study has its turn, and keep them out until the block ends.

        It may end before: as soon as a trial begins to run in it, which is to be the last thing in a turn.

        Turns of one writer lie in no others. That of a process that dies ends with it.

        Returns:
            A context manager that gives the news: what `news` returns that is called as the turn begins.

        Raises:
            StoreError: No study was joined, or this writer was taken for dead.
        """

    def news(self) -> Sequence[StoredTrial]:
        """Return each attempt that has begun, or has changed, since this was called last, as it is now.

        They come in the order in which they began. The first call returns all. In a turn, nothing that was
        appended in turns before is missing.

        Raises:
            StoreError: No study was joined, or a record is damaged.
        """

    def gone(self, writers: Iterable[str]) -> set[str]:
        """Return which of some other writers have ended, or have died; called in a turn.

        None of them can append anything any more.

        Args:
            writers: Their ids.
        """
