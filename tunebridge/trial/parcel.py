"""Checkpoints on their way to and from where the study's folder cannot be seen: as bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tunebridge.errors import TrialError
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.said import Written
from tunebridge.trial.temporary_folder import TemporaryFolder


def pack(folder: Path) -> bytes:
    """Return all that is in a folder, as an archive."""
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(folder, arcname=".")
    return packed.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """Write what an archive holds into a folder; nothing is put outside of it."""
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


class Parcel(Checkpoint):
    """A checkpoint that is pickled with all that is in its folder, and unpickled as one in another folder."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the folder along."""
        return _arrived, (pack(self.path), _known(self))


def parcel(checkpoint: Checkpoint) -> Parcel:
    """Return a checkpoint that takes its folder along."""
    return Parcel(path=checkpoint.path, keeper=checkpoint.keeper, **_known(checkpoint))


def _known(one: Checkpoint) -> dict[str, Any]:
    """Return what is known of a checkpoint wherever its folder is."""
    return {"number": one.number, "step": one.step, "value": one.value, "changed": dict(one.changed)}


def _arrived(packed: bytes, known: dict[str, Any]) -> Checkpoint:
    """Return a checkpoint whose folder is here, for as long as it is looked at."""
    keeper = TemporaryFolder()
    keeper.path.mkdir()
    unpack(packed, keeper.path)
    return Checkpoint(path=keeper.path, keeper=keeper, **known)


@dataclass(slots=True)
class ParcelFolder:
    """Takes the checkpoints of an attempt that runs where the study's folder cannot be seen."""

    max_bytes: int
    """The most that one may hold."""
    hint: str
    """What to do about one that holds more."""
    is_useful: bool = False
    """Whether a later attempt may go on from what is sent."""
    _packed: bytes = field(default=b"", init=False, repr=False)

    @contextmanager
    def write(self, step: int) -> Iterator[Path]:
        """Give an empty folder, and pack what is written there.

        Raises:
            TrialError: It is more than may be sent.
        """
        with TemporaryDirectory(prefix="tunebridge-") as folder:
            yield Path(folder)
            size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
            if size > self.max_bytes:
                raise TrialError(
                    f"the checkpoint of step {step} holds {size:,} bytes, and {self.max_bytes:,} at most are "
                    "sent to the study, whose folder cannot be seen here",
                    hint=self.hint,
                )
            self._packed = pack(Path(folder))

    def written(self, step: int) -> Written:
        """Return what to say to the study."""
        packed, self._packed = self._packed, b""
        return Written(step, packed)
