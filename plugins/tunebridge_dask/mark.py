"""A file in the folder of a study's checkpoints: a worker that sees it writes there, others send bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tunebridge import Trial
from tunebridge.trial.checkpoint_folder import CheckpointFolder


class Mark:
    """The mark of one study.

    Args:
        name: The file's name, which no other study has.
    """

    def __init__(self, name: str) -> None:
        """Begin without a file."""
        self._name = name
        self._path: Path | None = None

    def of(self, trial: Trial) -> str:
        """Return the path of the mark, made when it is first needed; empty for a trial without a folder."""
        if not isinstance(trial.folder, CheckpointFolder):
            return ""
        if self._path is None:
            self._path = trial.folder.path.parent / self._name
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        return str(self._path)

    def remove(self) -> None:
        """Remove the file, and its folder if nothing else is there."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            with suppress(OSError):
                self._path.parent.rmdir()
