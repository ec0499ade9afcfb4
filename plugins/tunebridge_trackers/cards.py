"""Small files by which runs are found again that lie in folders: which trial, which attempt, how it ended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tunebridge_trackers.tracker import Run

RUNNING = "RUNNING"
"""The state on the card of a run that has not ended."""


def write(path: Path, card: dict[str, Any]) -> None:
    """Write a card, all of it or nothing."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(json.dumps(card), encoding="utf-8")
    new.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """Return what a card says; None if there is none that can be read."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) else None


def card_of(run: Run, state: str) -> dict[str, Any]:
    """Return the card of a run."""
    return {"id": run.id, "number": run.number, "attempt": run.attempt, "state": state}


def run_of(card: dict[str, Any]) -> Run:
    """Return the run of a card."""
    return Run(
        id=card["id"],
        number=card["number"],
        attempt=card["attempt"],
        is_open=card["state"] == RUNNING,
    )
