"""The process that writes the runs of one study for Weights & Biases, offline.

    python -m tunebridge_trackers.wandb_writer FOLDER

It reads runs from stdin, one JSON document a line, until that ends, as it does when the study is killed.
Other processes may write runs of the same study: those that share it, and what a killed one has left behind.
What W&B writes goes to a working folder first. Only when its service has ended are the files complete: then
each run is moved to its place, and its card says so.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunebridge_trackers import cards

IDLE_SECONDS = 1.0
"""After this time without a new run those that are written are moved to their places."""

AT_MOST = 50
"""Runs that are written before they are moved."""

EMPTY_BYTES = 7
"""What W&B's file holds before anything is written to it."""

FOLDERS = ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR")
"""Where W&B keeps what is no run."""


def main(folder: Path) -> None:
    """Write what comes on stdin, one study's runs.

    Args:
        folder: Of the study's cards.
    """
    with _working_folder(folder) as work:
        os.environ |= dict.fromkeys(FOLDERS, str(work)) | {"WANDB_ERROR_REPORTING": "false"}
        os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
        for runs in _batches(work):
            for words, written in runs:
                with _alone(folder):
                    publish(folder, written, words)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process that writes runs of this study is inside."""
    with (folder / "writer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _working_folder(folder: Path) -> Iterator[Path]:
    """Make a folder that is locked as long as this process lives; those of dead ones are removed."""
    with _alone(folder):
        for left in folder.glob("work-*"):
            if (lock := _locked(left)) is not None:
                shutil.rmtree(left)
                os.close(lock)
        work = Path(tempfile.mkdtemp(prefix="work-", dir=folder))
        _locked(work)
    try:
        yield work
    finally:
        shutil.rmtree(work)


def _locked(work: Path) -> int | None:
    """Lock a folder and return the open file that holds the lock; None if a living process has it."""
    lock = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _batches(work: Path) -> Iterator[list[tuple[dict[str, Any], Path]]]:
    """Write runs as they come, and yield those whose files are complete, each with its folder."""
    import wandb

    written: list[tuple[dict[str, Any], Path]] = []
    for line in _lines():
        if line:
            words = json.loads(line)
            written.append((words, _write(words, work)))
        if written and (not line or len(written) == AT_MOST):
            wandb.teardown()
            yield written
            written = []


def _lines() -> Iterator[bytes]:
    """Yield the lines of stdin, and an empty one where there is none for a while, and at the end."""
    descriptor, held = sys.stdin.fileno(), b""
    while True:
        ready = select.select([descriptor], [], [], IDLE_SECONDS)[0]
        read = os.read(descriptor, 1 << 20) if ready else b""
        held += read
        *lines, held = held.split(b"\n")
        yield from lines
        if not read:
            yield b""
        if ready and not read:
            return


def _write(words: dict[str, Any], work: Path) -> Path:
    """Write one run with W&B's own client, and return its folder."""
    import wandb

    settings = wandb.Settings(
        mode="offline",
        silent=True,
        console="off",
        save_code=False,
        disable_code=True,
        disable_git=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_start_time=words["started"],
    )
    run = wandb.init(
        dir=str(work),
        id=words["id"],
        name=words["name"],
        group=words["group"],
        job_type="trial",
        project=words["project"],
        entity=words["entity"],
        tags=words["tags"],
        config=words["config"],
        reinit="create_new",
        settings=settings,
    )
    run.define_metric("*", step_metric="step")
    place = -1
    for row in words["rows"]:
        place = max(place + 1, row["step"])
        run.log(row, step=place)
    run.summary.update(words["summary"])
    folder = Path(run.dir).parent
    run.finish(exit_code=words["exit_code"])
    return folder


def publish(folder: Path, written: Path, words: dict[str, Any]) -> None:
    """Move a run to its place, where it is the only one of its id, and write its card.

    One that goes on from a checkpoint is written once more: what a later attempt has written stays.

    Raises:
        RuntimeError: W&B has not written it.
    """
    if not any(file.stat().st_size > EMPTY_BYTES for file in written.glob("*.wandb")):
        raise RuntimeError(f"wandb has not written the run {words['id']}")
    card = cards.read(folder / f"{words['id']}.json") or words["card"]
    is_old = card["attempt"] > words["card"]["attempt"]
    if is_old and card["state"] != cards.RUNNING:
        return
    place = folder.parent.parent
    for old in place.glob(f"offline-run-*-{words['id']}"):
        shutil.rmtree(old)
    written.rename(place / f"offline-run-{words['stamp']}-{words['id']}")
    if not is_old:
        cards.write(folder / f"{words['id']}.json", words["card"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
