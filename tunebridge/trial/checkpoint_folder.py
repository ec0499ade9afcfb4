"""Where the checkpoints of one trial lie, and how one gets there: all at once, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from errno import EEXIST, ENOTEMPTY
from pathlib import Path
from shutil import rmtree

from tunebridge.trial.said import Written


@dataclass(slots=True)
class CheckpointFolder:
    """The folder of one attempt at a trial."""

    place: Path
    """One folder per trial is in it."""
    number: int
    """Number of the trial."""
    attempt: int = 0
    """Which attempt writes there."""
    is_useful: bool = False
    """Whether a later attempt may go on from what is written."""

    @property
    def path(self) -> Path:
        """The trial's folder: one folder per step is in it."""
        return self.place / str(self.number)

    def at(self, step: int) -> Path:
        """Return where the checkpoint of a step lies."""
        return self.path / str(step)

    @contextmanager
    def write(self, step: int) -> Iterator[Path]:
        """Give an empty folder, and make what is written there the checkpoint of a step."""
        part = self.path / f"{step}.part{self.attempt}"
        _make(part)
        try:
            yield part
            _put(part, self.at(step))
        except BaseException:
            rmtree(part, ignore_errors=True)
            raise

    def written(self, step: int) -> Written:
        """Return what to say to the study."""
        return Written(step)

    def put(self, written: Written) -> Written:
        """Put a checkpoint into its place that came as bytes; what is in its place already stays there."""
        if written.packed is None:
            return written
        from tunebridge.trial.parcel import unpack

        with self.write(written.step) as folder:
            unpack(written.packed, folder)
        return replace(written, packed=None)

    def clear(self, steps: Set[int]) -> None:
        """Remove all but the checkpoints of some steps: what a killed process has left behind."""
        kept = set(map(str, steps))
        for name in os.listdir(self.path):
            if name not in kept:
                remove(self.path / name)

    def remove(self, step: int) -> None:
        """Remove the checkpoint of a step, if there is one."""
        remove(self.at(step))


def remove(folder: Path) -> None:
    """Remove a folder, which is mostly one of files alone; one that is gone is no fault."""
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            try:
                os.unlink(folder / name)
            except OSError:
                rmtree(folder, ignore_errors=True)
                return
        os.rmdir(folder)


def sync(folder: Path) -> None:
    """Wait until a folder and all in it is on the disk."""
    paths = [Path(root) / name for root, _, names in os.walk(folder) for name in [*names, "."]]
    for path in [*paths, folder.parent]:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _make(part: Path) -> None:
    """Make an empty folder; what a killed process has left there goes."""
    try:
        os.mkdir(part)
    except FileNotFoundError:
        part.mkdir(parents=True)
    except FileExistsError:
        rmtree(part)
        os.mkdir(part)


def _put(part: Path, place: Path) -> None:
    """Rename a folder into its place; what an attempt before it has written there goes."""
    try:
        os.rename(part, place)
    except OSError as error:
        if error.errno not in (EEXIST, ENOTEMPTY):
            raise
        remove(place)
        os.rename(part, place)
